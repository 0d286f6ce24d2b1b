"""
The way to a new image, for whoever must go it: what to do in which order, what survives, what is lost.

Compared with Microsoft's pages on vulnerability management and on creating and managing compute instances, with the
schema of the `ml` extension's YAML, and with a listing of the options of `az ml compute`; run against Azure was none of
it. An instance keeps the person who works on it, whoever runs the commands.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.images.definition import Definition, Lack, capture
from shared.images.machine import Machine
from shared.model.facts import Fact, Json, Kind

TEMPLATE: Final = "infra/compute-instance.json"
"""The template that `WayOut.parameters` are for, as it lies in the repository."""
LONGEST: Final = 32_000
"""
Bytes of a way as JSON with all that goes into a notice.

Log Analytics cuts a field at 64 KB, Event Grid counts an event of more than 64 KB as two, and a storage queue that gets
one takes 48 KB of it. Without long tags a way has 2 to 4 KB; fifty long ones would take it over this.
"""


@dataclass(frozen=True)
class WayOut:
    """What an owner needs to get rid of an old image."""

    steps: tuple[str, ...]
    """What to do, in order; one alone that says why where nothing is to be done."""
    survives: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    carry: tuple[str, ...] = ()
    """What to carry over by hand."""
    commands: tuple[str, ...] = ()
    """The steps as commands for a shell, as far as there are any."""
    unsaid: tuple[str, ...] = ()
    """Settings that `az ml compute create` has no option for: with them use `deploy` in its place."""
    deploy: str = ""
    """The command that makes the instance from `parameters`, saved as `<name>.parameters.json`."""
    parameters: Json | None = None
    """The parameter file for `TEMPLATE`; of an instance only."""
    ask: str = ""
    """The command that shows all of it and writes the parameter file, from a clone of the repository."""

    def in_full(self) -> Json:
        """It as a notice tells it: with commands and parameter file, or, where that is too long, where to get them."""
        full = {
            **self.told(),
            "Commands": list(self.commands),
            "NoOption": list(self.unsaid),
            "Deploy": self.deploy,
            "Parameters": self.parameters,
        }
        return full if len(json.dumps(full)) <= LONGEST else {**self.told(), "TooLong": self.ask}

    def told(self) -> dict[str, list[str]]:
        """It as each row tells it, without commands."""
        return {
            "Steps": list(self.steps),
            "Survives": list(self.survives),
            "Lost": list(self.lost),
            "CarryOver": list(self.carry),
        }


def way_out(fact: Fact, at_zero: datetime | None = None) -> WayOut | None:
    """
    The way for a compute or an endpoint; None for what has no image that anybody here knows of.

    `at_zero` is when a cluster was last seen without nodes.
    """
    if fact.kind is Kind.ENDPOINT:
        return _endpoint(fact)
    machine = Machine.of(fact)
    if machine.is_instance:
        return _instance(fact)
    return _cluster(machine, at_zero) if machine.is_cluster else None


def _instance(fact: Fact) -> WayOut:
    definition = capture(fact)
    target = f"--name {_quoted(fact.id.name)} {_place(fact)}"
    deploy = (
        f"az deployment group create --resource-group {_quoted(fact.id.resource_group)} "
        f"--template-file {TEMPLATE} --parameters @{_quoted(fact.id.name)}.parameters.json"
    )
    create = f"az ml compute create {target} --type ComputeInstance {' '.join(_options(definition.document))}"
    return WayOut(
        steps=(
            "Save what lies outside of the file share, such as conda environments and files in /tmp or /mnt.",
            "Delete the instance.",
            "Make it anew under its name: it gets the newest image of its region.",
            *(f"Then: {one}." for one in definition.otherwise),
        ),
        survives=(
            "the user's files on the file share (~/cloudfiles)",
            "its name and settings, as far as they are not listed as lost",
            "jobs, models and data of the workspace",
        ),
        lost=(
            "its OS disk: installed packages, environments, cron jobs and changes to the system",
            "its temporary disk (/mnt)",
            "its addresses, and host keys for SSH",
            *(one.words for one in definition.cannot if one.what not in _BY_HAND),
        ),
        carry=tuple(one.words for one in definition.cannot if one.what in _BY_HAND),
        commands=(f"az ml compute delete {target} --yes", create),
        unsaid=tuple(_unsaid(definition.document)),
        deploy=deploy,
        parameters=parameters(fact, definition),
        ask=f"{asking(fact)} --out {_quoted(fact.id.name)}.parameters.json",
    )


def _cluster(machine: Machine, at_zero: datetime | None) -> WayOut:
    fact, least = machine.fact, machine.fact.get("properties", "properties", "scaleSettings", "minNodeCount")
    update = f"az ml compute update --name {_quoted(fact.id.name)} {_place(fact)} --min-instances"
    seen = f"It was last seen without nodes on {at_zero:%Y-%m-%d}." if at_zero else "It was never seen without nodes."
    steps = ("Let the cluster come to zero nodes: each node that starts then has the newest image.", seen)
    if isinstance(least, int) and least > 0:
        return WayOut(
            steps=("Set its minimum of nodes to 0.", *steps, "Set the minimum back where it is needed."),
            survives=("the cluster, its settings and its jobs",),
            lost=("what lies on the disks of its nodes",),
            commands=(f"{update} 0", f"{update} {least}"),
        )
    return WayOut(steps, survives=("the cluster, its settings and its jobs",), lost=("the disks of its nodes",))


def is_on_own_cluster(endpoint: Fact) -> bool:
    """Whether an endpoint runs on a Kubernetes cluster of somebody's own, and not on what Microsoft looks after."""
    named = endpoint.text("properties", "compute")
    return bool(named) or endpoint.text("kind").casefold() in {"k8s", "kubernetes"}


