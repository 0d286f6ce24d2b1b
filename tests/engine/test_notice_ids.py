"""An event for an owner that comes twice is known as the same, whatever else changed; another one never is."""

from itertools import count

from shared.adapters.alert_topic import event_id
from shared.engine.notices import KIND
from shared.model.message import Sweep
from shared.policy.policy import Effect
from shared.ports import Alert
from tests.builders import rid
from tests.engine.season import FORGOTTEN, waiver
from tests.images_rig import HUB, ImagesRig, aged, forgotten, stopping, touching

BESIDE = touching(effects={"HW-CMP-001": Effect.ENFORCE, "HW-IMG-002": Effect.AUDIT, "HW-IMG-003": Effect.AUDIT})
"""A policy under which the run that tells an owner also writes to the instance: an idle shutdown."""


FLEET = (forgotten("ci-1", image="25.09.01", made=170), forgotten("ci-2", image="25.06.01", made=270))


async def _due() -> ImagesRig:
    """Two owners, each to be warned today, and both instances want an idle shutdown."""
    rig = ImagesRig.with_fleet(*FLEET, aged("ci-3"), policy=BESIDE)
    await rig.skip_to(33)
    return rig


async def test_what_a_run_writes_does_not_change_who_the_event_is() -> None:
    """The process dies at any boundary, and its idle shutdown is there when the next one tells the owner again."""
    spared = await _due()
    await spared.sweep(HUB)
    expected, twice = {event_id(alert) for alert in spared.notices}, 0
    for at in count(1):
        rig = await _due()
        if not await rig.dies(Sweep(rid(HUB)), at):
            break
        await rig.sweep(HUB)
        assert {event_id(alert) for alert in rig.notices} == expected, at
        assert all(rig.document(one)["properties"]["properties"]["idleTimeBeforeShutdown"] for one in FLEET)
        twice += len(rig.notices) > len(expected)
    assert (len(expected), len(spared.notices), twice > 0) == (2, 2, True)


async def _late() -> ImagesRig:
    """The same, a minute before midnight."""
    rig = await _due()
    rig.clock.advance(hours=14, minutes=59)
    return rig


async def test_over_midnight_too() -> None:
    """A warning that is sent again on the next day names a later date; to whoever has it, it is the same warning."""
    rig, at = await _late(), 1
    while await rig.dies(Sweep(rid(HUB)), at) and not rig.notices:
        rig, at = await _late(), at + 1
    rig.clock.advance(hours=1)
    await rig.sweep(HUB)
    dates = {alert.data["Due"] for alert in rig.notices if alert.data["Notice"] == "warned"}

    assert (len(dates), len(rig.notices), len({event_id(alert) for alert in rig.notices})) == (2, 4, 2)


async def test_what_is_told_again_after_a_waiver_is_another_event() -> None:
    """Whoever keeps what came once must not take the new warning for the old one, and be stopped unwarned."""
    rig = ImagesRig.with_fleet(forgotten("ci-old", image="25.06.01", made=270), policy=stopping())
    await rig.sweep(HUB)
    rig.policy = stopping(exemptions=(waiver(forgotten("ci-old"), 0.2),))
    rig.clock.advance(hours=1)
    await rig.sweep(HUB)
    rig.clock.advance(hours=5)
    await rig.sweep(HUB)
    first, second = rig.notices

    assert (first.data["Notice"], second.data["Notice"]) == ("warned", "warned")
    assert first.data["Due"] == second.data["Due"]
    assert event_id(first) != event_id(second)


async def test_each_of_its_marks_makes_it_another() -> None:
    """The instance, when it was made, its image, the rung, and what was told last."""
    rig = ImagesRig.with_fleet(FORGOTTEN, policy=stopping())
    await rig.live(120)
    again = ImagesRig.with_fleet(FORGOTTEN, policy=stopping())
    await again.live(120)

    assert [event_id(a) for a in rig.notices] == [event_id(a) for a in again.notices]
    assert len({event_id(alert) for alert in rig.notices}) == len(rig.notices) == 6
    assert event_id(Alert(KIND, "s", {}, "a")) != event_id(Alert(KIND, "s", {}, "b")) != event_id(Alert(KIND, "s", {}))
