"""
Rules about keys: who keeps one that opens nothing any more, where keys are not taken at all, and how old they are.

No rule sees a key. Which slot a consumer keeps was found out by comparing in an adapter (`KeyFacts`); the rest stands
in the documents of the accounts.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.keys.account import takes_no_keys
from shared.model.action import Fix, ResyncKeys
from shared.model.cost_tags import CostTags
from shared.model.estate import Estate
from shared.model.facts import WORKSPACES, Fact, Kind
from shared.model.finding import Severity, Verdict
from shared.model.key_facts import Slot, account_of, is_view, slot_name
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId
from shared.rules.connection import KEY_BASED
from shared.rules.rule import Context, Judgement, Parameter, Reads, Rule, Type, because, failed, passed, unknown

_SLOTS: Final = (("key1", Slot.FIRST), ("key2", Slot.SECOND))
"""The names under `properties.keyCreationTime` of a storage account (CONTRACTS §6)."""


def _living(consumer: Fact, context: Context) -> Judgement | None:
    held = context.known.keys.held.get(consumer.id) if context.known.keys is not None else None
    if held is None:
        return None
    account = held.account.name
    expected = {"account": held.account.key, "key": "one of its living keys"}
    if held.problem:
        why = because(held.problem, held.permission)
        return unknown(f"Nobody could tell whether its key opens {account}: {why}", expected)
    if held.slot is None:
        return failed(
            f"The {consumer.kind} keeps a key that {account} does not know; calls with it are refused.",
            expected=expected,
            actual={"account": held.account.key, "key": "none of its living keys"},
        )
    name = slot_name(held.slot, held.account)
    return passed(f"The {consumer.kind} keeps the {name} of {account}.", {"account": held.account.key, "key": name})


def _in_step(workspace: Fact, context: Context) -> Judgement | None:
    said = _living(workspace, context)
    if said is None or said.verdict is not Verdict.FAIL:
        return said
    return replace(said, fix=Fix(ResyncKeys(), before=said.actual, after=said.expected))


def _taken(connection: Fact, context: Context) -> Judgement | None:
    named = account_of(connection)
    if named is None:
        return None
    account = context.estate.find(named)
    if account is None or not account.present:
        return unknown(
            f"Whether {named.name} takes keys is not known, for it was not read.", "an account that takes keys"
        )
    if not takes_no_keys(account):
        return passed(f"{named.name} takes keys.")
    return failed(
        f"The connection keeps a key of {named.name}, which takes none; each call through it is refused.",
        expected="authType AAD, or an account that takes keys",
        actual={"authType": connection.text("properties", "authType"), "account": named.key},
    )


def _targets(connection: Fact, _: Estate, __: CostTags) -> Iterable[ResourceId]:
    named = account_of(connection)
    return () if named is None else (named,)


def _young(account: Fact, context: Context) -> Judgement | None:
    if takes_no_keys(account):
        return None
    limit = context.parameters["days"]
    expected = f"at most {limit} days"
    made = {name: _made(account, name) for name, _ in _SLOTS}
    ages = {name: (context.now - at).days for name, at in made.items() if at is not None}
    old = [f"{name} is {age} days old" for name, age in ages.items() if age > limit]
    if old:
        return failed(f"{' and '.join(old)}.", expected=expected, actual=ages)
    if len(ages) < len(made):
        return unknown("Azure does not say when its keys were made.", expected)
    return passed("Both keys are young.", ages)


def _made(account: Fact, name: str) -> datetime | None:
    """
    When a key was made: its own time, or for null the account's, whose first keys Azure gave no time before 2021.

    A key without a time was not regenerated since Azure tells; so it may be younger than its account, never older.
    """
    return account.moment("properties", "keyCreationTime", name) or account.moment("properties", "creationTime")


def _renewed(connection: Fact, context: Context) -> Judgement | None:
    stored = connection.text("properties", "authType")
    told = connection.text("properties", "expiryTime")
    if stored not in KEY_BASED or not told or is_view(connection):
        return None
    limit = context.parameters["days"]
    expected = f"at least {limit} days to go"
    ends = connection.moment("properties", "expiryTime")
    if ends is None:
        return unknown("The time at which its secret expires cannot be read.", expected)
    if ends <= context.now:
        return failed(f"Its secret ({stored}) expired on {ends:%Y-%m-%d}.", expected=expected, actual=told)
    left = (ends - context.now).days
    if left < limit:
        message = f"Its secret ({stored}) expires on {ends:%Y-%m-%d}, in {left} {'day' if left == 1 else 'days'}."
        return failed(message, expected=expected, actual=told)
    return passed(f"Its secret is good until {ends:%Y-%m-%d}.", told)


LIVING_KEY = Rule(
    id="HW-KEY-001",
    title="Connection or vault secret keeps a living key of its account",
    why="A key that was regenerated opens nothing: every call with the copy fails until somebody notices.",
    kinds=frozenset({Kind.CONNECTION, Kind.SECRET}),
    severity=Severity.HIGH,
    safety=Safety.REPORT,
    controls=("N-44",),
    check=_living,
    reads=Reads.KEYS,
)

KEYS_TAKEN = Rule(
    id="HW-KEY-002",
    title="Connection keeps a key only where its target takes keys",
    why="Whoever switched keys off meant it; the connection that still keeps one is dead, and nobody told its users.",
    kinds=frozenset({Kind.CONNECTION}),
    severity=Severity.HIGH,
    safety=Safety.REPORT,
    controls=("N-43",),
    check=_taken,
    needs=_targets,
)

STORAGE_KEY = Rule(
    id="HW-KEY-003",
    title="Workspace keeps a living key of its storage account",
    why="A workspace learns late that its storage key was regenerated; until then its runs and uploads fail.",
    kinds=WORKSPACES,
    severity=Severity.HIGH,
    safety=Safety.SAFE,
    controls=("N-44",),
    check=_in_step,
    permissions=(ResyncKeys.permission,),
    reads=Reads.KEYS,
)

YOUNG_KEYS = Rule(
    id="HW-KEY-004",
    title="Storage account's keys are no older than policy allows",
    why="The longer a key lives, the more people and places have kept a copy of it.",
    kinds=frozenset({Kind.STORAGE}),
    severity=Severity.MEDIUM,
    safety=Safety.REPORT,
    controls=("ST-11",),
    check=_young,
    parameters={"days": Parameter(Type.INTEGER, 90, "Days that a key may live", 1)},
)

RENEWED = Rule(
    id="HW-KEY-005",
    title="Connection's secret is renewed before it expires",
    why="Nobody but its owner can renew a key of somebody else's service, and on the day it expires it is too late.",
    kinds=frozenset({Kind.CONNECTION}),
    severity=Severity.HIGH,
    safety=Safety.REPORT,
    controls=("N-39",),
    check=_renewed,
    parameters={"days": Parameter(Type.INTEGER, 30, "Days before the end that its owner is told", 1)},
)
