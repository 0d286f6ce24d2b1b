"""Writes as data: what a plan, a row and an approval make of them."""

import json
from dataclasses import replace

import pytest

from shared.model.action import Action, AsSeen, CreateInstance, DeleteInstance, RestartInstance, StopInstance, describe
from shared.model.plan import Step, StepStatus
from tests.builders import NOW, instance, rid

DOCUMENT = {"location": "eastus2", "properties": {"computeType": "ComputeInstance", "properties": {"vmSize": "X"}}}
SEEN = AsSeen("25.12.31", NOW, "Stop", NOW)
COMPUTES = "Microsoft.MachineLearningServices/workspaces/computes"


def step(action: Action) -> Step:
    """The step that does this to an instance."""
    return Step("HW-IMG-003", rid(instance()), action, {"image": "25.12.31"}, None, None, StepStatus.READY)


@pytest.mark.parametrize(
    ("action", "expected", "permission"),
    [
        (StopInstance(SEEN), {"verb": "stop-instance"}, f"{COMPUTES}/stop/action"),
        (RestartInstance(SEEN), {"verb": "restart-instance"}, f"{COMPUTES}/restart/action"),
        (DeleteInstance(DOCUMENT, SEEN), {"verb": "delete-instance", "document": DOCUMENT}, f"{COMPUTES}/delete"),
        (CreateInstance(DOCUMENT), {"verb": "create-instance", "document": DOCUMENT}, f"{COMPUTES}/write"),
    ],
    ids=["stop", "restart", "delete", "create"],
)
def test_instances(action: Action, expected: object, permission: str) -> None:
    """What is done to an instance is plain JSON, and its repr shows no document."""
    assert json.loads(json.dumps(describe(action))) == expected
    assert (action.permission, "eastus2" in repr(action)) == (permission, False)


def test_the_document_is_part_of_what_is_approved() -> None:
    """The same document in another order is the same step; another document is another one."""
    turned = {key: DOCUMENT[key] for key in reversed(DOCUMENT)}
    asked = step(DeleteInstance(DOCUMENT, SEEN))
    assert step(DeleteInstance(turned, SEEN)).id == asked.id
    other = replace(asked, action=DeleteInstance({**DOCUMENT, "location": "westus"}, SEEN))
    assert other.id != asked.id


def test_what_must_still_be_so_is_no_part_of_it() -> None:
    """Who starts an instance again each day has the same step against them each day, and so it is told as contested."""
    later = replace(SEEN, operation="Start", operated=NOW.replace(day=9))
    assert step(StopInstance(SEEN)).id == step(StopInstance(later)).id
