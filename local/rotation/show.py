"""A look at an account's keys, for people in a terminal and for programs."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.rotation.look import Look
from local.rotation.wish import Typed, command
from local.rotation.words import (
    aged,
    agreed,
    foreseen,
    hours,
    in_the_way,
    keys,
    listed,
    stage,
    unknown,
)
from local.wording import because, named
from shared.keys.age import due
from shared.keys.step import Decision, Move
from shared.model.key_facts import slot_name
from shared.model.message import Wish
from shared.rules.rotation import RENEWALS


def show(look: Look, typed: Typed, console: Console) -> None:
    """For people: who keeps which key, where the rotation stands, and what to type."""
    account = look.account
    console.print(f"[bold]{escape(account.id.name)}[/], {account.kind}")
    console.print(escape(account.id.text), style="dim", soft_wrap=True)
    console.print()
    console.print(_table(look))
    console.print()
    for name, text in _lines(look):
        console.print(f"{name:<10}{escape(text)}", soft_wrap=True)
    console.print("\nNot known from here:")
    for note in unknown(look):
        console.print(escape(f"  {note}"), style="yellow", soft_wrap=True)
    if line := command(look, typed):
        console.print(f"\nTo go on:\n  {escape(line)}", soft_wrap=True)


def _table(look: Look) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for column in ("Key", "Age", "Held by"):
        table.add_column(column, overflow="fold")
    for key in keys(look):
        table.add_row(key.name, key.age, escape(listed(key.held_by)) or "[dim]nobody known[/]")
    if look.view.lost:
        table.add_row("[red]none of its living keys[/]", "", escape(listed(look.view.lost)))
    for one, held in sorted(look.view.untold.items()):
        table.add_row("[yellow]not told[/]", "", escape(f"{named(one)}: {because(held.problem, held.permission)}"))
    return table


def _lines(look: Look) -> Iterator[tuple[str, str]]:
    yield "rotation", stage(look)
    yield "policy", agreed(look)
    yield from foreseen(look)


def as_document(look: Look, typed: Typed) -> dict[str, Any]:
    """For programs: the same, with ids, and with names that do not change from service to service."""
    record, terms = look.record, look.terms
    return {
        "account": look.account.id.text,
        "kind": look.account.kind.value,
        "at": look.at.isoformat(),
        "subscriptions": list(look.subscriptions),
        "policy": {
            "rule": RENEWALS[look.account.kind].id,
            "effect": look.effect.value,
            "version": look.policy,
            "days": terms.days,
            "grace_hours": hours(look),
            "silence_days": terms.silence.days,
            "accepted": sorted(terms.accepted),
            "approved": terms.approved or None,
            "kept": terms.kept or None,
        },
        "rotation": {
            "known": look.remembered,
            "because": look.memory.missing or None,
            "phase": record.phase.value if look.remembered else None,
            "since": record.since.isoformat() if record.since else None,
            "cause": record.demand.cause.value if record.demand else None,
            "reason": record.demand.reason if record.demand else None,
            "due": due(look.account, record, terms).isoformat() if aged(look) else None,
        },
        "keys": [
            {
                "slot": key.slot.value,
                "name": key.name,
                "age_days": key.days,
                "age_from": key.source,
                "held_by": [holder.text for holder in key.held_by],
            }
            for key in keys(look)
        ],
        "none_living": [one.text for one in sorted(look.view.lost)],
        "not_told": [
            {"resource": one.text, "because": held.problem, "permission": held.permission or None}
            for one, held in sorted(look.view.untold.items())
        ],
        "unseen": list(look.view.unseen),
        "signed": [one.text for one in sorted(look.view.signed)],
        "next": _decision(look, look.next),
        "if_asked": {
            wish.value: _decision(look, decision)
            for wish, decision in look.wishes.items()
            if record.open or wish is not Wish.APPROVE
        },
        "not_known": unknown(look),
        "command": command(look, typed) or None,
    }


def _decision(look: Look, decision: Decision) -> dict[str, Any]:
    step = decision.step
    moved = step.consumers if isinstance(step, Move) else ()
    return {
        "step": type(step).__name__.casefold() if step is not None else None,
        "key": slot_name(step.slot, look.account.id) if step is not None else None,
        "consumers": [one.text for one in moved],
        "until": decision.until.isoformat() if decision.until else None,
        "held_up": in_the_way(look, decision),
    }
