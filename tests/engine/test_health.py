"""Health: what works, what does not, and never an exception."""

from datetime import datetime

import pytest

from shared.engine.health import Counts, Health, examine
from shared.key_ports import KeyRotation
from shared.model.errors import DependencyDown, Forbidden, PolicyInvalid
from shared.policy.policy import Effect
from shared.rules.catalogue import RULES
from tests.builders import hub, policy
from tests.fakes import GRAPH, FakeCloud, FakeKeys, FakeLedger, FakeLog, FakeUses
from tests.rig import FakeAccess, Rig

TAGS_WRITE = "Microsoft.Resources/tags/write"
REGENERATE = (
    "Microsoft.CognitiveServices/accounts/regenerateKey/action",
    "Microsoft.Search/searchServices/regenerateAdminKey/action",
)
RESYNC = "Microsoft.MachineLearningServices/workspaces/resyncKeys/action"


async def examined(rig: Rig, mode: str = "enforce", refused: PolicyInvalid | None = None) -> Health:
    """How the app is."""
    return await examine(
        rig.world,
        RULES,
        policy=None if refused else rig.policy,
        refused=refused,
        mode=mode,
        version="0.1.0",
        instance=Counts(received=3),
    )


async def test_well() -> None:
    """An app that can read, may write, has a policy and runs is healthy."""
    rig = Rig.of(hub("a"), hub("b"))
    await rig.store.note_run(rig.clock.now())
    rig.clock.advance(minutes=10)
    health = (await examined(rig)).as_json()
    expected = {
        "healthy": True,
        "policy_valid": True,
        "can_read": True,
        "hubs": 2,
        "may_write": True,
        "lacking_permissions": [],
        "last_run_age_seconds": 600.0,
        "problems": [],
    }
    assert {name: health[name] for name in expected} == expected
    assert health["this_instance"]["received"] == 3


@pytest.mark.parametrize("keys", [None, FakeKeys()], ids=["off", "check"])
async def test_what_keys_need(keys: FakeKeys | None) -> None:
    """A permission that only a rule about keys wants is missed only where keys are looked at."""
    rig = Rig.of(hub(), keys=keys, access=FakeAccess([RESYNC]))
    health = await examined(rig)
    assert (health.lacking, health.healthy) == (() if keys is None else (RESYNC,), keys is None)


@pytest.mark.parametrize("rotation", [None, KeyRotation(FakeCloud([]), FakeKeys(), FakeUses(), FakeLedger())])
async def test_what_a_rotation_needs(rotation: KeyRotation | None) -> None:
    """Every permission that is missing is told, and only where keys are rotated."""
    rig = Rig.of(hub(), keys=FakeKeys(), rotation=rotation, access=FakeAccess(REGENERATE))
    health = await examined(rig)
    assert (health.lacking, health.healthy) == (() if rotation is None else REGENERATE, rotation is None)


async def test_a_rotation_that_policy_does_not_enforce_needs_nothing() -> None:
    """Whoever lets the keys of search services be renewed alone gives no other permission."""
    rotation = KeyRotation(FakeCloud([]), FakeKeys(), FakeUses(), FakeLedger())
    only_search = policy(effect=Effect.AUDIT, effects={"HW-KEY-011": Effect.ENFORCE})
    rig = Rig.of(hub(), policy=only_search, rotation=rotation, access=FakeAccess(REGENERATE))
    assert (await examined(rig)).lacking == ("Microsoft.Search/searchServices/regenerateAdminKey/action",)


async def test_never_run() -> None:
    """Before the first run its age is not known, and that is no problem."""
    health = await examined(Rig.of(hub()))
    assert (health.last_run_age, health.healthy) == (None, True)


@pytest.mark.parametrize(("mode", "healthy"), [("enforce", False), ("audit", True)])
async def test_lacking(mode: str, healthy: bool) -> None:  # noqa: FBT001 - the expected answer
    """A permission that is lacking is told always, and a problem only where something is to be written."""
    health = await examined(Rig.of(hub(), access=FakeAccess([TAGS_WRITE])), mode)
    assert (health.lacking, health.healthy, health.as_json()["may_write"]) == ((TAGS_WRITE,), healthy, False)


async def test_a_permission_that_no_enforced_rule_needs_is_not_missed() -> None:
    """Whoever enforces tags alone gives the app the right to write tags alone."""
    others = [one for rule in RULES for one in rule.permissions if one != TAGS_WRITE]
    only_tags = policy(effect=Effect.AUDIT, effects={"HW-TAG-001": Effect.ENFORCE})
    health = await examined(Rig.of(hub(), policy=only_tags, access=FakeAccess(others)))
    assert (health.lacking, health.healthy) == ((), True)


async def test_cannot_read() -> None:
    """An app that may not read says so; the rest is examined all the same."""
    rig = Rig.of(hub())
    rig.cloud.deny(GRAPH)
    health = await examined(rig)
    assert (health.as_json()["can_read"], health.lacking, health.healthy) == (False, (), False)
    assert health.problems[0].startswith("cannot read hubs: 403")


class _Closed(FakeAccess):
    async def lacking(self, permissions: object) -> tuple[str, ...]:
        """See `Access.lacking`."""
        raise Forbidden(f"403 for {type(permissions).__name__}", "Microsoft.Authorization/permissions/read")


async def test_unknown_permissions() -> None:
    """An app that may not look at its own permissions does not claim to have them."""
    health = await examined(Rig.of(hub(), access=_Closed()))
    assert (health.lacking, health.as_json()["may_write"], health.healthy) == (None, None, False)


@pytest.mark.parametrize(("minutes", "healthy"), [(60, True), (61, False)])
async def test_rows_that_wait(minutes: int, healthy: bool) -> None:  # noqa: FBT001 - the expected answer
    """How long rows wait is told always; for longer than an hour it is a problem that names where to look."""
    rig = Rig.of(hub())
    rig.log.waits = rig.clock.now()
    rig.clock.advance(minutes=minutes)
    health = await examined(rig)
    assert (health.as_json()["rows_waiting_seconds"], health.healthy) == (minutes * 60.0, healthy)
    assert ("docs/runbooks/sweep-missed.md" in " ".join(health.problems)) is not healthy


async def test_no_row_waits() -> None:
    """Where none waits there is no age."""
    assert (await examined(Rig.of(hub()))).as_json()["rows_waiting_seconds"] is None


class _Unreadable(FakeLog):
    async def waiting_since(self) -> datetime | None:
        """See `FindingLog.waiting_since`."""
        raise DependencyDown("503: storage does not answer")


async def test_whether_rows_wait_is_not_known() -> None:
    """An outbox that cannot be read is a problem, and no reason to call rows sent."""
    health = await examined(Rig.of(hub(), log=_Unreadable()))
    assert (health.rows_waiting, health.problems) == (
        None,
        ("cannot read which rows wait: 503: storage does not answer",),
    )


async def test_policy_refused() -> None:
    """A refused policy is a problem, line by line."""
    health = await examined(Rig.of(hub()), refused=PolicyInvalid(("line 1", "line 2")))
    assert (health.problems, health.healthy) == (("line 1", "line 2"), False)
