"""A rule's page: what the code knows of the rule, and around it what only people can write."""

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.engine import distress
from shared.model import plan
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.rules.rule import Parameter, Rule, Type
from tools.attribute_docstrings import attribute_docstrings
from tools.hand_written import part
from tools.markdown import table
from tools.roles import DELETES

WIDTH = 120
"""Characters in a line of prose."""
ENFORCER = "../../infra/enforcer-role.json"
RENEWER = "../../infra/instance-renewer-role.json"
KEY_ROTATOR = "../../infra/key-rotator-role.json"
ROTATION = "../keys.md#rotating-keys"
APP_KIND = "function app"


@dataclass(frozen=True)
class Subject:
    """What a page is about: a rule of the catalogue, or one of the three that the app keeps about itself."""

    id: str
    title: str
    why: str
    severity: Severity
    safety: Safety
    kinds: tuple[str, ...]
    controls: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    rotation: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @classmethod
    def of(cls, rule: Rule) -> "Subject":
        """The subject that a rule of the catalogue is."""
        kinds = tuple(sorted(kind.value for kind in rule.kinds))
        return cls(
            rule.id,
            rule.title,
            rule.why,
            rule.severity,
            rule.safety,
            kinds,
            rule.controls,
            rule.permissions,
            rule.rotation,
            rule.parameters,
        )


def about_the_app() -> tuple[Subject, ...]:
    """The findings of `shared.engine.distress`; their titles are the docstrings of their ids there."""
    titles = attribute_docstrings(Path(distress.__file__))
    whys = {
        "UNANSWERED": "A change that nobody judged may be the one that opened a hub to the internet.",
        "POLICY_VALID": "Hubwarden never runs on half a policy, so with an invalid one nothing is governed at all.",
        "COSTS_REPORTED": "Without a report nobody can close the month, and half of one would close it wrong.",
        "SUBSCRIPTIONS_SEEN": "Where the app has no role Azure shows it no hubs at all, and silence looks like health.",
    }
    return tuple(
        Subject(getattr(distress, name), titles[name].rstrip("."), why, Severity.CRITICAL, Safety.REPORT, (APP_KIND,))
        for name, why in whys.items()
    )


def render(subject: Subject, kept: Mapping[str, str]) -> str:
    """The whole page, with the hand-written parts that are to be kept."""
    sections = {
        "What it checks": _checks(subject),
        "Why it matters": _prose(subject.why),
        "When it fails, and when it is unknown": part("fails", kept),
        "How Hubwarden fixes it": f"{_fix(subject)}\n\n{part('fix', kept)}",
        "Fix it yourself": part("yourself", kept),
        "Exempting": f"{_exempting(subject)}\n\n{part('exempting', kept)}",
        "Links": part("links", kept),
    }
    body = "\n\n".join(f"## {heading}\n\n{text}" for heading, text in sections.items())
    return f"{_front_matter(subject)}\n\n# {subject.id}: {subject.title}\n\n{body}\n"


def _front_matter(subject: Subject) -> str:
    values = {
        "id": subject.id,
        "severity": subject.severity.value,
        "safety": subject.safety.value,
        "kinds": f"[{', '.join(subject.kinds)}]",
        "controls": f"[{', '.join(subject.controls)}]",
        "permission": ", ".join(subject.permissions)
        or (f"[{', '.join(subject.rotation)}]" if subject.rotation else "none"),
        "parameters": f"[{', '.join(subject.parameters)}]",
    }
    return "\n".join(["---", *(f"{key}: {value}" for key, value in values.items()), "---"])


def _checks(subject: Subject) -> str:
    judged = f"**{subject.title}.** Judged on each {_either(subject.kinds)}; severity {subject.severity.value}"
    if APP_KIND in subject.kinds:
        return _prose(f"{judged}, always. Policy does not apply to it.")
    covers = f"It covers {', '.join(subject.controls)} of the control catalogue."
    lines = [_prose(f"{judged} unless [policy](../policy.md) says otherwise. {covers}")]
    if subject.parameters:
        rows = ((f"`{name}`", _default(p), _form(p), f"{p.means}.") for name, p in subject.parameters.items())
        lines.append(table(("parameter", "default", "form", "means"), rows))
    return "\n\n".join(lines)


def _prose(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _default(parameter: Parameter) -> str:
    value: Any = list(parameter.default) if parameter.type is Type.CHOICES else parameter.default
    return f"`{value if isinstance(value, str) else json.dumps(value)}`" if value != "" else "none"


def _form(parameter: Parameter) -> str:
    """What it may be, with its bounds."""
    if parameter.least is None:
        return parameter.type.value
    bounds = (
        f", {parameter.least} or more" if parameter.most is None else f" from {parameter.least} to {parameter.most}"
    )
    return f"{parameter.type.value}{bounds}"


def _either(names: tuple[str, ...]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _fix(subject: Subject) -> str:
    if subject.rotation:
        return _rotation(subject)
    meaning = attribute_docstrings(Path(plan.__file__), "Safety")[subject.safety.name]
    named = " or ".join(f"`{permission}`" for permission in subject.permissions)
    apart = DELETES.issuperset(subject.permissions)
    role = f"[instance renewer role]({RENEWER})" if apart else f"[enforcer role]({ENFORCER})"
    needs = f" The write needs {named}, which the {role} grants."
    return _prose(f"Class **{subject.safety.value}**. {meaning}{needs if named else ''}")


def _rotation(subject: Subject) -> str:
    """For a rule without a fix of its own: see `Rule.rotation`."""
    begins = "It begins by the rule's `auto_approve` with a reason in policy, or because somebody asks for it."
    needs = f"It needs what the [key rotator role]({KEY_ROTATOR}) grants:"
    said = f"Class **{subject.safety.value}**. No single write mends it: a [rotation]({ROTATION}) does, step by step."
    return "\n".join([_prose(f"{said} {begins} {needs}"), "", *(f"- `{one}`" for one in subject.rotation)])


def _exempting(subject: Subject) -> str:
    if APP_KIND in subject.kinds:
        return "It cannot be exempted: it is about Hubwarden itself."
    entry = f"""```yaml
exemptions:
  - rule: {subject.id}
    scope: # ARM id of the {_either(subject.kinds).replace(" and ", " or ")}, or of something above it
    owner: # who answers for it
    reason: # why, with its ticket
    expires_on: # a date, at most 180 days ahead
```"""
    return f"In [`policy/exemptions.yaml`](../policy.md#exemptionsyaml-waivers-that-end):\n\n{entry}"
