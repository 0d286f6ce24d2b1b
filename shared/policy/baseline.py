"""`policy/baseline.yaml`: what each rule does, where, and how much a run may write."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.policy.parameters import defaults, parameters, unstated
from shared.policy.policy import Effect, Limits, Match, RulePolicy, Scope, Setting
from shared.policy.tag_text import tag_name
from shared.policy.value import Value, listed
from shared.rules.rule import Rule

_CHANGES = ("effect", "severity", "parameters", "auto_approve")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RESOURCE_GROUP = re.compile(r"[\w().-]{0,89}[\w()-]")
_GLOB = re.compile(r"[^/\s]+")

_NEVER_WRITTEN = {
    Safety.RECREATE: "Azure cannot change it in place, so its fix is never written",
    Safety.REPORT: "it only reports and has no fix",
}
_NO_APPROVAL = {Safety.SAFE: "its fix is safe and never waits for approval", **_NEVER_WRITTEN}


def limits(value: Value | None) -> Limits:
    """How much may be written; what is not given stays at the model's default."""
    if value is None:
        return Limits()
    given = value.fields(optional=asdict(Limits()))
    return Limits(**{name: entry.whole_number(least=0) for name, entry in given.items()})


def rule_policies(value: Value, rules: Sequence[Rule]) -> dict[str, RulePolicy]:
    """What policy says of every rule there is; one that the file does not name is audited."""
    given, problems = value.entries([rule.id for rule in rules], "the id of a rule"), len(value.problems)
    policies = {rule.id: _rule_policy(given.get(rule.id), rule) for rule in rules}
    for rule in rules if len(value.problems) == problems else ():
        if rule.finished_by:
            _refuse_unfinished(given.get(rule.id, value), rule, policies)
    return policies


def _refuse_unfinished(value: Value, rule: Rule, policies: Mapping[str, RulePolicy]) -> None:
    """Refuse to enforce a rule anywhere unless the one that finishes its work always does."""
    if Effect.ENFORCE in policies[rule.id].effects and not policies[rule.finished_by].is_always_written:
        wanted = f"{rule.finished_by} enforced with auto_approve everywhere, for it finishes what {rule.id} begins"
        value.problem(wanted, f"it left to somebody while {rule.id} is enforced")


def _rule_policy(value: Value | None, rule: Rule) -> RulePolicy:
    if value is None:
        return RulePolicy(Setting(Effect.AUDIT, rule.severity, defaults(rule)))
    given = value.fields(required=("effect",), optional=(*_CHANGES[1:], "scopes"))
    problems = len(value.problems)
    own = _changes(given, rule, Match(), defaults(rule))
    default = Setting(
        own.effect or Effect.AUDIT,
        own.severity or rule.severity,
        {**defaults(rule), **own.parameters},
        own.auto_approve or "",
    )
    base = default.parameters if len(value.problems) == problems else None
    scopes = _scopes(given["scopes"], rule, base) if "scopes" in given else ()
    policy = RulePolicy(default, scopes)
    if len(value.problems) == problems:
        _refuse_unstated(value, rule, policy)
    return policy


def _refuse_unstated(value: Value, rule: Rule, policy: RulePolicy) -> None:
    """Refuse to enforce a rule, by itself or in a scope, that lacks what only the writer of a policy can know."""
    enforced = [setting for setting in policy.settings if setting.effect is Effect.ENFORCE]
    for name in sorted({name for setting in enforced for name in unstated(rule, setting.parameters)}):
        wanted = f"{name} among its parameters wherever it is enforced, for no default is right for everybody"
        value.problem(wanted, "a place without")


def _changes(given: Mapping[str, Value], rule: Rule, match: Match, base: Mapping[str, Any] | None) -> Scope:
    """The settings that a rule and each of its scopes may have alike; parameters come on top of those in `base`."""
    return Scope(
        match,
        _effect(given["effect"], rule) if "effect" in given else None,
        given["severity"].one_of(Severity) if "severity" in given else None,
        parameters(given.get("parameters"), rule, base),
        _auto_approve(given["auto_approve"], rule) if "auto_approve" in given else None,
    )


def _effect(value: Value, rule: Rule) -> Effect | None:
    effect = value.one_of(Effect)
    if effect is Effect.ENFORCE and rule.safety in _NEVER_WRITTEN:
        value.refuse(f"off or audit, for {rule.id} cannot be enforced: {_NEVER_WRITTEN[rule.safety]}")
    return effect


def _auto_approve(value: Value, rule: Rule) -> str:
    """The reason; empty for `false`, with which a scope takes back what the rule grants."""
    if rule.safety is not Safety.GATED:
        value.refuse(f"no auto_approve on {rule.id}, for {_NO_APPROVAL[rule.safety]}", "one; remove it")
        return ""
    if value.data is False:
        return ""
    if not isinstance(value.data, Mapping):
        value.refuse("{reason: …} or false")
        return ""
    return value.fields(required=("reason",))["reason"].text("why no one needs to approve")


def _scopes(value: Value, rule: Rule, base: Mapping[str, Any] | None) -> tuple[Scope, ...]:
    scopes: dict[Match, Scope] = {}
    for item in value.items("a list of scopes"):
        given = item.fields(required=("match",), optional=_CHANGES)
        scope = _changes(given, rule, _match(given["match"]), base)
        if scope.match in scopes and scope.match != Match():
            given["match"].refuse("each match once in a rule", "the match of a scope above; make them one")
        if given.keys().isdisjoint(_CHANGES):
            item.refuse(f"a scope that sets {listed(_CHANGES)}", "one that changes nothing")
        scopes[scope.match] = scope
    return tuple(scopes.values())


def _match(value: Value) -> Match:
    given = value.fields(optional=("subscription", "resource_group", "tag", "name"))
    if value.data == {}:
        value.refuse("at least one of subscription, resource_group, tag and name")
    return Match(
        subscription=_part(given, "subscription", "the GUID of a subscription", _GUID),
        resource_group=_part(given, "resource_group", "the name of a resource group", _RESOURCE_GROUP),
        tag=_tag(given["tag"]) if "tag" in given else None,
        name=_part(given, "name", "a name, or a glob over names such as hub-prod-*", _GLOB),
    )


def _part(given: Mapping[str, Value], name: str, expected: str, pattern: re.Pattern[str]) -> str:
    return given[name].text(expected, pattern.fullmatch) if name in given else ""


def _tag(value: Value) -> tuple[str, str] | None:
    if not isinstance(value.data, Mapping) or len(value.data) != 1:
        several = isinstance(value.data, Mapping) and len(value.data) > 1
        value.refuse("one tag as {name: value}", "several" if several else None)
        return None
    [(name, entry)] = value.data.items()
    return tag_name(replace(entry, data=name)), entry.text("the tag's value")
