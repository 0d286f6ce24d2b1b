"""What a look at an account's keys says in words: the keys, what comes next, what is in the way, what is not known."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from local.rotation.look import Look
from local.wording import named
from shared.keys.account import ROTATED
from shared.keys.age import births, due, patience, told
from shared.keys.step import Ask, Decision, Move, Prove, Regenerate, RotationStep
from shared.model.key_facts import Slot, slot_name
from shared.model.message import Wish
from shared.model.resource_id import ResourceId
from shared.model.rotation import Phase
from shared.policy.policy import Effect
from shared.rules.rotation import DOES, RENEWALS


@dataclass(frozen=True)
class Key:
    """One of the account's keys, who keeps it, and how old it is."""

    slot: Slot
    name: str
    days: int | None
    """Its age; None where nobody can tell."""
    source: str
    """Who tells its age: azure, ledger, account (it is no older than that), first seen (it may be older) or nobody."""
    held_by: tuple[ResourceId, ...]

    @property
    def age(self) -> str:
        """Its age in words."""
        days = f"{self.days} day{'' if self.days == 1 else 's'}"
        most = {"account": f"at most {days}", "first seen": f"at least {days}", "nobody": "not known"}
        return most.get(self.source, days)


def keys(look: Look) -> list[Key]:
    """The two that take turns, and a search service's query keys where somebody keeps one."""
    kept = {slot: tuple(sorted(one for one, held in look.view.held.items() if held.slot is slot)) for slot in Slot}
    found = [_key(look, slot, kept[slot]) for slot in ROTATED]
    if query := kept[Slot.QUERY]:
        found.append(Key(Slot.QUERY, slot_name(Slot.QUERY, look.account.id), None, "nobody", query))
    return found


def _key(look: Look, slot: Slot, held_by: tuple[ResourceId, ...]) -> Key:
    born = births(look.account, look.record)[slot]
    if told(look.account, slot) == born:
        source = "azure"
    elif look.record.born.get(slot) == born:
        source = "ledger"
    elif born < look.record.seen:
        source = "account"
    else:
        source = "first seen" if look.remembered else "nobody"
    days = None if source == "nobody" else (look.at - born).days
    return Key(slot, slot_name(slot, look.account.id), days, source, held_by)


def aged(look: Look) -> bool:
    """Whether anybody tells how old its keys are."""
    return all(_key(look, slot, ()).days is not None for slot in ROTATED)


def in_the_way(look: Look, decision: Decision) -> list[str]:
    """What holds a decision up: policy, and what the derivation found."""
    rule, name = RENEWALS[look.account.kind].id, look.account.id.name
    policy = {
        Effect.OFF: [f"policy has {rule} at off here, so the app leaves {name} alone, also when it is asked"],
        Effect.AUDIT: [f"policy has {rule} at audit here, so the app writes nothing, also when it is asked"],
        Effect.ENFORCE: [],
    }
    return [*policy[look.effect], *filter(None, [decision.record.trouble])]


def doubts(look: Look) -> bool:
    """Whether it is not known of all who may keep a key what they keep."""
    return bool(look.view.unseen or look.view.untold)


def following(look: Look, decision: Decision) -> str:
    """What is done next; empty where nothing can be before what holds it up is mended."""
    if decision.step is not None:
        return _step(decision.step, look.account.id)
    if decision.until is not None and decision.until > look.at:
        return f"wait until {at(decision.until)}"
    if look.view.keyless:
        return "nothing, for it takes no keys"
    if decision.record.trouble:
        return ""
    when = due(look.account, look.record, look.terms)
    return f"nothing before {when:%Y-%m-%d}" + ("" if aged(look) else ", counted from today")


def _step(step: RotationStep, account: ResourceId) -> str:
    name = slot_name(step.slot, account)
    match step:
        case Ask(_, since):
            return f"ask the logs who has used its {name} since {at(since)}"
        case Regenerate():
            return f"regenerate its {name}"
        case Prove():
            return f"make one harmless call with its {name}"
        case Move(_, consumers):
            return f"move {listed(consumers)} to its {name}"


def foreseen(look: Look) -> Iterator[tuple[str, str]]:
    """What the app does next by itself, what holds it up, and what it would do first if somebody asked."""
    if text := following(look, look.next):
        yield "next", f"{text}, if no rotation is under way" if look.memory.missing else text
    for text in in_the_way(look, look.next):
        yield "held up", text
    if not look.record.open and not look.view.keyless:
        asked = look.wishes[Wish.BEGIN]
        yield "if asked", following(look, asked) or f"held up: {asked.record.trouble}"


def stage(look: Look) -> str:
    """How far the account's rotation has come, as the ledger has it."""
    if look.memory.missing:
        return f"not known: {look.memory.missing}"
    if not look.remembered:
        return "the ledger does not know it: Hubwarden has not seen it yet, or this is the storage of another app"
    since = f"; since {at(look.record.since)}" if look.record.since and look.record.open else ""
    demand = look.record.demand
    why = f"; {demand.cause}: {demand.reason} ({demand.by}, {at(demand.at)})" if demand else ""
    return f"{doing(look)}{since}{why}"


def doing(look: Look) -> str:
    """What goes on, in few words."""
    if look.record.phase is Phase.RESTING and look.record.demand is not None:
        return "one is asked for, and has not begun"
    return DOES[look.record.phase]


def agreed(look: Look) -> str:
    """What policy says of it."""
    terms = look.terms
    accepted = f", accepted: {', '.join(sorted(terms.accepted))}" if terms.accepted else ""
    begins = f"begins by itself ({terms.approved})" if terms.approved else "begins when somebody asks"
    silence = f", {terms.silence.days} days of silence" if terms.silence else ""
    rule = RENEWALS[look.account.kind].id
    return f"{rule} {look.effect}: {terms.days} days at most, {hours(look)} h of grace{silence}{accepted}; {begins}"


def hours(look: Look) -> int:
    """How long the old key lives on at least, once all known consumers have moved."""
    return round(patience(look.account, look.terms).total_seconds() / 3600)


def unknown(look: Look) -> list[str]:
    """What nobody can tell from here."""
    where = ", ".join(look.subscriptions)
    notes = [
        "whether the app is set to rotate: it does with HUBWARDEN_KEYS at rotate and HUBWARDEN_MODE at enforce only",
        f"who uses a key without being a consumer in {where}: an application, a notebook, a hub elsewhere",
    ]
    if any(held.permission for held in look.view.untold.values()):
        notes.append("what you are not allowed to read; the app's identity may be")
    return notes


def listed(resources: Iterable[ResourceId]) -> str:
    """Names in one line."""
    return ", ".join(named(one) for one in sorted(resources))


def at(moment: datetime) -> str:
    """A moment for people, to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
