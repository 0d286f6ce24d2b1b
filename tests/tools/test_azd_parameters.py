"""The parameter file as azd fills it in: kinds, defaults, what is missing; and of this repository, that it fits."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.azd_parameters import PARAMETERS, filled
from tools.bicep.kinds import written
from tools.bicep.source import Source

REPOSITORY = Path(__file__).resolve().parents[2]
MUST = {"AZURE_ENV_NAME": "prod", "AZURE_LOCATION": "westeurope"}
KINDS = {"string": str, "int": int, "bool": bool, "array": list, "object": dict}


def of(document: dict[str, Any], **environment: str) -> dict[str, Any]:
    """The values by name."""
    return {name: one["value"] for name, one in filled(document, environment)["parameters"].items()}


def ours() -> dict[str, Any]:
    """This repository's file."""
    return dict(json.loads((REPOSITORY / PARAMETERS).read_text("utf-8")))


def test_variables_are_filled_in() -> None:
    """Each with the kind that its default has; text stays text, also where it looks like a number."""
    said = {
        "HUBWARDEN_MODE": "enforce",
        "HUBWARDEN_GOVERNED": '["a","b"]',
        "HUBWARDEN_RETENTION_DAYS": "31",
        "HUBWARDEN_PRIVATE_NETWORK": "true",
        "HUBWARDEN_BUDGET_START": "2026",
    }
    values = of(ours(), **MUST, **said)

    assert (values["environmentName"], values["mode"], values["subscriptions"]) == ("prod", "enforce", ["a", "b"])
    assert (values["retentionDays"], values["privateNetwork"], values["budgetStart"]) == (31, True, "2026")
    assert (values["keys"], values["dailyCapGb"], values["tags"]) == ("off", -1, {})


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    """As a job has it whose secret nobody has set."""
    assert of(ours(), **MUST, HUBWARDEN_TEAMS_WEBHOOK="", HUBWARDEN_BUDGET="") == of(ours(), **MUST)


def test_every_value_has_the_kind_that_the_template_takes() -> None:
    """With defaults alone; a default of another kind would let azd and this part ways."""
    source = Source.read(REPOSITORY / "infra" / "main.bicep", REPOSITORY)
    for name, value in of(ours(), **MUST).items():
        assert type(value) is KINDS[written(source.declared[name].type) or ""], name


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"AZURE_ENV_NAME": "prod"}, "AZURE_LOCATION is not set"),
        ({**MUST, "HUBWARDEN_GOVERNED": "a,b"}, "HUBWARDEN_GOVERNED is 'a,b', and should be JSON like"),
        ({**MUST, "HUBWARDEN_ALERTS_FIRE": "0"}, "HUBWARDEN_ALERTS_FIRE is '0'"),
    ],
)
def test_what_azd_would_not_take_is_named(environment: dict[str, str], says: str) -> None:
    """By its variable, for that is what whoever set it knows."""
    with pytest.raises(ValueError, match=says):
        filled(ours(), environment)
