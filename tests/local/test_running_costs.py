"""What Hubwarden costs to run: the arithmetic by hand, what it rests on, and the command as a user meets it."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.prices import PRICES, read_prices
from local.running_costs import DAYS, Load, Measured, RunningCosts, alert_rules, billed
from local.synthetic.estate import Size, generate
from shared.adapters.plain_json import text_of
from shared.adapters.policy_files import read
from shared.model.errors import SettingsInvalid
from shared.model.resource_id import ResourceId
from shared.model.tables import TABLES
from shared.policy.load import load
from shared.rules.catalogue import RULES
from tests.local.test_cli import run
from tests.rig import Rig

REPOSITORY = Path(__file__).resolve().parents[2]
ROUND = Measured(
    hub_seconds=1.0,
    project_seconds=0.25,
    event_seconds=0.2,
    timer_seconds=10.0,
    hub_bytes=100_000,
    project_bytes=50_000,
    event_bytes=4_000,
    sweep_tables=20,
    event_tables=10,
    execution_bytes=1_000,
)
LOAD = Load(hubs=1000, projects=4, events=2400.0, standing=7)


def _units(costs: RunningCosts) -> dict[str, float]:
    return {part.price: part.units for part in costs.parts()}


def _usd(costs: RunningCosts) -> dict[str, float]:
    return {part.price: part.usd for part in costs.parts()}


@pytest.mark.parametrize(
    ("seconds", "charged"), [(0.0, 1.0), (0.3, 1.0), (1.0, 1.0), (1.01, 1.1), (1.1, 1.1), (2.35, 2.4)]
)
def test_an_execution_is_billed_a_second_at_least_and_by_tenths(seconds: float, charged: float) -> None:
    """One second at least, then rounded up to a tenth; a tenth that is one stays one."""
    assert billed(seconds) == charged


def test_quantities_are_those_worked_out_by_hand() -> None:
    """A thousand hubs with four projects, 2,400 events a day, seven loud findings; here by the day."""
    units = _units(RunningCosts(LOAD, PRICES, ROUND))
    by_hand = {
        # 4,000 sweeps of 2 s, 2,400 events of 1 s, 6 timers of 10 s and 5 of 1 s: 10,465 s, at 2 GB.
        "execution-time": 20_930,
        # 4,000 + 2,400 + 4 + 7.
        "executions": 6_411,
        # 4,000 * 300,000 bytes + 2,400 * 4,000 bytes, and 1,000 bytes of telemetry of each execution.
        "ingestion": 1.2096 + 0.006411,
        # 6,400 messages three times, and two queues every two seconds.
        "queue": 19_200 + 86_400,
        # 4,000 * 20 + 2,400 * 10.
        "table": 104_000,
        "events": 4_800,
    }
    assert {name: units[name] / DAYS for name in by_hand} == pytest.approx(by_hand)
    # What came in a month lies 59 days longer than the 31 that are paid with it; telemetry has 90.
    assert units["retention"] == pytest.approx(1.2096 * 59)
    assert units["series-15"] == 7


def test_dollars_are_those_worked_out_by_hand() -> None:
    """The same, after what is free, at the list prices."""
    usd = _usd(RunningCosts(LOAD, PRICES, ROUND))
    # (636,620.8 - 100,000) GB-s * 0.000026
    assert usd["execution-time"] == pytest.approx(13.952, abs=0.001)
    # 195,001.3 executions are below the 250,000 that are free.
    assert usd["executions"] == 0
    # (36.98697 - 5) GB * 2.30, and 71.3664 GB-months * 0.10
    assert usd["ingestion"] == pytest.approx(73.570, abs=0.001)
    assert usd["retention"] == pytest.approx(7.137, abs=0.001)
    # 3,212,000 operations * 0.004 / 10,000
    assert usd["queue"] == pytest.approx(1.2848)
    # 3,163,333 * 0.00036 / 10,000
    assert usd["table"] == pytest.approx(0.1139, abs=0.0001)
    # 46,000 of 146,000 operations are not free, at 0.06 for 100,000.
    assert usd["events"] == pytest.approx(0.0276)
    # Seven series of a rule that looks every quarter of an hour, at 0.05.
    assert usd["series-15"] == pytest.approx(0.35)


def test_the_sum_is_that_of_the_parts() -> None:
    """Nothing is in the sum that no line shows."""
    costs = RunningCosts(LOAD, PRICES, ROUND)
    assert costs.total == pytest.approx(sum(_usd(costs).values()))


def test_memory_and_sweeps_move_time_and_rows() -> None:
    """A quarter of the memory is a quarter of the GB-s; twice the sweeps are twice the rows of sweeps."""
    costs = RunningCosts(replace(LOAD, events=0.0), PRICES, ROUND)
    small = RunningCosts(replace(costs.load, memory_mb=512), PRICES, ROUND)
    often = RunningCosts(replace(costs.load, sweeps=8), PRICES, ROUND)
    assert small.gb_seconds == pytest.approx(costs.gb_seconds / 4)
    assert often.gigabytes == pytest.approx(2 * costs.gigabytes)


@pytest.mark.parametrize(("told", "each"), [(None, 1_000), (0.0, 0), (2.0, 2_000)])
def test_telemetry_is_as_reckoned_unless_told(told: float | None, each: int) -> None:
    """Whoever knows their workspace's says how much each of 6,411 executions a day brings, also that it is nothing."""
    costs = RunningCosts(replace(LOAD, telemetry_kb=told), PRICES, ROUND)
    assert costs.telemetry == pytest.approx(6_411 * DAYS * each / 1e9)


