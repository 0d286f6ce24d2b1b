"""
`python -m local rotate`: where an account's keys stand, and the word that lets the app rotate them.

It changes no key itself: it only looks, and puts one message on the app's queue. What the app then does it does as
always, one account at a time, with a record of each step.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape

from local.plan import refuse_unclear
from local.rotation.doors import Doors
from local.rotation.look import Look
from local.rotation.show import as_document, show
from local.rotation.wish import Typed, consequence
from local.rotation.words import doubts, in_the_way
from shared.adapters.policy_files import read
from shared.model.errors import SettingsInvalid
from shared.model.message import Wish
from shared.model.tables import KEYS
from shared.policy.load import load
from shared.rules.catalogue import RULES

NOTHING_DONE: Final = 2
"""Nothing was sent, for not enough was said or somebody thought better of it; or, for a look, something is amiss."""


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    account: str
    """An ARM id, or a name that only one account has."""
    subscriptions: tuple[str, ...]
    policy: Path
    queue: str = ""
    """The queue service of the app's storage account."""
    table: str = ""
    """Its table service."""
    wishes: tuple[Wish, ...] = ()
    reason: str = ""
    yes: bool = False
    form: str = "text"

    @property
    def typed(self) -> Typed:
        """How to type it again."""
        return Typed(self.account, self.subscriptions, self.queue, self.table)


def run(request: Request, clock: Callable[[], datetime], doors: Doors) -> int:
    """
    Print where the keys stand, and send what is wished.

    0: nothing is in the way, or it was sent; 2: something is amiss, or nothing was sent for want of a word. Raises
    HubwardenError for all that is wrong.
    """
    if not request.subscriptions:
        raise SettingsInvalid("rotate needs --subscription ID; see python -m local rotate --help")
    for subscription in request.subscriptions:
        refuse_unclear("rotate", None, subscription)
    if problem := _unclear(request, doors):
        return _nothing(problem)
    now = clock()
    policy = load(read(request.policy), RULES, now)
    look = asyncio.run(doors.look(request.account, request.subscriptions, request.table, policy, now))
    if request.form == "json":
        print(json.dumps(as_document(look, request.typed), indent=2))
    else:
        show(look, request.typed, Console(highlight=False))
    if request.wishes:
        return _wish(request, look, doors)
    return NOTHING_DONE if in_the_way(look, look.next) or doubts(look) else 0


def _unclear(request: Request, doors: Doors) -> str:
    """Why a wish cannot be taken as it is, before anything is looked at; empty when it can."""
    wishes = " and ".join(f"--{wish}" for wish in request.wishes)
    if len(request.wishes) > 1:
        return f"{wishes} exclude each other; give one"
    if not request.wishes:
        return "--reason and --yes belong to --begin, --now or --approve" if request.reason or request.yes else ""
    if not request.reason.strip():
        return f'{wishes} needs a reason, which is kept with the rotation: --reason "…"'
    if not request.queue:
        return f"{wishes} needs the queue service of the app's storage account: --queue https://NAME.queue.core.windows.net"
    if not request.yes and not doors.seated():
        return f"{wishes} asks before it does anything, and nobody sits at this terminal; give --yes to go on unasked"
    return ""


def _wish(request: Request, look: Look, doors: Doors) -> int:
    """Say what comes of it, ask, send it, and say how to watch it."""
    (wish,), account = request.wishes, look.account.id
    if look.view.keyless:
        return _nothing(f"{account.name} takes no keys, so there is nothing to rotate")
    if wish is Wish.APPROVE and not look.memory.missing and not look.record.open:
        return _nothing(
            f"no rotation of {account.name} is under way, so there is nothing to approve; --begin begins one"
        )
    console = Console(stderr=request.form == "json", highlight=False)
    console.print()
    for sentence in consequence(look, wish):
        console.print(escape(sentence), soft_wrap=True)
    if not request.yes and not _confirmed(account.name, wish, doors):
        return _nothing("that is no yes")
    sent = asyncio.run(doors.send(request.queue, account, wish, request.reason.strip()))
    console.print(escape(f"\nSent in the name of {sent.by}. Watch it:"), soft_wrap=True)
    console.print(escape(f"  {request.typed.looking()}"), soft_wrap=True)
    named = f" and CorrelationIds has '{sent.correlation_id}'" if sent.correlation_id else ""
    query = f"{KEYS} | where Account == '{account.key}'{named} | order by TimeGenerated desc"
    console.print(escape(f"  {query}"), soft_wrap=True)
    return 0


def _confirmed(name: str, wish: Wish, doors: Doors) -> bool:
    if wish is Wish.NOW:
        return doors.ask(f"Type {name} to go on: ").strip() == name
    return doors.ask("Go on? [y/N] ").strip().casefold() in {"y", "yes"}


def _nothing(problem: str) -> int:
    print(f"hubwarden: {problem}; nothing was sent", file=sys.stderr)
    return NOTHING_DONE
