"""How old keys are, and when a rotation is due: early enough for both keys to end within their age."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.keys.account import Terms
from shared.keys.age import births, due, limit, patience
from shared.keys.progress import standing
from shared.model.facts import Fact
from shared.model.key_facts import Slot
from shared.model.rotation import Record
from tests.builders import dependent, endpoint
from tests.keys.interpreter import run
from tests.keys.model import DAY, FIRST, HOUR, SECOND, START, World
from tests.keys.stories import ended

TERMS = Terms(days=90, approved="CHG-1")
CREATED = START - 400 * DAY


def storage(**properties: Any) -> Fact:  # noqa: ANN401 - JSON
    """A storage account."""
    document = dependent("storage", creationTime=CREATED.isoformat())
    document["properties"] |= properties
    return Fact.of(document)


def record(fact: Fact, **said: Any) -> Record:  # noqa: ANN401 - the fields of a record
    """What the ledger knows of it since ten days."""
    return replace(Record(fact.id, seen=START - 10 * DAY), **said)


def test_storage_tells_when_its_keys_were_made() -> None:
    """Each for itself; a key without a time is as old as its account, or at most so."""
    fact = storage(keyCreationTime={"key1": "2026-02-01T00:00:00.1234567Z", "key2": None})
    assert births(fact, record(fact)) == {FIRST: datetime(2026, 2, 1, 0, 0, 0, 123456, UTC), SECOND: CREATED}


def test_what_we_made_ourselves_we_know() -> None:
    """The later of the two counts: somebody may have made it anew since."""
    fact = Fact.of(dependent("search", "find"))
    known = record(fact, born={FIRST: START - 5 * DAY})
    assert births(fact, known) == {FIRST: START - 5 * DAY, SECOND: known.seen}
    told = storage(keyCreationTime={"key1": (START - DAY).isoformat()})
    assert births(told, record(told, born={FIRST: START - 5 * DAY}))[FIRST] == START - DAY


@pytest.mark.parametrize(
    ("fact", "oldest"),
    [
        (Fact.of(dependent("account", "ai", dateCreated=CREATED.isoformat())), CREATED),
        (Fact.of(dependent("account", "ai", dateCreated="last year")), START - 10 * DAY),
        (Fact.of(dependent("search", "find")), START - 10 * DAY),
        (Fact.of(endpoint()), START - 10 * DAY),
    ],
    ids=["AI account", "AI account that does not say", "search", "endpoint"],
)
def test_first_keys_are_as_old_as_the_account_or_as_we_know_it(fact: Fact, oldest: datetime) -> None:
    """Search services and endpoints do not say when they were made: the clock begins when we first saw them."""
    assert births(fact, record(fact)) == {FIRST: oldest, SECOND: oldest}


def test_the_accounts_own_key_policy_counts_where_it_asks_for_less() -> None:
    """`keyPolicy` says in how many days a key expires; policy may ask for less, and then that counts."""
    for own, days in ((30, 30), (180, 90), (0, 90), (None, 90), ("30", 90)):
        assert limit(storage(keyPolicy={"keyExpirationPeriodInDays": own}), TERMS) == days * DAY


def test_the_accounts_own_sas_policy_counts_where_it_lets_signatures_live_longer() -> None:
    """A signature by the old key is good for as long as `sasPolicy` says: so long the old key lives."""
    said = {
        "1.12:30:00": timedelta(days=1, hours=12, minutes=30),
        "00:10:00": TERMS.grace,
        "": TERMS.grace,
        "soon": TERMS.grace,
        "30.00:00:00": 30 * DAY,
    }
    assert {text: patience(storage(sasPolicy={"sasExpirationPeriod": text}), TERMS) for text in said} == said


def test_the_old_key_lives_as_long_as_signatures_may() -> None:
    """A day of grace, and three days that a signature may be valid."""
    world = World("storage", TERMS)
    world.properties = {"sasPolicy": {"sasExpirationPeriod": "3.00:00:00"}}
    world.connect("a")
    made = run(world)
    assert world.record.since is not None
    assert made.last.until == world.record.since + 3 * DAY
    world.pass_time(3 * DAY)
    run(world)
    assert ended(world)


def test_due_leaves_a_tenth_of_the_age_but_a_week_at_most_and_the_time_that_the_old_key_lives() -> None:
    """Ninety days, a day of grace: due after 82; thirty days: after 26; with a week of silence: after 76."""
    fact, known = storage(), record(storage(), born={FIRST: START, SECOND: START})
    for terms, days in (
        (TERMS, 82),
        (Terms(days=30), 26),
        (Terms(days=90, silence=7 * DAY), 76),
        (Terms(days=90, grace=9 * DAY), 74),
    ):
        assert due(fact, known, terms) == START + days * DAY


def test_the_older_key_counts() -> None:
    """One key of a hundred days makes it due, however young the other."""
    fact = storage()
    assert due(fact, record(fact, born={FIRST: START, SECOND: START - 100 * DAY}), TERMS) < START


def test_consumers_on_both_keys_take_the_grace_twice() -> None:
    """They gather first, and the key that falls idle has its grace, too."""
    world = World("search")
    held = {world.connect("a").id: FIRST, world.connect("b", SECOND).id: SECOND}
    fact, born = world.fact(), dict.fromkeys((FIRST, SECOND), START)
    assert due(fact, record(fact, born=born, holders=held), TERMS) == START + 81 * DAY


def test_a_grace_that_is_too_long_for_the_age_begins_in_its_middle() -> None:
    """Both keys cannot end within their age then; it does not begin at once after it has ended."""
    fact, known = storage(), record(storage(), born={FIRST: START, SECOND: START})
    assert due(fact, known, Terms(days=30, grace=40 * DAY)) == START + 15 * DAY


@pytest.mark.parametrize(
    "terms",
    [
        Terms(days=7, approved="CHG-1"),
        Terms(days=30, grace=3 * DAY, approved="CHG-1"),
        Terms(days=90, approved="CHG-1"),
        Terms(days=90, grace=2 * DAY, silence=14 * DAY, approved="CHG-1"),
    ],
)
@pytest.mark.parametrize("kept", [{"a": FIRST, "b": FIRST}, {"a": FIRST, "b": SECOND}], ids=["one key", "both keys"])
def test_no_key_becomes_too_old_in_a_year(terms: Terms, kept: Mapping[str, Slot]) -> None:
    """With two passes a day neither key ever reaches its limit, and none is renewed twice as often as needed."""
    world = World("search", terms)
    world.created = world.now
    world.made = dict.fromkeys((FIRST, SECOND), world.now)
    world.ledger = Record(world.account, seen=world.now)
    for name, slot in kept.items():
        world.connect(name, slot)
    oldest = timedelta()
    for _ in range(2 * 365):
        run(world)
        world.pass_time(12 * HOUR)
        oldest = max(oldest, *(world.now - at for at in world.made.values()))
    assert world.crimes == []
    assert oldest <= terms.days * DAY
    assert len(world.regenerated) <= 2 * 2 * 365 / terms.days


def test_where_an_account_stands() -> None:
    """Ages, limit and the next day that counts, for those who read of it."""
    fact = storage(keyPolicy={"keyExpirationPeriodInDays": 30})
    known = record(fact, born={FIRST: START - DAY, SECOND: START})
    stands = standing(fact, known, TERMS, would="regenerate its key1")
    assert (stands.most, stands.due, stands.would) == (30 * DAY, START + 25 * DAY, "regenerate its key1")
    assert stands.births == {FIRST: START - DAY, SECOND: START}
