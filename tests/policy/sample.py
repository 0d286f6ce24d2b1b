"""Small rules and a small valid policy that the tests of the loader start from."""

from datetime import UTC, datetime

from shared.model.errors import PolicyInvalid
from shared.model.facts import Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.policy.document import Source
from shared.policy.load import PolicyFiles, load
from shared.policy.policy import Policy
from shared.rules.rule import Context, Judgement, Parameter, Rule, Type, passed

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HUB = (
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-ai"
    "/providers/Microsoft.MachineLearningServices/workspaces/hub-sbx-1"
)


def _rule(rule_id: str, safety: Safety, severity: Severity, **parameters: Parameter) -> Rule:
    def check(_: object, __: Context) -> Judgement:
        return passed("It complies.")

    return Rule(
        id=rule_id,
        title="It complies",
        why="It has to.",
        kinds=frozenset({Kind.HUB}),
        severity=severity,
        safety=safety,
        controls=(),
        check=check,
        parameters=parameters,
    )


RULES = (
    _rule("HW-NET-001", Safety.GATED, Severity.HIGH),
    _rule(
        "HW-TST-001",
        Safety.SAFE,
        Severity.MEDIUM,
        days=Parameter(Type.INTEGER, 30, "Days", least=1),
        after=Parameter(Type.DURATION, "PT60M", "Idle time"),
        target=Parameter(Type.RESOURCE, "", "Where to"),
        modes=Parameter(Type.CHOICES, ("Open", "Closed"), "What complies", choices=("Open", "Closed", "Ajar")),
    ),
    _rule("HW-TST-002", Safety.REPORT, Severity.LOW),
    _rule("HW-TST-003", Safety.RECREATE, Severity.LOW),
)

BASELINE = """\
version: 1
limits: {writes_per_run: 5}
rules:
  HW-NET-001:
    effect: enforce
    severity: critical
    auto_approve: {reason: CHG-1}
    scopes:
      - match: {name: "hub-sbx-*"}
        effect: off
      - match:
          subscription: 11111111-2222-3333-4444-555555555555
          resource_group: rg-ai
          tag: {env: prod}
        auto_approve: false
  HW-TST-001:
    effect: audit
    parameters: {days: 7, after: PT15M, modes: [Closed]}
    scopes:
      - match: {resource_group: rg-ai}
        parameters: {days: 1}
"""
COST_TAGS = """\
version: 1
owner: Contact
tags:
  - {name: CostCenter, spellings: [cost-center, cc], pattern: "CC-[0-9]{4}"}
  - {name: Environment, allowed: [dev, test, prod]}
  - {name: Contact}
"""
FINANCE = """\
version: 1
owner: Contact
cost_center: CostCenter
close_after_days: 3
shared: {split: direct_cost, pool: {Environment: prod}}
creator: {by: CreatedBy, on: CreatedOn}
tags:
  - name: CostCenter
    spellings: [cost-center, cc]
    pattern: "CC-[0-9]{4}"
    required: [hub, project, resource_group]
    sources: [resource, project, hub, mapping, default]
    mapping: {by: Owner}
    default: CC-0000
    project_may_differ: false
    wrong_values: replace
    ask: finance@contoso.example
  - {name: Environment, allowed: [dev, test, prod], required: []}
  - {name: Owner, sources: [resource, subscription]}
"""
"""Cost tags with every key there is; they look cost centers up in `OWNERS`."""
OWNERS = """\
Owner,CostCenter
jane@contoso.example,CC-1001
joe@contoso.example,CC-1002
"""
EXEMPTIONS = f"""\
version: 1
exemptions:
  - rule: HW-NET-001
    scope: {HUB}
    owner: jane@contoso.example
    reason: "waits for the network team"
    expires_on: 2027-01-31
"""


def files(
    baseline: str = BASELINE, cost_tags: str = COST_TAGS, exemptions: str = EXEMPTIONS, owners: str | None = None
) -> PolicyFiles:
    """The sample policy, or one with other text in a file; without `owners` there is no such file."""
    return PolicyFiles(
        Source("policy/baseline.yaml", baseline),
        Source("policy/cost-tags.yaml", cost_tags),
        Source("policy/exemptions.yaml", exemptions),
        None if owners is None else Source("policy/owners.csv", owners),
    )


def policy(
    baseline: str = BASELINE, cost_tags: str = COST_TAGS, exemptions: str = EXEMPTIONS, owners: str | None = None
) -> Policy:
    """What it loads to."""
    return load(files(baseline, cost_tags, exemptions, owners), RULES, NOW)


def problems(
    baseline: str = BASELINE, cost_tags: str = COST_TAGS, exemptions: str = EXEMPTIONS, owners: str | None = None
) -> tuple[str, ...]:
    """Why it is refused; empty when it is not."""
    try:
        policy(baseline, cost_tags, exemptions, owners)
    except PolicyInvalid as error:
        return error.problems
    return ()
