"""What holds for every schema of finance's and every mapping file: it arrives as it was meant, or not at all."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.model.cost_tags import SOURCES, CostTag, CostTags, Creator, Origin, Place, Shared, SplitKey, WrongValues
from tests.policy import sample

LINE = re.compile(r"policy/owners\.csv:[1-9][0-9]*: .+")
WRITERS: list[Callable[[object], str]] = [
    lambda data: json.dumps(data, ensure_ascii=False),
    lambda data: yaml.safe_dump(json.loads(json.dumps(data)), allow_unicode=True, sort_keys=False),
]
PATTERN = "[A-Z]{2}-[0-9]{2}"
ASKED = tuple(origin for origin in SOURCES if origin not in (Origin.MAPPING, Origin.DEFAULT))


def _texts(characters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Text without blanks around it, and none such as 1.5e3, which is text to the writer and a number to us."""
    texts = st.text(characters, min_size=1, max_size=20).map(str.strip)
    return texts.filter(lambda text: text and not re.fullmatch(r"[-+.0-9eE]+", text))


names = _texts(st.sampled_from("abcXYZ019-_. é日"))
values = _texts(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]))
codes = st.from_regex(PATTERN, fullmatch=True, alphabet="ABCXYZ-0123456789")
asked = st.builds("{}@contoso.example".format, st.text("abc.", min_size=1))


def _values_of(tag: CostTag) -> st.SearchStrategy[str]:
    """Values that a tag accepts."""
    return st.sampled_from(tag.allowed) if tag.allowed else codes if tag.pattern else values


@st.composite
def _tags(draw: st.DrawFn, name: str, spellings: tuple[str, ...], key: CostTag | None) -> CostTag:
    """A tag, looked up by another if there is one and chance has it so."""
    tag = CostTag(
        name,
        spellings,
        allowed=draw(st.one_of(st.just(()), st.lists(values, min_size=1, max_size=3, unique=True).map(tuple))),
        required=draw(st.frozensets(st.sampled_from(Place))),
        sources=tuple(draw(st.lists(st.sampled_from(ASKED), min_size=1, unique=True))),
        project_may_differ=draw(st.booleans()),
        wrong_values=draw(st.sampled_from(WrongValues)),
        ask=draw(asked),
    )
    tag = tag if tag.allowed else replace(tag, pattern=draw(st.sampled_from(["", PATTERN])))
    if key is not None and draw(st.booleans()):
        mapping = draw(st.dictionaries(_values_of(key), _values_of(tag), max_size=3))
        tag = replace(tag, sources=(*tag.sources, Origin.MAPPING), mapped_by=key.name, mapping=mapping)
    if draw(st.booleans()):
        tag = replace(tag, sources=(*tag.sources, Origin.DEFAULT), default=draw(_values_of(tag)))
    return tag


@st.composite
def schemas(draw: st.DrawFn) -> CostTags:
    """What finance may want; of tags that are looked up there is one, so that any mapping makes a table."""
    own = draw(st.lists(names, min_size=5, max_size=10, unique_by=str.casefold))
    first = draw(_tags(own[0], tuple(own[4:]), None))
    second = draw(_tags(own[1], (), first))
    tags = tuple(draw(st.permutations((first, second))))
    pooled = draw(st.sampled_from(tags))
    pool = {pooled.name: draw(_values_of(pooled))} if draw(st.booleans()) else {}
    return CostTags(
        tags,
        owner=draw(names),
        cost_center=draw(st.sampled_from(tags)).name,
        shared=Shared(draw(st.sampled_from([None, *SplitKey])), pool),
        creator=draw(st.sampled_from([Creator(), Creator(own[2]), Creator("", own[3]), Creator(own[2], own[3])])),
        close_after_days=draw(st.integers(0, 28)),
    )


def _told(tag: CostTag) -> dict[str, Any]:
    """A tag as the file says it."""
    told: dict[str, Any] = {
        "name": tag.name,
        "spellings": list(tag.spellings),
        "required": sorted(tag.required),
        "sources": list(tag.sources),
        "project_may_differ": tag.project_may_differ,
        "wrong_values": tag.wrong_values,
        "ask": tag.ask,
    }
    told |= {"allowed": list(tag.allowed)} if tag.allowed else {}
    told |= {"pattern": tag.pattern} if tag.pattern else {}
    told |= {"mapping": {"by": tag.mapped_by}} if tag.mapped_by else {}
    return told | ({"default": tag.default} if tag.default else {})


def _file(schema: CostTags) -> dict[str, Any]:
    shared = {"split": schema.shared.split, "pool": dict(schema.shared.pool)}
    creator = {"by": schema.creator.by, "on": schema.creator.on}
    told: dict[str, Any] = {
        "version": 1,
        "owner": schema.owner,
        "cost_center": schema.cost_center,
        "close_after_days": schema.close_after_days,
        "shared": {key: value for key, value in shared.items() if value},
        "creator": {key: value for key, value in creator.items() if value},
        "tags": [_told(tag) for tag in schema.tags],
    }
    return {key: value for key, value in told.items() if value != {}}


def _table(schema: CostTags, end: str) -> str | None:
    """The mapping file that the schema needs, if it needs one."""
    mapped = next((tag for tag in schema.tags if tag.mapped_by), None)
    if mapped is None:
        return None
    written = io.StringIO()
    csv.writer(written, lineterminator=end).writerows([(mapped.mapped_by, mapped.name), *mapped.mapping.items()])
    return written.getvalue()


def _contradicts(schema: CostTags) -> bool:
    """Whether a mapping has two values for a key in two cases, which is refused."""
    pairs = [(key.casefold(), value) for tag in schema.tags for key, value in tag.mapping.items()]
    return len(dict(pairs)) < len(set(pairs))


@settings(deadline=None)
@given(schemas().filter(lambda schema: not _contradicts(schema)), st.sampled_from(WRITERS), st.sampled_from("\n\r"))
def test_a_valid_schema_arrives_as_it_was_meant(meant: CostTags, write: Callable[[object], str], end: str) -> None:
    """Whatever finance says, in block style or as JSON, with a mapping file of any line ends, is what is loaded."""
    loaded = sample.policy(cost_tags=write(_file(meant)), owners=_table(meant, end))

    assert meant == loaded.cost_tags


cells = st.one_of(
    st.sampled_from(["Owner", "CostCenter", "owner", "jane", "CC-1001", "cc-1001", "", " ", '"', '"a""b"', "a" * 257]),
    st.text(max_size=8),
)
tables = st.lists(st.lists(cells, max_size=4).map(",".join), max_size=6).flatmap(
    lambda rows: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda end: end.join(rows))
)


@settings(deadline=None, max_examples=500)
@given(st.one_of(tables, tables.map("Owner,CostCenter\n{}".format)))
def test_no_table_ends_in_anything_but_a_policy_or_its_problems(text: str) -> None:
    """Whatever the mapping file holds, each value that comes of it is one that finance accepts, or it is refused."""
    problems = sample.problems(cost_tags=sample.FINANCE, owners=text)
    assert all(LINE.fullmatch(problem) and problem.isprintable() for problem in problems)

    if not problems:
        center = sample.policy(cost_tags=sample.FINANCE, owners=text).cost_tags.tags[0]
        assert all(center.accepts(value) and key == key.strip() for key, value in center.mapping.items())
