"""What holds for every policy: a valid one arrives as it was meant, a broken one never arrives."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.model.errors import PolicyInvalid
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.policy.parameters import defaults
from shared.policy.policy import Effect, Limits, Match, Policy, RulePolicy, Scope, Setting
from tests.policy import sample

type Path = tuple[str | int, ...]

SAMPLE = {
    "baseline": yaml.safe_load(sample.BASELINE.replace("effect: off", "effect: 'off'")),
    "cost_tags": yaml.safe_load(sample.FINANCE.replace(" on:", " 'on':")),
    "exemptions": yaml.safe_load(sample.EXEMPTIONS.replace("2027-01-31", "'2027-01-31'")),
}
TEXTS = {
    "baseline": sample.BASELINE,
    "cost_tags": sample.FINANCE,
    "exemptions": sample.EXEMPTIONS,
    "owners": sample.OWNERS,
}
LINE = re.compile(r"policy/(baseline\.yaml|cost-tags\.yaml|exemptions\.yaml|owners\.csv):[1-9][0-9]*: .+")


def _block(data: object) -> str:
    apart = json.loads(json.dumps(data))  # or the writer makes anchors of what the data share
    return yaml.safe_dump(apart, allow_unicode=True, sort_keys=False)


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1)


WRITERS: list[Callable[[object], str]] = [_block, _json]

words = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=20).filter(
    lambda text: text.strip() and not re.fullmatch(r"[-+.0-9eE]+", text)  # 1.5e3 is text to the writer, a number to us
)
names = st.text(st.sampled_from("abcXYZ019-_"), min_size=1, max_size=12)
modes = st.lists(st.sampled_from(["Open", "Closed", "Ajar"]), min_size=1, unique=True).map(tuple)
minutes = st.integers(1, 30 * 24 * 60).map(lambda count: f"PT{count}M")
parameters = st.fixed_dictionaries(
    {}, optional={"days": st.integers(1, 10**17), "after": minutes, "modes": modes, "target": st.just(sample.HUB)}
)
matches = st.builds(
    Match,
    subscription=st.one_of(st.just(""), st.uuids().map(str)),
    resource_group=st.one_of(st.just(""), names),
    tag=st.one_of(st.none(), st.tuples(names, words)),
    name=st.one_of(st.just(""), names.map("{}*".format)),
).filter(lambda match: match != Match())


WRITTEN = {Safety.SAFE, Safety.GATED}


@st.composite
def rule_policies(draw: st.DrawFn, number: int) -> RulePolicy:
    """What policy may say of one of the sample's rules."""
    rule = sample.RULES[number]
    gated = number == 0
    own = parameters if rule.parameters else st.just({})
    effects = st.sampled_from([e for e in Effect if e is not Effect.ENFORCE or rule.safety in WRITTEN])
    setting = Setting(
        draw(effects),
        draw(st.sampled_from(Severity)),
        {**defaults(rule), **draw(own)},
        draw(words) if gated and draw(st.booleans()) else "",
    )
    scopes = st.builds(
        Scope,
        match=matches,
        effect=st.one_of(st.none(), effects),
        severity=st.sampled_from(Severity),
        parameters=own,
        auto_approve=st.one_of(st.none(), st.just(""), words) if gated else st.none(),
    )
    return RulePolicy(setting, tuple(draw(st.lists(scopes, max_size=3, unique_by=lambda scope: scope.match))))


policies = st.builds(
    Policy,
    rules=st.fixed_dictionaries({rule.id: rule_policies(number) for number, rule in enumerate(sample.RULES)}),
    limits=st.builds(Limits, st.integers(0, 10**6), st.integers(0, 10**6)),
)


def _changes(of: Setting | Scope) -> dict[str, Any]:
    """A setting or scope as the file says it."""
    told: dict[str, Any] = {
        key: str(value) for key in ("effect", "severity") if (value := getattr(of, key)) is not None
    }
    if of.parameters:
        told["parameters"] = {k: list(v) if isinstance(v, tuple) else v for k, v in of.parameters.items()}
    if of.auto_approve or (of.auto_approve == "" and isinstance(of, Scope)):
        told["auto_approve"] = {"reason": of.auto_approve} if of.auto_approve else False
    return told


def _told(policy: Policy) -> dict[str, Any]:
    """The baseline that says this policy."""
    rules = {}
    for rule_id, rule in policy.rules.items():
        scopes = []
        for scope in rule.scopes:
            match = {key: value for key, value in asdict(scope.match).items() if value}
            if scope.match.tag:
                match["tag"] = dict([scope.match.tag])
            scopes.append({"match": match, **_changes(scope)})
        rules[rule_id] = {**_changes(rule.default), "scopes": scopes}
    return {"version": 1, "limits": asdict(policy.limits), "rules": rules}