def _endpoint(fact: Fact) -> WayOut:
    """Microsoft patches what it runs, at least monthly (CONTROLS §8); somebody's own cluster it does not."""
    if is_on_own_cluster(fact):
        return WayOut(("Patch the Kubernetes cluster that it runs on: that is its owner's to do.",))
    if fact.id.type.endswith("/batchendpoints"):
        return WayOut(("Nothing to do for the endpoint: its jobs run on a cluster, and that is told of by itself.",))
    return WayOut(("Nothing to do: Microsoft gives managed endpoints a new image at least once a month.",))


def asking(fact: Fact) -> str:
    """The command that shows all of a compute and its way out, from a clone of the repository."""
    return f"python -m local images --subscription {_quoted(fact.id.subscription)} --compute {_quoted(fact.id.name)}"


def parameters(fact: Fact, definition: Definition) -> Json:
    """An ARM parameter file for `TEMPLATE`; as in the definition, no secret is in it."""
    document = definition.document
    values = {
        "workspaceName": fact.id.parent.name if fact.id.parent else "",
        "computeName": fact.id.name,
        "location": document.get("location", fact.location),
        "tags": document.get("tags", {}),
        "identity": document.get("identity", {}),
        "properties": document["properties"],
    }
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {name: {"value": value} for name, value in values.items()},
    }


_BY_HAND: Final = frozenset({Lack.IDENTITY, Lack.SCRIPT, Lack.SERVICES, Lack.MOUNTS, Lack.KEY, Lack.SETTINGS})
"""What somebody can give the new instance who has it; the rest is gone, or nobody's."""

_NO_OPTION: Final = {
    "idleTimeBeforeShutdown": "idle shutdown",
    "schedules": "schedules",
    "setupScripts": "setup scripts",
    "customServices": "custom services",
    "applicationSharingPolicy": "who may open its applications",
}


def _unsaid(document: Json) -> Iterator[str]:
    inner = document["properties"]["properties"]
    yield from (words for key, words in _NO_OPTION.items() if inner.get(key, "Shared") != "Shared")
    if inner.get("enableSSO") is False:
        yield "single sign-on that is off"
    if document["properties"].get("disableLocalAuth") is True:
        yield "local authentication that is off"


def _options(document: Json) -> Iterator[str]:
    """The options of `az ml compute create` that say what the document says."""
    inner: Mapping[str, Any] = document["properties"]["properties"]
    said = {
        "--size": inner.get("vmSize"),
        "--location": document.get("location"),
        "--description": document["properties"].get("description"),
        "--subnet": (inner.get("subnet") or {}).get("id"),
        "--enable-node-public-ip": "false" if inner.get("enableNodePublicIp") is False else None,
        "--ssh-key-value": (inner.get("sshSettings") or {}).get("adminPublicKey"),
        "--identity-type": (document.get("identity") or {}).get("type"),
        "--user-object-id": _assigned(inner).get("objectId"),
        "--user-tenant-id": _assigned(inner).get("tenantId"),
    }
    yield from (f"{option} {_quoted(str(value))}" for option, value in said.items() if value)
    if (inner.get("sshSettings") or {}).get("sshPublicAccess") == "Enabled":
        yield "--ssh-public-access-enabled true"
    identities = (document.get("identity") or {}).get("userAssignedIdentities") or {}
    if identities:
        yield f"--user-assigned-identities {_quoted(','.join(identities))}"
    if tags := document.get("tags"):
        yield f"--tags {' '.join(_quoted(f'{name}={value}') for name, value in tags.items())}"


def _assigned(inner: Json) -> Mapping[str, Any]:
    return (inner.get("personalComputeInstanceSettings") or {}).get("assignedUser") or {}


def _place(fact: Fact) -> str:
    workspace = fact.id.parent.name if fact.id.parent else ""
    return f"--resource-group {_quoted(fact.id.resource_group)} --workspace-name {_quoted(workspace)}"


def _quoted(text: str) -> str:
    return shlex.quote(text)
