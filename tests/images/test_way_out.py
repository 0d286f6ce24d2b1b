"""The way to a new image, as steps, as commands and as a parameter file for the template."""

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.images.definition import capture
from shared.images.way_out import TEMPLATE, WayOut, way_out
from shared.model.facts import Fact
from tests.builders import Document, cluster, endpoint, hub, workspace_id
from tests.images.sample import JANE, TENANT, owned
from tests.images.test_definition import BODY, IN_STORAGE, SUBNET, USER_ASSIGNED, rich

ROOT = Path(__file__).parents[2]


def way(document: Document, at_zero: datetime | None = None) -> WayOut:
    """The way that there is."""
    found = way_out(Fact.of(document), at_zero)
    assert found is not None
    return found


def options(command: str) -> dict[str, str]:
    """The options of a command by name, each with all its values, as a shell would take them apart."""
    told: dict[str, list[str]] = {}
    for word in shlex.split(command):
        if word.startswith("--"):
            told[word] = []
        elif told:
            told[list(told)[-1]].append(word)
    return {name: " ".join(values) for name, values in told.items()}


def test_an_instance() -> None:
    """It is deleted and made anew in the same place with the same size, for the same person."""
    found = way(owned(tags=None, idleTimeBeforeShutdown=None))
    delete, create = found.commands

    place = {"--name": "ci-jane", "--resource-group": "rg-ai", "--workspace-name": "hub"}
    assert (delete.split("--")[0], options(delete)) == ("az ml compute delete ", {**place, "--yes": ""})
    assert create.startswith("az ml compute create ")
    assert options(create) == {
        **place,
        "--type": "ComputeInstance",
        "--size": "STANDARD_DS3_V2",
        "--location": "eastus2",
        "--user-object-id": JANE,
        "--user-tenant-id": TENANT,
    }
    assert found.unsaid == ()
    assert [word in " ".join(found.survives) for word in ("file share", "settings")] == [True, True]
    assert [word in " ".join(found.lost) for word in ("OS disk", "temporary disk")] == [True, True]
    assert found.told().keys() == {"Steps", "Survives", "Lost", "CarryOver"}


def test_an_instance_with_all_there_is() -> None:
    """What has an option is in the command, in quotes where a shell needs them; what has none is named."""
    document = {**rich(), "tags": {"Owner": "Jane's; rm -rf /"}}
    found = way(document)
    said = options(found.commands[1])

    assert said["--tags"] == "Owner=Jane's; rm -rf /"
    assert (said["--subnet"], said["--user-assigned-identities"]) == (SUBNET, USER_ASSIGNED)
    assert (said["--identity-type"], said["--enable-node-public-ip"]) == ("UserAssigned", "false")
    assert (said["--ssh-public-access-enabled"], said["--ssh-key-value"]) == ("true", "ssh-ed25519 AAAA")
    assert said["--description"] == "Jane's"
    assert found.unsaid == ("idle shutdown", "schedules", "setup scripts", "custom services")
    assert options(found.deploy) == {
        "--resource-group": "rg-ai",
        "--template-file": TEMPLATE,
        "--parameters": "@ci-jane.parameters.json",
    }


@pytest.mark.parametrize("document", [owned(), rich()], ids=["ordinary", "rich"])
def test_the_parameter_file_fits_the_template(document: Document) -> None:
    """The template asks for what the file gives, and makes of it the body that the definition has."""
    template = json.loads((ROOT / TEMPLATE).read_text(encoding="utf-8"))
    parameters = way(document).parameters
    assert parameters is not None
    values = {name: given["value"] for name, given in parameters["parameters"].items()}
    [resource] = template["resources"]
    deployed = {
        key: _evaluated(resource[key], values) for key in ("name", "location", "tags", "identity", "properties")
    }

    body = capture(Fact.of(document)).document
    assert values.keys() == template["parameters"].keys()
    assert (resource["type"], resource["apiVersion"]) == (
        "Microsoft.MachineLearningServices/workspaces/computes",
        "2025-12-01",
    )
    assert deployed.pop("name") == "hub/ci-jane"
    assert {key: value for key, value in deployed.items() if value not in (None, {})} == body


def _evaluated(expression: str, values: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """What Resource Manager makes of the few expressions in the template."""
    for name, value in values.items():
        if expression == f"[parameters('{name}')]":
            return value
        if expression == f"[if(empty(parameters('{name}')), null(), parameters('{name}'))]":
            return value or None
    assert expression == "[concat(parameters('workspaceName'), '/', parameters('computeName'))]"
    return f"{values['workspaceName']}/{values['computeName']}"


def test_what_is_lost_and_what_is_carried_over_by_hand() -> None:
    """Disks are lost; what somebody still has can be brought back; no secret is in any of it."""
    scripts = {
        "scripts": {"creationScript": {"scriptSource": "inline", "scriptData": BODY}, "startupScript": IN_STORAGE}
    }
    document = {**owned(dataDisks=[{"lun": 0}], setupScripts=scripts), "identity": {"type": "SystemAssigned"}}
    found = way(document)

    assert any("data disks" in one for one in found.lost)
    assert [any(word in one for one in found.carry) for word in ("identity", "creationScript")] == [True, True]
    assert "switches it on again" in " ".join(found.steps)
    assert BODY not in repr(found)


@pytest.mark.parametrize(
    ("document", "at_zero", "commands", "words"),
    [
        (cluster(least=2), None, ["0", "2"], "It was never seen without nodes."),
        (cluster(least=0), datetime(2026, 2, 1, tzinfo=UTC), [], "It was last seen without nodes on 2026-02-01."),
        (cluster(least=None), None, [], "It was never seen without nodes."),
    ],
    ids=["keeps two", "comes to zero", "null settings"],
)
def test_a_cluster(document: Document, at_zero: datetime | None, commands: list[str], words: str) -> None:
    """A cluster is brought to zero nodes, and back to its minimum; where it gets there by itself nothing is written."""
    found = way(document, at_zero)

    assert [options(command)["--min-instances"] for command in found.commands] == commands
    assert words in found.steps
    assert found.parameters is None


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (endpoint(), "Nothing to do: Microsoft"),
        ({**endpoint(), "properties": {"compute": "azureml:aks"}}, "Kubernetes"),
        ({**endpoint(), "id": f"{workspace_id('hub')}/batchEndpoints/nightly"}, "its jobs run on a cluster"),
        ({**endpoint(), "id": f"{workspace_id('hub')}/serverlessEndpoints/phi"}, "Nothing to do: Microsoft"),
    ],
    ids=["managed", "Kubernetes", "batch", "serverless"],
)
def test_an_endpoint(document: Document, words: str) -> None:
    """What Microsoft runs it patches; what runs on somebody's cluster that somebody must."""
    (step,) = way(document).steps
    assert words in step


def test_no_image_of_ours() -> None:
    """What is neither an instance nor a cluster nor an endpoint has no image to get rid of."""
    attached = {**cluster(), "properties": {"computeType": "Kubernetes"}}
    assert [way_out(Fact.of(each)) for each in (attached, hub())] == [None, None]
