"""The policy in this repository, and the one that the docs show, about the real rules."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.policy_files import NAMES, read
from shared.costs.effective import EffectiveTags
from shared.model.cost_tags import Creator, Origin, Shared, SplitKey
from shared.model.errors import PolicyInvalid
from shared.model.estate import Estate
from shared.model.facts import Fact
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId
from shared.policy.document import Source
from shared.policy.load import PolicyFiles, load
from shared.policy.policy import Effect, Setting
from shared.rules.catalogue import RULES
from shared.rules.rotation import RENEWALS
from tests.policy import sample

ROOT = Path(__file__).parents[2]
SHIPPED = read(ROOT / "policy")
MANUAL = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")


def _hub(**tags: str) -> Fact:
    return Fact.of({"id": sample.HUB, "kind": "Hub", "tags": tags})


def test_it_loads() -> None:
    """The policy that we ship is valid, whatever the day: it has no exemption that could end."""
    assert load(SHIPPED, RULES, sample.NOW).exemptions == ()


def test_it_names_every_rule() -> None:
    """Whoever reads the baseline sees all rules; none is audited by silence."""
    named = set(re.findall(r"^  (HW-\w+-\d+):", SHIPPED.baseline.text, re.MULTILINE))

    assert {rule.id for rule in RULES} == named


def test_it_writes_only_what_is_safe_or_approved() -> None:
    """Safe fixes are on, two gated ones and rotations wait for approval, and nothing is approved in advance."""
    policy = load(SHIPPED, RULES, sample.NOW)
    enforced = {rule.id for rule in RULES if policy.rules[rule.id].default.effect is Effect.ENFORCE}
    safe = {rule.id for rule in RULES if rule.safety is Safety.SAFE}
    rotations = {rule.id for rule in RENEWALS.values()}

    assert safe | {"HW-NET-001", "HW-CON-002"} | rotations == enforced
    assert not any(rule.default.auto_approve for rule in policy.rules.values())


def test_its_example_of_a_scope() -> None:
    """A hub tagged as a sandbox may be open: it is reported, with low severity."""
    rule = load(SHIPPED, RULES, sample.NOW).rules["HW-NET-001"]

    assert Setting(Effect.AUDIT, Severity.LOW, {}) == rule.setting(_hub(environment="sandbox"), None)
    assert Setting(Effect.ENFORCE, Severity.HIGH, {}) == rule.setting(_hub(environment="prod"), None)


def test_its_example_of_an_exemption() -> None:
    """Taking away the [] and the # makes the commented example work."""
    text = re.sub(r"^# (?=-|  )", "", SHIPPED.exemptions.text.replace("[]", ""), flags=re.MULTILINE)
    policy = load(replace(SHIPPED, exemptions=Source("e", text)), RULES, sample.NOW)

    assert [exemption.rule for exemption in policy.exemptions] == ["HW-NET-001"]


def test_its_examples_of_what_finance_may_want() -> None:
    """Taking away the # makes the creator's tags and the pool that are shown as comments work."""
    text = re.sub(r"^( *)# (?=creator|pool)", r"\1", SHIPPED.cost_tags.text, flags=re.MULTILINE)
    schema = load(replace(SHIPPED, cost_tags=Source("c", text)), RULES, sample.NOW).cost_tags

    assert schema.creator == Creator("CreatedBy", "CreatedOn")
    assert schema.shared == Shared(SplitKey.PROJECTS, {"Environment": "prod"})


def test_a_hub_without_a_cost_center_gets_its_owners() -> None:
    """The shipped owners are looked up: Jane's hub in a group without tags belongs to Jane's cost center."""
    schema = load(SHIPPED, RULES, sample.NOW).cost_tags
    hub = _hub(Environment="prod", Owner="jane@contoso.example")
    group = Fact.of({"id": sample.HUB.partition("/providers")[0], "tags": {}})
    effective = EffectiveTags(Estate.of([hub, group]), schema).of(hub)

    assert effective is not None
    assert (effective.tags["CostCenter"].value, effective.tags["CostCenter"].origin) == ("CC-4711", Origin.MAPPING)


def test_a_share_ends_at_a_hundred() -> None:
    """A target of coverage that no spend could meet is refused, and its page says from where to where it goes."""
    rules = "version: 1\nrules:\n  HW-CST-001: {{effect: audit, parameters: {{percent: {0}}}}}\n"
    load(replace(SHIPPED, baseline=Source("baseline.yaml", rules.format(100))), RULES, sample.NOW)
    with pytest.raises(PolicyInvalid, match=r"percent: expected a whole number from 0 to 100, found 900$"):
        load(replace(SHIPPED, baseline=Source("baseline.yaml", rules.format(900))), RULES, sample.NOW)
    assert "| whole number from 0 to 100 |" in (ROOT / "docs/rules/HW-CST-001.md").read_text(encoding="utf-8")


