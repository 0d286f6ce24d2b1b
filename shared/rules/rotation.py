"""
Rules about rotation: keys are renewed in time, a rotation comes to its end, and keys are shown to nobody unexpected.

They are judged on accounts at the end of a rotation pass, by where each then stands. What makes them true is no single
write but a rotation, step by step: `shared.keys.derive` names the steps, and policy speaks to it through these rules.
So they are gated and propose no fix; `Rule.rotation` says what their steps need. What moving a vault secret needs is a
data action, which ARM does not tell of, and stands in `tools/roles.py` alone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from shared.keys.account import Risk, takes_no_keys
from shared.keys.progress import Standing
from shared.model.action import PatchConnection, ResyncKeys
from shared.model.facts import Fact, Kind
from shared.model.finding import Severity
from shared.model.key_facts import slot_name
from shared.model.plan import Safety
from shared.model.rotation import Phase
from shared.rules.rule import Context, Judgement, Parameter, Reads, Rule, Type, failed, passed

DOES: Final[Mapping[Phase, str]] = {
    Phase.RESTING: "no rotation is under way",
    Phase.GATHERING: "its consumers are moving to one key",
    Phase.RENEWING: "its idle key is being regenerated",
    Phase.MOVING: "its consumers are moving to the new key",
    Phase.WAITING: "both keys live, for whoever else used the old one",
    Phase.CLOSING: "its old key is being regenerated",
    Phase.RESYNCING: "its workspaces are learning the new key",
}
"""What goes on in each phase, for people."""


def _in_time(account: Fact, context: Context) -> Judgement | None:
    stands = (context.known.rotations or {}).get(account.id)
    if stands is None or takes_no_keys(account):
        return None
    doing = _doing(stands, context.now)
    ages = {slot_name(slot, account.id): (context.now - at).days for slot, at in sorted(stands.births.items())}
    expected = f"at most {stands.most.days} days"
    old = [f"{name} is {age} days old" for name, age in ages.items() if age > stands.most.days]
    if old:
        message = f"{' and '.join(old)}, of {stands.most.days} that policy allows; {doing}."
        return failed(_capital(message), expected=expected, actual=ages)
    return passed(f"Both keys are young enough; {doing}.", ages)


def _comes_to_its_end(account: Fact, context: Context) -> Judgement | None:
    stands = (context.known.rotations or {}).get(account.id)
    if stands is None or not (stands.record.open or stands.record.trouble):
        return None
    record = stands.record
    expected = "a rotation that goes on"
    actual = {"phase": record.phase.value, "since": _iso(record.since), "cause": _cause(stands)}
    if record.trouble:
        return failed(f"The rotation of its keys is held up: {record.trouble}.", expected=expected, actual=actual)
    late = (stands.until or record.since or context.now) + timedelta(hours=context.parameters["hours"])
    if record.phase is not Phase.RESTING and context.now > late:
        since = f"{record.since:%Y-%m-%d %H:%M} UTC" if record.since else "nobody knows when"
        message = f"The rotation of its keys does not come to its end; since {since} {_doing(stands, context.now)}."
        return failed(message, expected=expected, actual=actual)
    return passed(f"The rotation of its keys goes on: {_doing(stands, context.now)}.", actual)


def _unseen(account: Fact, context: Context) -> Judgement | None:
    stands = (context.known.rotations or {}).get(account.id)
    seen = stands.record.sighting if stands is not None else None
    if stands is None or seen is None:
        return None
    if stands.settled:
        return passed(f"Both keys were renewed after {seen.at:%Y-%m-%d}, when they were shown to somebody unexpected.")
    return failed(
        f"Its keys were shown on {seen.at:%Y-%m-%d %H:%M} UTC to {seen.who}, whom nobody expects ({seen.what}). "
        f"If nobody can say why, replace both: python -m local rotate {account.id.name} --now.",
        expected="keys shown to expected readers only",
        actual={"who": seen.who, "operation": seen.what, "at": _iso(seen.at)},
    )


def _doing(stands: Standing, now: datetime) -> str:
    does = DOES[stands.record.phase]
    if stands.record.open and stands.record.phase is Phase.RESTING:
        does = "a rotation is asked for"
    if stands.would:
        return f"{does}, and the next step would be to {stands.would}"
    if stands.until is not None:
        return f"{does}, until {stands.until:%Y-%m-%d %H:%M} UTC"
    if stands.record.open:
        return does
    return f"{does}, and {'the next begins on' if now < stands.due else 'one is due since'} {stands.due:%Y-%m-%d}"


def _cause(stands: Standing) -> str:
    demand = stands.record.demand
    return "" if demand is None else f"{demand.cause.value}: {demand.reason}"


def _iso(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="minutes")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


TERMS: Final[Mapping[str, Parameter]] = {
    "days": Parameter(Type.INTEGER, 90, "Days that a key may live", 1, 3650),
    "grace_hours": Parameter(Type.INTEGER, 24, "Hours that both keys live after all known consumers moved", 0, 2160),
    "silence_days": Parameter(
        Type.INTEGER, 0, "Days that nobody must have used the old key before it dies, where logs tell", 0, 90
    ),
    "accepted": Parameter(
        Type.CHOICES, (), "What a rotation may do although it can break what nobody knows", choices=tuple(Risk)
    ),
}
"""What policy says of the rotation of an account, each kind of account by its own rule."""


_MOVES: Final = (
    PatchConnection.permission,
    "Microsoft.CognitiveServices/accounts/connections/write",
    "Microsoft.CognitiveServices/accounts/projects/connections/write",
)
"""What it takes to give connections another key: those of workspaces, Foundry accounts and their projects."""


def _renewal(rule_id: str, kind: Kind, what: str, controls: tuple[str, ...], needs: tuple[str, ...]) -> Rule:
    return Rule(
        id=rule_id,
        title=f"Keys of the {what} are renewed in time",
        why="The longer a key lives, the more people and places have kept a copy of it; nobody renews one by hand.",
        kinds=frozenset({kind}),
        severity=Severity.HIGH,
        safety=Safety.GATED,
        controls=controls,
        check=_in_time,
        parameters=TERMS,
        rotation=(*needs, *_MOVES),
        reads=Reads.ROTATION,
    )


AI_KEYS = _renewal(
    "HW-KEY-010",
    Kind.AI_ACCOUNT,
    "AI services account",
    ("N-63",),
    ("Microsoft.CognitiveServices/accounts/regenerateKey/action",),
)
SEARCH_KEYS = _renewal(
    "HW-KEY-011",
    Kind.SEARCH,
    "search service",
    ("N-64",),
    ("Microsoft.Search/searchServices/regenerateAdminKey/action",),
)
STORAGE_KEYS = _renewal(
    "HW-KEY-012",
    Kind.STORAGE,
    "storage account",
    ("ST-11",),
    ("Microsoft.Storage/storageAccounts/regeneratekey/action", ResyncKeys.permission),
)
ENDPOINT_KEYS = _renewal(
    "HW-KEY-013",
    Kind.ENDPOINT,
    "endpoint",
    ("N-51",),
    (
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/regenerateKeys/action",
        "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/regenerateKeys/action",
    ),
)

RENEWALS: Final[Mapping[Kind, Rule]] = {
    next(iter(rule.kinds)): rule for rule in (AI_KEYS, SEARCH_KEYS, STORAGE_KEYS, ENDPOINT_KEYS)
}
"""By kind of account, the rule through which policy speaks of its rotation."""

KEYED: Final = frozenset(RENEWALS)

ROTATION_ENDS = Rule(
    id="HW-KEY-014",
    title="Rotation of an account's keys comes to its end",
    why="A rotation that stops half-way leaves two living keys and consumers on either; the next one cannot begin.",
    kinds=KEYED,
    severity=Severity.HIGH,
    safety=Safety.REPORT,
    controls=("N-40",),
    check=_comes_to_its_end,
    parameters={"hours": Parameter(Type.INTEGER, 48, "Hours that a step may take before somebody is told", 1, 2160)},
    reads=Reads.ROTATION,
)

KEYS_UNSEEN = Rule(
    id="HW-KEY-015",
    title="Keys are shown to nobody unexpected",
    why="Whoever has seen a key keeps it; only a new key takes it away again.",
    kinds=KEYED,
    severity=Severity.HIGH,
    safety=Safety.REPORT,
    controls=("N-40",),
    check=_unseen,
    parameters={
        "expected": Parameter(Type.TEXTS, (), "Object ids and application ids of those who may list keys"),
    },
    reads=Reads.ROTATION,
)


def risks(parameters: Mapping[str, Any]) -> frozenset[Risk]:
    """What policy accepts."""
    return frozenset(Risk(name) for name in parameters["accepted"])
