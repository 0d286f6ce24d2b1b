"""Instances that are stopped for their image: never under a job, nor where their idle shutdown proves work."""

from shared.images.identity import CONTRIBUTOR
from tests.builders import Document, identified, rid, role_assignment
from tests.engine.remaking import OLD, overdue, verbs
from tests.images_rig import HUB, ImagesRig, aged, forgotten, stopping

RUNS = forgotten(image=OLD)
IDLE = identified(aged(image=OLD, state="Running", idleTimeBeforeShutdown="PT60M"), "principal-of-jane")
"""It has an idle shutdown, and an identity on which it depends whether that ever comes."""
MAY_STOP = role_assignment(CONTRIBUTOR.id, "principal-of-jane", on=HUB["id"])


def state(rig: ImagesRig, about: Document) -> str:
    """What it does now."""
    return str(rig.document(about)["properties"]["properties"]["state"])


def begins(rig: ImagesRig, now: str) -> None:
    """Somebody's job begins or ends on it."""
    rig.document(RUNS)["properties"]["properties"]["state"] = now


async def test_a_job_that_begins_while_we_are_about_to_goes_on() -> None:
    """Nothing is sent and nothing failed; once it has ended the instance is stopped."""
    rig = await overdue(RUNS, policy=stopping())
    rig.watched.meanwhile = lambda: begins(rig, "JobRunning")
    await rig.sweep(HUB)
    await rig.live(1)
    during = (verbs(rig), state(rig, RUNS), [row["Result"] for row in rig.actions(Action="stop-instance")])
    begins(rig, "Running")
    rig.clock.advance(hours=12)
    await rig.sweep(HUB)

    assert during == ([], "JobRunning", ["skipped", "held", "held"])
    assert "Hubwarden.ActionFailed" not in {alert.kind for alert in rig.topic.alerts}
    assert (verbs(rig), state(rig, RUNS)) == (["stop-instance"], "Stopped")


async def test_one_whose_idle_shutdown_works_is_never_stopped() -> None:
    """Azure would have done it: somebody works on it, whatever policy accepts of others. No event guesses otherwise."""
    rig = await overdue(IDLE, policy=stopping())
    rig.cloud.put(MAY_STOP)
    await rig.live(3, about=[IDLE])
    held = {row["Reason"] for row in rig.actions(Action="stop-instance")}
    before = verbs(rig)
    rig.cloud.delete(rid(MAY_STOP))
    await rig.event(IDLE)
    by_event = verbs(rig)
    rig.clock.advance(hours=12)
    await rig.sweep(HUB)
    (done,) = rig.actions(Action="stop-instance", Result="done")

    assert (before, by_event, state(rig, IDLE)) == ([], [], "Stopped")
    assert any("Azure would have stopped it after PT60M without" in reason for reason in held)
    assert "without evidence of idleness, for its identity may not stop it" in done["Reason"]
