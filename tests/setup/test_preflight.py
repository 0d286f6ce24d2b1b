"""What is looked at before azd makes anything: the mistakes are named, and nothing else is in the way."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.preflight import LISTS, TEXTS

REPOSITORY = Path(__file__).resolve().parents[2]
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
IN_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers"
GROUP = f"{IN_GROUP}/Microsoft.Insights/actionGroups/ops"
GIVEN: Mapping[str, str] = {
    "AZURE_ENV_NAME": "prod",
    "AZURE_LOCATION": "eastus",
    "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
    "HUBWARDEN_GOVERNED": json.dumps([SUBSCRIPTION]),
    "HUBWARDEN_EXISTING_TOPICS": json.dumps([f"{IN_GROUP}/Microsoft.EventGrid/systemTopics/t"]),
    "HUBWARDEN_KEY_LOG_WORKSPACES": json.dumps([f"{IN_GROUP}/microsoft.operationalinsights/workspaces/w"]),
    "HUBWARDEN_ALERT_EMAILS": '["ops@contoso.example"]',
    "HUBWARDEN_ACTION_GROUP": GROUP,
    "HUBWARDEN_RUNBOOK_URL": "https://git.contoso.example/docs/runbooks",
    "HUBWARDEN_BUDGET_START": "2026-11-01",
    "HUBWARDEN_TEAMS_WEBHOOK": "https://contoso.example/hook?sig=c2VjcmV0",
}
OURS = {"name": "rg-hubwarden-prod", "location": "eastus", "tags": {"azd-env-name": "prod"}}
AZURE: Mapping[str, Any] = {
    "functionapp list-flexconsumption-locations": [{"name": "East US"}, {"name": "eastus2"}, {"name": "West Europe"}],
    "functionapp list-flexconsumption-runtimes": [{"version": "3.12"}, {"version": "3.13"}],
    "group list": [OURS],
    "monitor action-group": {"enabled": True, "emailReceivers": [{"name": "ops"}], "smsReceivers": []},
}
"""What the Azure CLI answers, by the first two words that it is asked with."""


def preflight(folder: Path, given: Mapping[str, str], azure: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
    """As azd runs it, with an `az` on the path that answers from files; what has no file, it refuses."""
    for words, answer in azure.items():
        (folder / words.replace(" ", "-")).write_text(json.dumps(answer))
    az = folder / "az"
    az.write_text(
        f'#!/bin/sh\ncat "{folder}/$1-$2" 2>/dev/null && exit 0\necho "ERROR: Please run az login" >&2\nexit 1\n'
    )
    az.chmod(0o755)
    hook = yaml.safe_load((REPOSITORY / "azure.yaml").read_text("utf-8"))["hooks"]["preprovision"]
    assert hook["shell"] == "sh"
    python = REPOSITORY / ".venv" / "bin"
    environment = {"PATH": f"{folder}:{python}:/usr/bin:/bin", **given}
    return subprocess.run(  # noqa: S603 - our own hook
        ["/bin/sh", "-c", hook["run"]], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )


def test_what_is_right_is_let_through(tmp_path: Path) -> None:
    """Everything given, and a group of our own that is there already."""
    done = preflight(tmp_path, GIVEN, AZURE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "preflight: nothing speaks against it\n"


def test_defaults_are_let_through(tmp_path: Path) -> None:
    """A first deployment, of which only name and region are known, into nothing."""
    given = {name: value for name, value in GIVEN.items() if name.startswith("AZURE_")}
    done = preflight(tmp_path, given, {**AZURE, "group list": []})
    assert (done.returncode, done.stderr) == (0, "")


WRONG: Mapping[str, tuple[Mapping[str, str], Mapping[str, Any], str]] = {
    "an unknown region": (
        {"AZURE_LOCATION": "eastsu"},
        {"group list": []},
        "AZURE_LOCATION is 'eastsu', where there is no Flex Consumption; try eastus, eastus2",
    ),
    "a region without the Python": (
        {},
        {"functionapp list-flexconsumption-runtimes": [{"version": "3.11"}, {"version": "3.12"}]},
        "eastus has Python 3.11, 3.12, and the app takes 3.13: take another region",
    ),
    "a name that is taken": (
        {},
        {"group list": [{**OURS, "tags": None}]},
        "the resource group rg-hubwarden-prod is there and is not azd's of prod: give the environment another name",
    ),
    "a region that was another": (
        {},
        {"group list": [{**OURS, "location": "westeurope"}]},
        "rg-hubwarden-prod lies in westeurope and cannot move to eastus: azd down, or a new environment",
    ),
    "an action group without receivers": (
        {},
        {"monitor action-group": {"enabled": True, "emailReceivers": [], "armRoleReceivers": []}},
        "HUBWARDEN_ACTION_GROUP has no receiver: no alert would reach anybody",
    ),
    "an action group that is off": (
        {},
        {"monitor action-group": {"enabled": False, "emailReceivers": [{"name": "ops"}]}},
        "HUBWARDEN_ACTION_GROUP is switched off: no alert would reach anybody",
    ),
    "a name with a space": (
        {"AZURE_ENV_NAME": "my prod"},
        {"group list": []},
        "AZURE_ENV_NAME is 'my prod': take letters, digits, dashes and dots, for it is part of names in Azure",
    ),
    "a list that is none": (
        {"HUBWARDEN_GOVERNED": SUBSCRIPTION},
        {},
        """HUBWARDEN_GOVERNED is no list: azd env set HUBWARDEN_GOVERNED '["…","…"]'""",
    ),
    "a name for an id": (
        {"HUBWARDEN_GOVERNED": json.dumps([SUBSCRIPTION, "production"])},
        {},
        "HUBWARDEN_GOVERNED: entry 2 is not the id of a subscription",
    ),
    "an id of something else": (
        {"HUBWARDEN_EXISTING_TOPICS": json.dumps([f"{IN_GROUP}/Microsoft.EventGrid/topics/t"])},
        {},
        "HUBWARDEN_EXISTING_TOPICS: entry 1 is not the ARM id of an Event Grid system topic",
    ),
    "no address": (
        {"HUBWARDEN_ALERT_EMAILS": '["jane.contoso.example"]'},
        {},
        "HUBWARDEN_ALERT_EMAILS: entry 1 is not an e-mail address",
    ),
    "a path of a management group": (
        {"HUBWARDEN_MANAGEMENT_GROUP": "/providers/Microsoft.Management/managementGroups/ai"},
        {},
        "HUBWARDEN_MANAGEMENT_GROUP is not the name of a management group, without its path",
    ),
    "a day within a month": (
        {"HUBWARDEN_BUDGET_START": "2026-11-15"},
        {},
        "HUBWARDEN_BUDGET_START is not the first day of a month, such as 2026-11-01",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_stops_it_before_anything_is_made(tmp_path: Path, name: str) -> None:
    """One line, which says what and what to do; no address and no signature is repeated."""
    given, azure, says = WRONG[name]
    done = preflight(tmp_path, {**GIVEN, **given}, {**AZURE, **azure})

    assert (done.returncode, done.stderr) == (1, f"preflight: {says}\n")
    assert "contoso.example" not in done.stderr


def test_what_azure_does_not_answer_is_said_and_in_nobodys_way(tmp_path: Path) -> None:
    """Whoever is signed in with azd alone can deploy; what was not looked at is named, what is wrong still stops."""
    fine, wrong = (preflight(tmp_path, {**GIVEN, **more}, {}) for more in ({}, {"HUBWARDEN_GOVERNED": "3"}))

    assert fine.returncode == 0
    assert fine.stderr.splitlines() == [
        f"preflight: could not be looked at: az {asked}: ERROR: Please run az login"
        for asked in ("functionapp list-flexconsumption-locations", "group list --query", "monitor action-group show")
    ]
    assert "as far as could be looked" in fine.stdout
    assert wrong.returncode == 1


def test_what_azd_has_not_asked_for_is_no_mistake(tmp_path: Path) -> None:
    """Before the first deployment region and subscription may not be known yet."""
    done = preflight(tmp_path, {"AZURE_ENV_NAME": "prod"}, AZURE)

    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        f"preflight: could not be looked at: {variable}: azd has not asked for it yet"
        for variable in ("AZURE_LOCATION", "AZURE_SUBSCRIPTION_ID")
    ]


def test_it_looks_at_variables_that_the_parameters_take() -> None:
    """Each is one that infra/main.parameters.json reads, so none is misspelled."""
    taken = (REPOSITORY / "infra" / "main.parameters.json").read_text("utf-8")
    assert all(f"${{{variable}=" in taken for variable in {**LISTS, **TEXTS})
