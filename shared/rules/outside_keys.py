"""
The rule about keys of somebody else's services: how old one may grow before its owner is asked for a new one.

Nobody here can make such a key anew, and Azure does not tell its age: every PATCH of a connection sets its
`systemData.createdAt` to that moment (CONTRACTS §3). So two moments count: since when we have known the connection, and
the day that its owner wrote into it.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from shared.model.facts import Fact, Kind
from shared.model.finding import Severity
from shared.model.key_facts import account_of, is_view
from shared.model.plan import Safety
from shared.rules.connection import KEY_BASED
from shared.rules.rule import Context, Judgement, Parameter, Rule, Type, failed, passed, unknown

RENEWED_ON: Final = "KeyRenewedOn"
"""Under `properties.metadata` of a connection: the day on which its owner last renewed its key, ISO 8601."""

_EARLY: Final = timedelta(days=1)
"""A day begins up to 14 hours earlier elsewhere than in UTC, so today there may be tomorrow here."""


def is_outside(connection: Fact) -> bool:
    """Whether a connection keeps a secret that nothing here can renew: somebody else's, or nobody knows whose."""
    return (
        connection.kind is Kind.CONNECTION
        and connection.present
        and connection.text("properties", "authType") in KEY_BASED
        and not is_view(connection)
        and account_of(connection) is None
    )


def stated(connection: Fact, now: datetime) -> datetime | None:
    """When its owner says that its key was renewed; None where that is no date, or one that is still to come."""
    told = connection.moment("properties", "metadata", RENEWED_ON)
    return told if told is not None and told - now <= _EARLY else None


def _in_time(connection: Fact, context: Context) -> Judgement | None:
    if not is_outside(connection):
        return None
    limit = context.parameters["days"]
    expected = f"a new secret every {limit} days"
    first = (context.known.first_seen or {}).get(connection.id)
    if first is None:
        return unknown("How long its secret has been there is not known, for nothing is remembered here.", expected)
    said = stated(connection, context.now)
    since = (first if said is None else max(first, said)).astimezone(UTC)
    age, due = max(0, (context.now - since).days), since + timedelta(days=limit)
    actual = {"AgeDays": age, "DueOn": f"{due:%Y-%m-%d}", "Since": f"{since:%Y-%m-%d}"}
    stored = connection.text("properties", "authType")
    told = f"Its secret ({stored}) {_life(connection, since, age, said)}"
    early = min(context.parameters["remind"], limit - 1)
    if context.now < due - timedelta(days=early):
        return passed(f"{told}; the next one is due on {due:%Y-%m-%d}.", actual)
    return failed(f"{told}, {_due(due, context.now)}; {_wanted(context.owner)}.", expected=expected, actual=actual)


def _life(connection: Fact, since: datetime, age: int, said: datetime | None) -> str:
    if said == since:
        return f"was renewed {_days(age)} ago, as its owner says"
    written = connection.get("properties", "metadata", RENEWED_ON)
    nonsense = said is None and written is not None and written != ""
    aside = f" (metadata.{RENEWED_ON} is no day in the past)" if nonsense else ""
    return f"has been known for {_days(age)}{aside}"


def _due(due: datetime, now: datetime) -> str:
    if due <= now:
        return f"and a new one was due on {due:%Y-%m-%d}, {_days((now - due).days)} ago"
    return f"and a new one is due in {_days((due - now).days)}, on {due:%Y-%m-%d}"


def _wanted(owner: str) -> str:
    return (
        f"{owner or 'its owner'} should renew it at its service, put the new one into the connection, "
        f"and set metadata.{RENEWED_ON} to that day"
    )


def _days(count: int) -> str:
    return f"{count} {'day' if count == 1 else 'days'}"


OUTSIDE = Rule(
    id="HW-KEY-008",
    title="Somebody else's key is renewed in time",
    why="A key that nobody can renew from here lives until its owner thinks of it, and nobody else tells its owner.",
    kinds=frozenset({Kind.CONNECTION}),
    severity=Severity.MEDIUM,
    safety=Safety.REPORT,
    controls=("N-40",),
    check=_in_time,
    parameters={
        "days": Parameter(Type.INTEGER, 180, "Days that a key may live", 1, 3650),
        "remind": Parameter(Type.INTEGER, 14, "Days before that on which its owner is told", 0, 365),
    },
)
