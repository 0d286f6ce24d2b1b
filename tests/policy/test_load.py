"""What a valid policy says, key by key."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import yaml

from shared.model.cost_tags import CostTag, CostTags
from shared.model.finding import Severity
from shared.model.resource_id import ResourceId
from shared.policy import document
from shared.policy.policy import Effect, Exemption, Limits, Match, Policy, RulePolicy, Scope, Setting
from tests.policy import sample

if TYPE_CHECKING:
    from shared.policy.value import Problem

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
OWN_DEFAULTS = {"days": 30, "after": "PT60M", "target": "", "modes": ("Open", "Closed")}


def _exemption(expires_on: str, scope: str = sample.HUB) -> str:
    return f"""\
version: 1
exemptions:
  - {{rule: HW-NET-001, scope: {scope}, owner: jane, reason: CHG-1, expires_on: {expires_on!r}}}
"""


def _expiry(expires_on: str) -> datetime:
    return sample.policy(exemptions=_exemption(expires_on)).exemptions[0].expires_on


def test_every_key_arrives() -> None:
    """All that the files say stands in the policy, and nothing else does."""
    policy = sample.policy()

    assert policy == Policy(
        rules={
            "HW-NET-001": RulePolicy(
                Setting(Effect.ENFORCE, Severity.CRITICAL, {}, "CHG-1"),
                (
                    Scope(Match(name="hub-sbx-*"), Effect.OFF),
                    Scope(Match(SUBSCRIPTION, "rg-ai", ("env", "prod")), auto_approve=""),
                ),
            ),
            "HW-TST-001": RulePolicy(
                Setting(
                    Effect.AUDIT, Severity.MEDIUM, {**OWN_DEFAULTS, "days": 7, "after": "PT15M", "modes": ("Closed",)}
                ),
                (Scope(Match(resource_group="rg-ai"), parameters={"days": 1}),),
            ),
            "HW-TST-002": RulePolicy(Setting(Effect.AUDIT, Severity.LOW, {})),
            "HW-TST-003": RulePolicy(Setting(Effect.AUDIT, Severity.LOW, {})),
        },
        limits=Limits(writes_per_run=5),
        cost_tags=CostTags(
            (
                CostTag("CostCenter", ("cost-center", "cc"), pattern="CC-[0-9]{4}"),
                CostTag("Environment", allowed=("dev", "test", "prod")),
                CostTag("Contact"),
            ),
            owner="Contact",
        ),
        exemptions=(
            Exemption(
                "HW-NET-001",
                ResourceId.parse(sample.HUB),
                "jane@contoso.example",
                "waits for the network team",
                datetime(2027, 1, 31, tzinfo=UTC),
            ),
        ),
        version=policy.version,
    )


def test_a_rule_that_is_not_named_is_audited_as_it_comes() -> None:
    """Without a word on them, all rules are audited with their own severity and parameters."""
    policy = sample.policy(baseline="version: 1\nrules: {}\n")

    assert {rule.id for rule in sample.RULES} == set(policy.rules)
    assert RulePolicy(Setting(Effect.AUDIT, Severity.MEDIUM, OWN_DEFAULTS)) == policy.rules["HW-TST-001"]
    assert Limits() == policy.limits


@pytest.mark.parametrize("effect", ["off", "'off'", '"off"'])
def test_off_is_a_word(effect: str) -> None:
    """YAML 1.1 reads a bare `off` as false; here it is the effect, with quotes and without."""
    policy = sample.policy(baseline=f"version: 1\nrules: {{HW-NET-001: {{effect: {effect}}}}}\n")

    assert Effect.OFF is policy.rules["HW-NET-001"].default.effect


@pytest.mark.parametrize(
    "plain", ["on", "yes", "NO", "007", "0x1F", "1_000", "12:30", "2027-01-31", "1e3", "=", ".inf"]
)
def test_what_only_older_yaml_converts_stays_text(plain: str) -> None:
    """A value of a tag means what is written, where YAML 1.1 would make another type of it."""
    tags = f"version: 1\nowner: Owner\ntags: [{{name: A, allowed: [{plain}]}}]\n"

    assert (plain,) == sample.policy(cost_tags=tags).cost_tags.tags[0].allowed


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-01-31", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31T18:00Z", datetime(2027, 1, 31, 18, tzinfo=UTC)),
        ("2027-01-31T18:00:30+02:00", datetime(2027, 1, 31, 16, 0, 30, tzinfo=UTC)),
        ("2027-01-31T22:00-05:00", datetime(2027, 2, 1, 3, tzinfo=UTC)),
    ],
)
def test_an_end_is_a_moment_in_utc(text: str, moment: datetime) -> None:
    """A date is its first moment in UTC; a time is taken by its offset."""
    assert moment == _expiry(text)
    assert timedelta(0) == _expiry(text).utcoffset()


def test_a_date_means_the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine twelve hours east of Greenwich a date is still its first moment in UTC."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "EAST-12")
        time.tzset()
        expiry = _expiry("2027-01-31")
    time.tzset()

    assert expiry == datetime(2027, 1, 31, tzinfo=UTC)


def test_an_exemption_that_has_ended_is_no_mistake() -> None:
    """The day an exemption ends, the policy still loads: nobody has to edit a file at midnight."""
    ended = sample.NOW - timedelta(seconds=1)

    assert ended == _expiry(f"{ended:%Y-%m-%dT%H:%M:%SZ}")


def test_exactly_180_days_are_allowed() -> None:
    """The longest exemption ends 180 days from now, to the second."""
    last = sample.NOW + timedelta(days=180)

    assert last == _expiry(f"{last:%Y-%m-%dT%H:%M:%SZ}")
    assert sample.problems(exemptions=_exemption(f"{last + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"))


def test_the_version_is_of_all_texts() -> None:
    """The version is the same for the same texts, and another when a character of any file changes or moves."""
    version = sample.files().version

    others = {
        sample.files(baseline=f"{sample.BASELINE}#").version,
        sample.files(cost_tags=f"{sample.COST_TAGS}#").version,
        sample.files(exemptions=f"{sample.EXEMPTIONS}#").version,
        sample.files(baseline=f"{sample.BASELINE}v", cost_tags=sample.COST_TAGS[1:]).version,
        sample.files(owners="").version,
        sample.files(owners=sample.OWNERS).version,
    }

    assert version == sample.policy().version
    assert re.fullmatch("[0-9a-f]{12}", version)
    assert len(others - {version}) == 6


@pytest.mark.parametrize(
    "text", [sample.BASELINE, sample.COST_TAGS, sample.FINANCE, sample.EXEMPTIONS, "a: &x 1\nb: *x\n<<: {}\nc: !t 1\n"]
)
def test_both_parsers_of_yaml_agree(text: str) -> None:
    """Where PyYAML came without libyaml, its own parser gives the same values and the same problems."""
    fast: list[Problem] = []
    slow: list[Problem] = []

    assert document.read("f", text, fast) == document.read("f", text, slow, parser=yaml.BaseLoader)
    assert fast == slow
