"""
The rules about rotation: what they say of each place where one can stand, and where they say nothing.

After an intended change of their words: `HUBWARDEN_GOLDEN=write pytest tests/rules/test_rotation_rules.py`, and read
the diff.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.keys.account import Risk, Terms
from shared.keys.age import due
from shared.keys.progress import Standing
from shared.model.facts import Fact, Kind, kind_of
from shared.model.finding import Verdict
from shared.model.key_facts import Slot
from shared.model.rotation import Cause, Demand, Phase, Record
from shared.rules.rotation import AI_KEYS, KEYED, KEYS_UNSEEN, RENEWALS, ROTATION_ENDS, TERMS, risks
from shared.rules.rule import Rule, Type
from tests.builders import NOW, Document, dependent, endpoint, rid
from tests.rules.asking import ask, verdict
from tests.rules.rotations import ENDPOINT, SEEN, standing

GOLDEN = Path(__file__).parent / "golden" / "rotation.txt"
ACCOUNTS = {
    Kind.AI_ACCOUNT: dependent("account"),
    Kind.SEARCH: dependent("search"),
    Kind.STORAGE: dependent("storage"),
    Kind.ENDPOINT: ENDPOINT,
}
ACCOUNT = ACCOUNTS[Kind.AI_ACCOUNT]
WANTED = Demand(Cause.REQUEST, "spring cleaning", "jane@contoso.example", NOW)
TROUBLE = "nobody can tell which key hub/aoai keeps: 403 AuthorizationFailed"


def hours(past: int) -> datetime:
    """A moment so many hours ago."""
    return NOW - timedelta(hours=past)


def under_way(phase: Phase, past: int = 2, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - of `standing`
    """A rotation that has been in a phase for so many hours."""
    return {"phase": phase, "demand": WANTED, "begun": hours(past), "since": hours(past), **more}


PHASES = {phase.value: under_way(phase) for phase in Phase if phase is not Phase.RESTING}
PLACES: dict[str, dict[str, Any]] = {
    "resting, young": {},
    "resting, as old as may be": {"days": 90},
    "resting, one too old": {"days": (91, 20)},
    "resting, both too old": {"days": 100},
    "asked for, in audit": {"demand": WANTED, "would": "regenerate its Key2"},
    "asked for, and held": {"demand": WANTED, "trouble": TROUBLE},
    "held before it began": {"days": 85, "trouble": TROUBLE},
    "held, too old": {"days": 95, "trouble": TROUBLE},
    "in audit": {"days": 85, "would": "regenerate its Key2"},
    "in audit, too old": {"days": 95, "would": "move 3 consumers to its Key1"},
    **PHASES,
    "waiting until tomorrow": under_way(Phase.WAITING, until=NOW + timedelta(days=1)),
    "waiting, and over it": under_way(Phase.WAITING, 80, until=hours(49)),
    "waiting long, as planned": under_way(Phase.WAITING, 200, until=hours(47)),
    "moving for two days": under_way(Phase.MOVING, 48),
    "moving for longer": under_way(Phase.MOVING, 49),
    "under way and held": under_way(Phase.MOVING, 49, trouble=TROUBLE),
    "shown": {"sighting": SEEN},
    "shown, then one renewed": {"days": (1, 10), "sighting": SEEN},
    "shown, then both renewed": {"days": 1, "sighting": SEEN},
}
"""Where a rotation can stand."""


def said(rule: Rule, stands: dict[str, Any], document: Document = ACCOUNT) -> str:
    """What a rule says of an account there, in one line."""
    judgement = ask(rule, document, rotation=standing(document, **stands))
    return "nothing" if judgement is None else f"{judgement.verdict}: {judgement.message}"


def test_words() -> None:
    """What people read in each place."""
    rules = (AI_KEYS, ROTATION_ENDS, KEYS_UNSEEN)
    told = {place: [f"    {rule.id} {said(rule, stands)}\n" for rule in rules] for place, stands in PLACES.items()}
    text = "".join(f"{place}\n{''.join(lines)}" for place, lines in told.items())
    if os.environ.get("HUBWARDEN_GOLDEN") == "write":
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")

    assert text == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.AI_ACCOUNT, "Key1 is 91 days old, of 90"),
        (Kind.SEARCH, "Primary admin key is 91 days old, of 90"),
        (Kind.STORAGE, "Key1 is 91 days old, of 90"),
        (Kind.ENDPOINT, "Primary key is 91 days old, of 90"),
    ],
)
def test_each_kind_of_account_has_its_rule(kind: Kind, words: str) -> None:
    """Which calls its keys as its service does."""
    assert words in said(RENEWALS[kind], {"days": (91, 3)}, ACCOUNTS[kind])
    assert RENEWALS[kind].kinds == {kind}


@pytest.mark.parametrize("rule", [*RENEWALS.values(), ROTATION_ENDS, KEYS_UNSEEN], ids=lambda rule: rule.id)
def test_nothing_is_said_of_what_had_no_turn(rule: Rule) -> None:
    """Without a standing nobody knows an age, whatever stands in the document."""
    for kind in rule.kinds:
        assert ask(rule, ACCOUNTS[kind]) is None


@pytest.mark.parametrize(
    "keyless",
    [
        dependent("account", disableLocalAuth=True),
        dependent("search", disableLocalAuth=True),
        dependent("storage", allowSharedKeyAccess=False),
        endpoint(),
    ],
    ids=["AI services account", "search service", "storage account", "endpoint"],
)
def test_a_key_that_opens_nothing_may_be_old(keyless: Document) -> None:
    """What takes no keys is never rotated, so nothing else would end the finding."""
    rule = RENEWALS[kind_of(rid(keyless))]

    assert said(rule, {"days": 100}, keyless) == "nothing"


def test_ages_are_kept_by_the_key() -> None:
    """Both stand in the finding, also where only one is too old."""
    judgement = ask(AI_KEYS, ACCOUNT, rotation=standing(ACCOUNT, days=(91, 3)))

    assert judgement is not None
    assert (judgement.expected, judgement.actual) == ("at most 90 days", {"Key1": 91, "Key2": 3})


def test_policy_says_how_long_a_step_may_take() -> None:
    """With more hours the same step is in time."""
    stands = standing(ACCOUNT, **under_way(Phase.MOVING, 49))

    assert verdict(ask(ROTATION_ENDS, ACCOUNT, rotation=stands)) is Verdict.FAIL
    assert verdict(ask(ROTATION_ENDS, ACCOUNT, rotation=stands, hours=49)) is Verdict.PASS


def test_what_a_rotation_is_about_stands_in_its_finding() -> None:
    """For whoever asks by query, in words that do not change."""
    judgement = ask(ROTATION_ENDS, ACCOUNT, rotation=standing(ACCOUNT, **under_way(Phase.CLOSING)))

    assert judgement is not None
    assert judgement.actual == {
        "phase": "closing",
        "since": "2026-03-01T07:00+00:00",
        "cause": "request: spring cleaning",
    }


@pytest.mark.parametrize("renewed", [(Slot.FIRST,), (Slot.SECOND,), (Slot.FIRST, Slot.SECOND)])
def test_a_key_that_was_shown_is_over_when_both_are_new(renewed: tuple[Slot, ...]) -> None:
    """One list shows both keys; a key of the same moment may still be the one that was shown."""
    births = {slot: SEEN.at + timedelta(seconds=slot in renewed) for slot in (Slot.FIRST, Slot.SECOND)}
    stands = standing(ACCOUNT, sighting=SEEN)
    stands = Standing(stands.record, births, stands.most, stands.due)

    said_now = verdict(ask(KEYS_UNSEEN, ACCOUNT, rotation=stands))
    assert said_now is (Verdict.PASS if len(renewed) == 2 else Verdict.FAIL)


def test_every_kind_with_keys_is_judged_by_all_three() -> None:
    """By its own, and by the two that are about all."""
    assert KEYED == set(ACCOUNTS) == ROTATION_ENDS.kinds == KEYS_UNSEEN.kinds


def test_policy_cannot_lead_out_of_the_calendar() -> None:
    """The longest that it may say of a key ends on a day that there is; or a pass would end with that account."""
    most = {name: parameter.most or 0 for name, parameter in TERMS.items()}
    terms = Terms(most["days"], timedelta(hours=most["grace_hours"]), timedelta(days=most["silence_days"]))
    record = Record(rid(ACCOUNT), NOW)

    assert NOW + timedelta(days=most["days"] / 2) <= due(Fact.of(ACCOUNT), record, terms)
    assert due(Fact.of(ACCOUNT), record, terms) < NOW + timedelta(days=most["days"])
    assert all(parameter.most for parameter in TERMS.values() if parameter.type is Type.INTEGER)


def test_policy_accepts_risks_by_name() -> None:
    """Each that there is, and by default none."""
    parameter = AI_KEYS.parameters["accepted"]

    assert risks({"accepted": parameter.default}) == frozenset()
    assert risks({"accepted": parameter.choices}) == set(Risk)
