"""
A preview as people and programs read it: what a run would find and do now. One shape for the API and the command line.

Pure: no clock, no files; the caller says when and writes it where it likes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.model.action import describe
from shared.model.finding import Finding, Verdict
from shared.model.plan import Plan, Step, StepStatus


@dataclass(frozen=True)
class Preview:
    """Findings and a plan that nobody applies."""

    at: datetime
    mode: str
    policy_version: str
    version: str
    findings: tuple[Finding, ...]
    plan: Plan

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to say: no failing finding, no step."""
        return not self.plan.steps and not any(f.verdict is Verdict.FAIL for f in self.findings)


def as_document(preview: Preview) -> dict[str, Any]:
    """As JSON: `run`, `findings` and `plan`."""
    verdicts = Counter(finding.verdict.value for finding in preview.findings)
    return {
        "run": {
            "at": preview.at.isoformat(),
            "mode": preview.mode,
            "policy": preview.policy_version,
            "version": preview.version,
            "resources": len({finding.resource for finding in preview.findings}),
            "verdicts": {verdict.value: verdicts[verdict.value] for verdict in Verdict},
        },
        "findings": [_finding(finding) for finding in preview.findings],
        "plan": {"id": preview.plan.id, "steps": [_step(step) for step in preview.plan.steps]},
    }


def as_markdown(preview: Preview) -> str:
    """As Markdown for a pull request or a ticket: what fails, what would be done, what could not be seen."""
    failing, unseen = worth_telling(preview.findings)
    steps = preview.plan.steps
    parts = [
        f"# Hubwarden plan {preview.plan.id}",
        f"{preview.at:%Y-%m-%d %H:%M} UTC, mode {preview.mode}, policy {preview.policy_version}.",
        f"## {_count(len(failing), 'failing finding')}",
        _table(("Severity", "Rule", "Resource", "What is the matter", "Owner"), map(_finding_cells, failing)),
        f"## {_count(len(steps), 'step')}",
        _table(("Status", "Rule", "Resource", "Write", "Why"), map(step_cells, steps)),
    ]
    if unseen:
        cells = ((f.rule, f.resource.name, f.message) for f in unseen)
        parts += [f"## {len(unseen)} not decided", _table(("Rule", "Resource", "Why"), cells)]
    return "\n\n".join(part for part in parts if part) + "\n"


def worth_telling(findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The failing findings, the worst first, and the undecided ones."""
    known = list(findings)
    failing = sorted((f for f in known if f.verdict is Verdict.FAIL), key=lambda f: (f.severity.rank, f.resource.key))
    return failing, [f for f in known if f.verdict is Verdict.UNKNOWN]


def step_cells(step: Step) -> tuple[str, str, str, str, str]:
    """A step in the words of a table: status, rule, resource, write, why."""
    write = f"{step.action.verb}: {_arrows(step.before, step.after)}{'' if step.reversible else '; cannot be undone'}"
    reason = step.reason or ("would be written in mode enforce" if step.status is StepStatus.READY else "")
    return step.status.value, step.rule, step.target.name, write, reason


def _arrows(before: Any, after: Any) -> str:  # noqa: ANN401 - JSON values
    """What changes, leaf by leaf: `publicNetworkAccess Enabled → Disabled`."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        changed = (key for key in after if before.get(key) != after[key])
        return ", ".join(f"{key} {_arrows(before.get(key), after[key])}" for key in changed)
    return f"{'none' if before is None else before} → {'none' if after is None else after}"


def _finding_cells(finding: Finding) -> tuple[str, str, str, str, str]:
    return finding.severity.value, finding.rule, finding.resource.name, finding.message, finding.owner


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "controls": list(finding.controls),
        "resource": finding.resource.text,
        "kind": finding.kind.value,
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "expected": finding.expected,
        "actual": finding.actual,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "hub": finding.hub.text if finding.hub else None,
        "owner": finding.owner,
        "exemption": finding.exemption,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "rule": step.rule,
        "resource": step.target.text,
        "action": describe(step.action),
        "before": step.before,
        "after": step.after,
        "undo": describe(step.undo),
        "permission": step.action.permission,
        "status": step.status.value,
        "reason": step.reason,
    }


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [" | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    if not lines:
        return "None."
    return "\n".join(f"| {line} |" for line in (" | ".join(header), " | ".join("---" for _ in header), *lines))