@settings(deadline=None)
@given(policies, st.sampled_from(WRITERS))
def test_a_valid_policy_arrives_as_it_was_meant(meant: Policy, write: Callable[[object], str]) -> None:
    """Whatever a policy says, in block style or as JSON, is what is loaded."""
    loaded = sample.policy(baseline=write(_told(meant)))

    assert (meant.rules, meant.limits) == (loaded.rules, loaded.limits)


def _paths(data: object, path: Path = ()) -> Iterator[Path]:
    """The way to every value below the top."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from _paths(value, (*path, key))


def _parent(data: Any, path: Path) -> Any:  # noqa: ANN401 - a list or a mapping of anything
    for key in path[:-1]:
        data = data[key]
    return data


def _dotted(path: Path) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def _problems_of(changed: dict[str, Any]) -> tuple[str, ...]:
    return sample.problems(**{name: _block(data) for name, data in changed.items()}, owners=sample.OWNERS)


places = st.sampled_from([(file, path) for file, data in SAMPLE.items() for path in _paths(data)])
OTHER_TYPES: list[object] = [None, True, 1.5, 7, "?", [], {}]


@settings(deadline=None, max_examples=300)
@given(places, st.sampled_from(OTHER_TYPES))
def test_a_value_of_another_type_is_refused_where_it_stands(place: tuple[str, Path], other: object) -> None:
    """Any value of the sample, changed into another type, refuses the policy with a line that names its key."""
    file, path = place
    changed = copy.deepcopy(SAMPLE)
    parent = _parent(changed[file], path)
    assume(type(parent[path[-1]]) is not type(other))
    parent[path[-1]] = other

    assert any(f": {_dotted(path)}" in problem for problem in _problems_of(changed))


@settings(deadline=None, max_examples=200)
@given(places)
def test_a_misspelt_key_is_refused_with_the_right_one(place: tuple[str, Path]) -> None:
    """Any key of the sample that gets a letter too many is refused, and the right one is named."""
    file, path = place
    key = path[-1]
    assume(isinstance(key, str) and path[-2:-1] != ("tag",))
    changed = copy.deepcopy(SAMPLE)
    parent = _parent(changed[file], path)
    parent[f"{key}x"] = parent.pop(key)

    assert any(f"found '{key}x'; did you mean '{key}'?" in problem for problem in _problems_of(changed))


def _required(path: Path) -> bool:
    always = {"version", "rules", "owner", "tags", "exemptions", "match", "reason", "rule", "scope", "expires_on"}
    of_tags = {"name", "mapping", "by", "default"}
    return (
        path[-1] in always or (path[0] == "tags" and path[-1] in of_tags) or (path[-1] == "effect" and len(path) == 3)
    )


REQUIRED = [(file, path) for file, data in SAMPLE.items() for path in _paths(data) if _required(path)]


@pytest.mark.parametrize(("file", "path"), REQUIRED)
def test_a_required_key_is_missed(file: str, path: Path) -> None:
    """A key that policy would be unclear without refuses it when it is gone."""
    changed = copy.deepcopy(SAMPLE)
    del _parent(changed[file], path)[path[-1]]

    assert any(f": {_dotted(path)}: expected this key, found none" in problem for problem in _problems_of(changed))


def _load(**texts: str) -> Policy | PolicyInvalid:
    try:
        return sample.policy(**{**TEXTS, **texts})
    except PolicyInvalid as error:
        return error


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str]:
    """A file of the sample after a few slips of the keyboard."""
    file, text = draw(st.sampled_from(list(TEXTS.items())))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.integers(0, 6))
        text = (
            text[:start]
            + draw(st.text(st.sampled_from("\n\t :-{}[]&*!|>'\"#%@`,?~<a0.é\x07"), max_size=4))
            + text[end:]
        )
    return file, text


@settings(deadline=None, max_examples=300)
@given(st.one_of(edits(), st.tuples(st.sampled_from(list(TEXTS)), st.text())))
def test_no_text_ends_in_anything_but_a_policy_or_its_problems(edit: tuple[str, str]) -> None:
    """Whatever a file holds, it loads or is refused with lines that each name a file, a line and what is wrong."""
    file, text = edit
    result = _load(**{file: text})

    if isinstance(result, PolicyInvalid):
        assert result.problems
        assert all(LINE.fullmatch(problem) and problem.isprintable() for problem in result.problems)
    else:
        assert set(result.rules) == {rule.id for rule in sample.RULES}