def test_the_manuals_example_does_what_it_says() -> None:
    """The four files that docs/policy.md shows load together, and their scopes, exemption and owners apply."""
    texts = dict(re.findall(r"```yaml\n# policy/(\S+)\n(.*?)```", MANUAL, re.DOTALL))
    [owners] = re.findall(r"```csv\n(.*?)```", MANUAL, re.DOTALL)
    files = PolicyFiles(*(Source(name, texts[name]) for name in NAMES))
    policy = load(replace(files, owners=Source("owners.csv", owners)), RULES, sample.NOW)
    access, images = policy.rules["HW-NET-001"], policy.rules["HW-IMG-001"]
    sandbox = access.setting(_hub(Environment="sandbox"), None)
    legal = Fact.of({"id": sample.HUB.replace("hub-sbx-1", "hub-legal"), "kind": "Hub"})

    assert Effect.OFF is policy.rules["HW-TAG-002"].default.effect
    assert access.default.auto_approve == "All hubs got private endpoints with CHG-1200"
    assert access.setting(legal, None).auto_approve == ""
    assert (sandbox.effect, sandbox.severity) == (Effect.AUDIT, Severity.LOW)
    assert images.default.parameters["warn_days"] == 30
    assert images.scopes[0].parameters == {"warn_days": 75, "stop_days": 90, "escalate_days": 120}
    assert policy.cost_tags.by_name["CostCenter"].mapping["Research, Zurich"] == "CC-1003"
    assert policy.exemption("HW-NET-001", legal, ResourceId.parse(sample.HUB), sample.NOW) == policy.exemptions[0]


def test_the_manual_of_keys_shows_how_to_begin() -> None:
    """Its example rotates keys in sandboxes alone, and tells of all others what would be done."""
    manual = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    [baseline] = re.findall(r"```yaml\n# policy/baseline.yaml\n(.*?)```", manual, re.DOTALL)
    policy = load(replace(SHIPPED, baseline=Source("baseline.yaml", baseline)), RULES, sample.NOW)
    account = f"{sample.HUB.partition('/providers')[0]}/providers/Microsoft.CognitiveServices/accounts/ai"
    sandbox, other = (Fact.of({"id": account, "tags": tags}) for tags in ({"Environment": "sandbox"}, {}))
    rotated, told = (policy.rules["HW-KEY-010"].setting(fact, None) for fact in (sandbox, other))

    assert (rotated.effect, told.effect) == (Effect.ENFORCE, Effect.AUDIT)
    assert rotated.auto_approve == told.auto_approve == "All callers of our AI accounts are connections, CHG-1301"
    assert (rotated.parameters["accepted"], told.parameters["accepted"]) == (("unknown_users",), ())
    assert (rotated.parameters["grace_hours"], policy.limits.rotations_at_once) == (48, 5)
    assert policy.rules["HW-KEY-015"].default.parameters["expected"] == ("11111111-2222-3333-4444-555555555555",)


def test_the_manual_of_images_shows_how_to_opt_in() -> None:
    """Its example makes anew only what carries the tag, and stops in working hours of Zurich nothing."""
    manual = (ROOT / "docs" / "images.md").read_text(encoding="utf-8")
    [baseline] = re.findall(r"```yaml\n# policy/baseline.yaml\n(.*?)```", manual, re.DOTALL)
    policy = load(replace(SHIPPED, baseline=Source("baseline.yaml", baseline)), RULES, sample.NOW)
    compute = f"{sample.HUB}/computes/ci-jane"
    asked, other = (Fact.of({"id": compute, "tags": tags}) for tags in ({"RenewImage": "yes"}, {}))
    renewed, kept = (policy.rules["HW-IMG-003"].setting(fact, None).effect for fact in (asked, other))

    assert (renewed, kept) == (Effect.ENFORCE, Effect.AUDIT)
    assert policy.rules["HW-IMG-004"].is_always_written
    assert policy.rules["HW-IMG-002"].default.parameters["zone"] == "Europe/Zurich"
    assert policy.rules["HW-IMG-003"].scopes[0].parameters["zone"] == "Europe/Zurich"
    with pytest.raises(PolicyInvalid, match="expected HW-IMG-004 enforced with auto_approve everywhere"):
        load(replace(SHIPPED, baseline=Source("b", baseline.partition("  HW-IMG-004:")[0])), RULES, sample.NOW)


def test_the_manual_shows_the_least_that_a_file_may_hold() -> None:
    """The smallest files of docs/policy.md make a policy that audits every rule."""
    least = re.findall(r"^\| `(\S+\.yaml)` \| (.*) \|$", MANUAL, re.MULTILINE)
    texts = {name: "\n".join(re.findall(r"`([^`]+)`", words)) for name, words in least}
    policy = load(PolicyFiles(*(Source(name, texts[name]) for name in NAMES)), RULES, sample.NOW)

    assert {rule.default.effect for rule in policy.rules.values()} == {Effect.AUDIT}
