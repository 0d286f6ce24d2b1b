"""What somebody may ask of an account's rotation: what to type for it, and what comes of it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.rotation.look import Look
from local.rotation.words import doing, following, hours, in_the_way, listed
from shared.keys.account import Risk
from shared.model.key_facts import Slot, slot_name
from shared.model.message import Wish
from shared.model.resource_id import ResourceId


@dataclass(frozen=True)
class Typed:
    """The command as it was typed, to be typed again."""

    account: str
    subscriptions: Sequence[str]
    queue: str = ""
    table: str = ""

    def looking(self) -> str:
        """The command that only looks."""
        return self._line(("--table", self.table))

    def wishing(self, wish: Wish) -> str:
        """The command that asks for something."""
        queue = self.queue or "https://NAME.queue.core.windows.net"
        return f'{self._line(("--queue", queue), ("--table", self.table))} --{wish} --reason "…"'

    def _line(self, *options: tuple[str, str]) -> str:
        given = [("--subscription", one) for one in self.subscriptions] + [one for one in options if one[1]]
        words = ["python", "-m", "local", "rotate", self.account, *(word for option in given for word in option)]
        return shlex.join(words)


def command(look: Look, typed: Typed) -> str:
    """What to type to get it going; empty where nothing is to be done by hand."""
    if look.view.keyless:
        return ""
    if not look.record.open:
        return typed.wishing(Wish.BEGIN)
    helps = bool(look.next.record.trouble) and not look.wishes[Wish.APPROVE].record.trouble
    return typed.wishing(Wish.APPROVE) if helps else ""


def consequence(look: Look, wish: Wish) -> list[str]:
    """What comes of a wish, in sentences, what holds it up last."""
    decision = look.wishes[wish]
    said = {Wish.BEGIN: _begin, Wish.NOW: _now, Wish.APPROVE: _approve}[wish](look)
    held = in_the_way(look, decision)
    return [*said, *_strays(look), *(f"It is held up even so: {one}." for one in held)]


def _strays(look: Look) -> list[str]:
    """Consumers where nobody looked: a hub may lean on a vault in a subscription that the app may not write to."""
    strays = [one for one in look.view.told if one.subscription not in look.subscriptions]
    if not strays:
        return []
    return [f"If its subscription is not governed, the app moves nobody there, and waits: {listed(strays)}."]


def _begin(look: Look) -> list[str]:
    name, decision = look.account.id.name, look.wishes[Wish.BEGIN]
    if look.record.open:
        return [f"Nothing new: a rotation of {name} is under way or asked for already ({doing(look)})."]
    if decision.step is None:
        return [f"A rotation of {name} is asked for, and begins as soon as it can."]
    dies = f"the old one dies {hours(look)} h later at the earliest, when nothing speaks against it"
    return [
        f"A rotation of {name} begins: first, {following(look, decision)}.",
        f"Its consumers are moved to the new key, and {dies}.",
    ]


def _now(look: Look) -> list[str]:
    name, kept = look.account.id.name, look.view.told
    resynced = {one: slot for one, slot in kept.items() if one in look.view.anchored}
    stays = {} if Risk.RESYNC_GAP in look.terms.accepted else resynced
    moved = kept.keys() - stays.keys()
    what, them = ("One key", "it") if stays else ("Both keys", "them")
    who = f"{_consumers(len(moved))} moved ({listed(moved)})" if moved else "no consumer is moved"
    said = [
        f"{what} of {name} {'is' if stays else 'are'} replaced at once; {who}; whoever else uses {them} is cut off.",
    ]
    if look.view.signed:
        said.append(f"Shared access signatures made with {them} die too: {listed(look.view.signed)}.")
    if stays:
        said += [_staying(look, slot, stays) for slot in sorted(set(stays.values()))]
    elif resynced:
        said.append(f"Calls to it from {listed(resynced)} fail until a resync has brought them the new key.")
    return said


def _staying(look: Look, slot: Slot, stays: Mapping[ResourceId, Slot]) -> str:
    """A workspace learns a new storage key only after the old one died, which policy must accept, in a hurry too."""
    who = listed(one for one, kept in stays.items() if kept is slot)
    return (
        f"Its {slot_name(slot, look.account.id)} stays as it is, for it is kept by {who}, and policy does not accept "
        "resync_gap: docs/runbooks/emergency-key-rotation.md says what to do."
    )


def _consumers(count: int) -> str:
    return f"{count} consumer{' is' if count == 1 else 's are'}"


def _approve(look: Look) -> list[str]:
    name = look.account.id.name
    said = [f"The old key of {name} may die, although nobody can tell who else uses it. Whoever does is cut off."]
    if look.memory.missing:
        said.append("That counts for the rotation under way only; whether there is one is not known here.")
    return said
