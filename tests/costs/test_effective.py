"""Effective tags: what each tag should say, where it comes from, and why."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.costs.attribution import Attribution, attributions
from shared.costs.effective import EffectiveTags
from shared.model.estate import Estate
from tests.costs.families import FAMILIES, Family

GOLDEN = Path(__file__).parent / "golden"


def tags_of(family: Family) -> EffectiveTags:
    """The effective tags of a family."""
    facts = {fact.id: fact for fact in family.facts}
    return EffectiveTags(Estate(facts, shared_by=family.shared_by), family.schema)


def lines(family: Family) -> Iterator[str]:
    """What a family's tags should say: a line a tag, and one for each portion where a resource has several."""
    tags = tags_of(family)
    known = {one.resource: one for one in attributions(tags, family.facts)}
    for fact in family.facts:
        found = tags.of(fact)
        if found is None:
            yield f"{fact.kind} {fact.id.name}: carries no tags of its own"
            continue
        for name, value in found.tags.items():
            yield f"{fact.kind} {fact.id.name}: {name} = {value.value} ({value.origin}: {value.because})"
        yield from _portions(known[fact.id])


def _portions(attribution: Attribution) -> Iterator[str]:
    if not attribution.decided:
        yield "    cost: as last known"
    elif len(attribution.portions) > 1:
        for portion in attribution.portions:
            yield f"    cost: {portion.weight} to {portion.hub.rpartition('/')[2]}, {dict(portion.tags)}"


@pytest.mark.parametrize("name", FAMILIES)
def test_family(name: str) -> None:
    """Finance reads for each family what every tag should say, from where, and why."""
    text = "".join(f"{line}\n" for line in lines(FAMILIES[name]))
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("HUBWARDEN_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_every_golden_file_is_of_a_family() -> None:
    """No file tells of a family that is no longer asked about."""
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_order_does_not_matter(name: str) -> None:
    """Whichever resource is asked about first, the answers are the same."""
    family = FAMILIES[name]
    forwards, backwards = tags_of(family), tags_of(family)
    said = [forwards.of(fact) for fact in family.facts]
    assert list(reversed([backwards.of(fact) for fact in reversed(family.facts)])) == said


@pytest.mark.parametrize("name", FAMILIES)
def test_an_attribution_is_kept_as_json(name: str) -> None:
    """What the history keeps of a resource comes back as it was."""
    family = FAMILIES[name]
    kept = attributions(tags_of(family), family.facts)
    assert [Attribution.from_json(one.as_json()) for one in kept] == kept


def test_shares_do_not_depend_on_whose_run_it_is() -> None:
    """A run reads the projects of its own hub only, so read or not, they change nothing of what is shared."""
    family = FAMILIES["storage split by projects that one hub does not state"]
    fewer = replace(family, documents=tuple(one for one in family.documents if "hubResourceId" not in str(one)))
    assert len(fewer.documents) == len(family.documents) - 1
    assert [line for line in lines(family) if not line.startswith("project")] == list(lines(fewer))
