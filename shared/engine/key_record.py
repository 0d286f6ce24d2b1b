"""
Rows for Log Analytics about keys and their rotation.

Each step with both sides of it, where each account stood, and how many connections of a hub still keep a key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.engine.around import NOTHING, Around
from shared.engine.record import Run, as_json, named
from shared.keys.progress import Standing, settled
from shared.keys.step import Move, Prove, Regenerate
from shared.model.estate import Estate
from shared.model.facts import WORKSPACES, Fact, Kind, Seen
from shared.model.key_facts import Slot, slot_name
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Phase, Record
from shared.ports import Alert, Row
from shared.rules.entra import counted
from shared.rules.rotation import RENEWALS

EMERGENCY_ENDED: Final = "Hubwarden.EmergencyRotationEnded"
"""The type of the event that tells ops that both keys of an account were replaced in a hurry."""


@dataclass(frozen=True)
class Place:
    """What every row about one account in one pass carries."""

    run: str
    account: Fact
    around: Around = NOTHING
    causes: tuple[str, ...] = ()
    """Ids of what the turn answers; see `causes_of`."""


def causes_of(run: Run, account: Fact, record: Record) -> tuple[str, ...]:
    """
    Ids of what a turn answers, at most twenty.

    The message that the pass is about, what asked for the rotation that is under way, be it months ago, and who was
    shown a key that has not been renewed since. None for a rotation by age.
    """
    asked = record.demand.correlation_id if record.demand else ""
    shown = "" if record.sighting is None or settled(account, record) else record.sighting.correlation_id
    return named((*run.causes, asked, shown))


def step_rows(
    place: Place, record: Record, step: Regenerate | Prove | Move, *, result: str, reason: str, at: datetime
) -> list[Row]:
    """One row for a step, for a move one a consumer; `record` is the ledger's as it was before the step."""
    name = slot_name(step.slot, place.account.id)
    same = {**_same(place, record, at), "Key": name, "Result": result, "Reason": reason}
    if isinstance(step, Move):
        return [
            {
                **same,
                "Step": "move",
                "Consumer": one.key,
                "Before": as_json(_kept(place, record.holders.get(one))),
                "After": as_json(name),
            }
            for one in step.consumers
        ]
    verb = "regenerate" if isinstance(step, Regenerate) else "prove"
    before = {one.key: _kept(place, slot) for one, slot in sorted(record.holders.items())}
    return [{**same, "Step": verb, "Consumer": "", "Before": as_json(before), "After": as_json(before)}]


def move_rows(place: Place, record: Record, step: Move, problems: Mapping[ResourceId, str], at: datetime) -> list[Row]:
    """One row a consumer, with what Azure said to those that could not be moved."""
    rows: list[Row] = []
    for one in step.consumers:
        problem = problems.get(one, "")
        result = "failed" if problem else "done"
        rows += step_rows(place, record, Move(step.slot, (one,)), result=result, reason=problem, at=at)
    return rows


def standing_row(place: Place, stands: Standing, at: datetime) -> Row:
    """Where an account stood at the end of a pass."""
    record = stands.record
    row: dict[str, Any] = {
        **_same(place, record, at),
        "Step": "stands",
        "Key": "",
        "Consumer": "",
        "Result": _result(stands),
        "Reason": record.trouble or (record.demand.reason if record.demand else ""),
        "FirstAgeDays": _days(at - stands.births[Slot.FIRST]),
        "SecondAgeDays": _days(at - stands.births[Slot.SECOND]),
        "MostDays": _days(stands.most),
    }
    return row if stands.until is None else {**row, "Until": stands.until.isoformat()}


def count_row(run: Run, estate: Estate, near: Around, at: datetime) -> Row:
    """
    How many connections of a hub's family come with a key, and how many with an identity; `unsure` is at least.

    `near` is what is around the hub.
    """
    count, unread = counted(estate), _unread(estate)
    return {
        "TimeGenerated": at.isoformat(),
        "RunId": run.id,
        "Account": "",
        **near.columns,
        "Hub": run.hub.key,
        "Step": "counted",
        "Key": "",
        "Consumer": "",
        "Result": "unsure" if unread else "done",
        "Reason": f"not read: {', '.join(unread)}" if unread else "",
        "ByKey": count.by_key,
        "ByIdentity": count.by_identity,
        "ByOther": count.other,
        "CorrelationIds": list(run.causes),
    }


def _unread(estate: Estate) -> list[str]:
    """Where there may be connections that nobody saw."""
    lists = {f"{gap.kind}s of {gap.parent.name}" for gap in estate.gaps if gap.kind in {Kind.CONNECTION, Kind.PROJECT}}
    return sorted(lists | {fact.id.name for fact in estate if fact.kind in WORKSPACES and fact.seen is Seen.UNREADABLE})


def ended_alerts(place: Place, before: Record, after: Record, at: datetime) -> list[Alert]:
    """That an emergency is over, when it is."""
    demand = before.demand
    over = before.phase is not Phase.RESTING and after.phase is Phase.RESTING and after.ended != before.ended
    if demand is None or demand.cause is not Cause.EMERGENCY or not over:
        return []
    data = {"Account": place.account.id.key, "Reason": demand.reason, "By": demand.by, "Ended": at.isoformat()}
    return [Alert(EMERGENCY_ENDED, place.account.id.key, data)]


def _same(place: Place, record: Record, at: datetime) -> dict[str, Any]:
    return {
        "TimeGenerated": at.isoformat(),
        "RunId": place.run,
        "Account": place.account.id.key,
        "Kind": place.account.kind.value,
        "Rule": RENEWALS[place.account.kind].id,
        **place.around.columns,
        "Phase": record.phase.value,
        "Cause": record.demand.cause.value if record.demand else "",
        "Consumers": len(record.holders),
        "Proof": record.proof.told if record.proof else "",
        "CorrelationIds": list(place.causes),
    }


def _result(stands: Standing) -> str:
    if stands.record.trouble:
        return "held"
    if stands.would:
        return "skipped"
    return "resting" if stands.record.phase is Phase.RESTING else "waiting"


def _kept(place: Place, slot: Slot | None) -> str | None:
    return None if slot is None else slot_name(slot, place.account.id)


def _days(age: timedelta) -> float:
    return round(age / timedelta(days=1), 2)


def counts(standings: Mapping[ResourceId, Standing]) -> dict[Phase, int]:
    """How many accounts stand in each phase; for the log line of a pass."""
    phases = [stands.record.phase for stands in standings.values()]
    return {phase: phases.count(phase) for phase in Phase if phase in phases}