def test_telemetry_is_kept_for_ninety_days_at_no_charge() -> None:
    """What is kept longer costs, as rows do after 31 days."""
    costs = RunningCosts(replace(LOAD, telemetry_kb=2.0, kept_days=120), PRICES, ROUND)
    stored = (costs.gigabytes * 89 + costs.telemetry * 30) / DAYS
    assert _units(costs)["retention"] == pytest.approx(stored)


def test_every_alert_rule_is_counted_once() -> None:
    """Every rule that is made without being asked for is billed by one frequency, and each has its price."""
    rules = json.loads((REPOSITORY / "infra" / "alerts.json").read_text("utf-8"))
    module = (REPOSITORY / "infra" / "modules" / "alerts.bicep").read_text("utf-8")
    asked_for = [rule for rule in rules if f"'{rule['name']}'" in module]
    assert sum(alert_rules().values()) == len(rules) - len(asked_for) == len(rules) - 1
    assert alert_rules()[5] == sum(rule["frequency"] == "PT5M" for rule in rules)
    assert {f"alert-{minutes}" for minutes in alert_rules()} <= set(PRICES)


async def _written(projects: int) -> float:
    """Bytes of JSON a hub that the second sweep of twenty writes, on an estate nobody has looked after."""
    policy = load(read(REPOSITORY / "policy"), RULES, datetime(2026, 1, 15, tzinfo=UTC))
    documents = list(generate(Size(20, projects), 7))
    hubs = [ResourceId.parse(one["id"]) for one in documents if str(one.get("kind")).casefold() == "hub"]
    rig = Rig.of(*documents, enforce=False, policy=policy)
    await rig.sweep(*hubs)
    before = {table: len(rig.log.rows(table)) for table in TABLES}
    await rig.sweep(*hubs)
    rows = [row for table in TABLES for row in rig.log.rows(table)[before[table] :]]
    return sum(len(text_of(row).encode()) for row in rows) / len(hubs)


@pytest.mark.parametrize("projects", [0, 10])
def test_rows_are_as_large_as_is_reckoned(projects: int) -> None:
    """The engine's own rows of a made-up estate, sent a second time: within a tenth of what the bill goes by."""
    reckoned = Measured().hub_bytes + projects * Measured().project_bytes
    assert asyncio.run(_written(projects)) == pytest.approx(reckoned, rel=0.1)


def test_own_prices_go_over_ours(tmp_path: Path) -> None:
    """A file changes what it names and says where the number is from; the rest stays."""
    file = tmp_path / "prices.json"
    file.write_text('{"ingestion": {"usd": 2.76, "free": 0}}')
    prices = read_prices(file)
    assert (prices["ingestion"].usd, prices["ingestion"].free, prices["ingestion"].seen) == (2.76, 0, str(file))
    assert prices["queue"] == PRICES["queue"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "an object of objects"),
        ('{"ingest": {"usd": 1}}', "no price 'ingest'"),
        ('{"queue": 1}', "takes usd, for 10,000 operations"),
        ('{"queue": {"eur": 1}}', "takes usd"),
        ('{"queue": {"usd": -1}}', "0 or more"),
        ('{"queue": {"usd": true}}', "0 or more"),
        ('{"queue": {"usd": NaN}}', "0 or more"),
    ],
)
def test_a_file_with_a_mistake_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """Nothing is worked out from half a price list."""
    file = tmp_path / "prices.json"
    file.write_text(text)
    with pytest.raises(SettingsInvalid, match=said) as refused:
        read_prices(file)
    assert str(file) in str(refused.value)


def test_the_command_says_all_that_it_went_by() -> None:
    """JSON with the load, what was measured, every price with its source, and a sum that is the parts'."""
    told = run("running-costs", "--hubs", "100", "--events-per-day", "500", "--json")
    said = json.loads(told.stdout)
    assert said["usdAMonth"] == pytest.approx(RunningCosts(Load(100, events=500.0), PRICES).total)
    assert all(price["page"].startswith("https://") and price["seen"] for price in said["prices"].values())
    assert (said["load"]["hubs"], said["load"]["events"]) == (100, 500.0)
    table = run("running-costs", "--hubs", "100").stdout
    assert "Sum" in table
    assert "6.1 KB of telemetry an execution" in " ".join(table.split())


def test_the_readme_says_what_the_page_does() -> None:
    """The two sums that the README names are those that the page is made with."""
    few, many = (RunningCosts(Load(hubs, events=hubs * 5.0), PRICES).total for hubs in (10, 1000))
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    assert f"about {few:.0f} USD a month for ten hubs and {many:.0f} for a thousand" in readme
