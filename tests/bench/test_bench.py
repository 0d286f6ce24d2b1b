"""What the benchmarks rest on: numbers that are worked out rightly, and an estate that is what it claims to be."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import charges, estate
from bench.ground import POLICY
from bench.result import Result
from local.plan import load_estate, offline
from shared.adapters.policy_files import read
from shared.costs.allocation import allocate
from shared.costs.reason import Reason
from shared.engine.report import Preview
from shared.policy.load import load
from shared.rules.catalogue import RULES

NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)
SAMPLES = (4.0, 1.0, 3.0, 2.0, 10.0)


@pytest.mark.parametrize(("quantile", "value"), [(0.5, 3.0), (0.0, 1.0), (1.0, 10.0), (0.75, 4.0), (0.875, 7.0)])
def test_a_quantile_lies_between_samples(quantile: float, value: float) -> None:
    """A quantile is a sample, or lies between the two it falls between."""
    assert Result("x", "s", SAMPLES, quantile=quantile).value == value


@pytest.mark.parametrize(("aim", "verdict"), [(3.0, "ok"), (2.9, "over"), (None, "")])
def test_an_aim_is_met_or_missed(aim: float | None, verdict: str) -> None:
    """The value is held against the aim; without one nothing is claimed."""
    assert Result("x", "s", SAMPLES, aim=aim).verdict == verdict


def _preview(folder: Path, *, flawed: bool) -> Preview:
    file = folder / "estate.json"
    estate.write(file, 20, flawed=flawed)
    return offline(load_estate(file), load(read(POLICY), RULES, NOW), NOW)


def test_the_estate_of_the_stage_complies(tmp_path: Path) -> None:
    """Without flaws nothing is to be said, so that a measured event causes only what it is meant to."""
    assert _preview(tmp_path, flawed=False).quiet


def test_a_flawed_estate_breaks_most_rules(tmp_path: Path) -> None:
    """With flaws, the offline plan has findings of most rules to make."""
    failing = {f.rule for f in _preview(tmp_path, flawed=True).findings if f.verdict == "fail"}
    assert len(failing) >= 8


def test_one_hub_in_ten_is_flawed() -> None:
    """Of twenty hubs the first and the eleventh are open to the internet, and only they are."""
    hubs = [document for document in estate.documents(20, flawed=True) if document.get("kind") == "Hub"]
    opened = [hub["name"] for hub in hubs if hub["properties"]["publicNetworkAccess"] == "Enabled"]
    assert opened == ["hub-0000", "hub-0010"]


@pytest.mark.parametrize("hubs", [10, 30])
def test_ten_resources_a_hub(hubs: int) -> None:
    """Per hub there are ten resources and a diagnostic setting, and an account for ten hubs."""
    found = list(estate.documents(hubs, flawed=False))
    assert len(found) == hubs * 11 + hubs // 10
    assert len({document["id"].casefold() for document in found}) == len(found)


def test_a_month_is_the_same_each_time() -> None:
    """The charges that an allocation is measured on are made without chance: as many as asked, of all resources."""
    first, again = charges.bills(10, 1000), charges.bills(10, 1000)
    assert [bill.rows.to_pylist() for bill in again] == [bill.rows.to_pylist() for bill in first]
    ids = [row["resource_id"] for bill in first for row in bill.rows.to_pylist()]
    assert (len(ids), len(set(ids))) == (1000, 100)


def test_a_month_has_every_way_to_bear_a_charge() -> None:
    """In the measured month charges are borne, rolled up, split among ten hubs, moved within the month, or nobody's."""
    found = allocate(charges.MONTH, charges.bills(10, 1000), charges.periods(10), charges.SCHEMA, charges.NOW)
    lines = found.lines.to_pylist()
    assert {line["reason"] for line in lines} == {"", Reason.NOT_GOVERNED}
    assert len({line["resource_id"] for line in lines if line["bearer"] not in ("", line["resource_id"])}) == 30
    registries = [line for line in lines if "registries" in line["resource_id"]]
    assert len({line["hub"] for line in registries}) == 10
    hub = charges.Family(0).hub
    assert {line["cost_center"] for line in lines if line["resource_id"] == hub} == {"CC-0000", "CC-0001"}
