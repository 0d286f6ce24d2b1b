"""`tags` and `costs` as finance meets them: what they print and write, and one clear line for what is wrong."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from shared.costs.files import names
from shared.costs.month import Month
from tests.builders import SUBSCRIPTION, TAGS, dependent, dependent_id, endpoint, hub, project
from tests.local.test_cli import run, saved

SHARED = dependent(tags={})
ESTATE = (
    hub("one", storageAccount=dependent_id(), associatedWorkspaces=["p1", "p2", "p3"]),
    hub("two", tags={**TAGS, "CostCenter": "CC-0002"}, storageAccount=dependent_id(), associatedWorkspaces=["p4"]),
    project(of="one", tags={}),
    endpoint(tags={}),
    SHARED,
)
OCTOBER = ("--month", "2026-10", "--now", "2026-11-20T09:00:00Z")


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """Two hubs that share storage and differ about who pays."""
    return saved(tmp_path / "estate.json", *ESTATE)


def focus(path: Path, *rows: tuple[str, str, str]) -> Path:
    """A FOCUS export in euros: resource, day and cost of each charge."""
    header = [
        "ResourceId",
        "SubAccountId",
        "ChargePeriodStart",
        "ServiceName",
        "BillingCurrency",
        "BilledCost",
        "x_BilledCostInUsd",
    ]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for resource, day, cost in rows:
            writer.writerow(
                [resource, f"/subscriptions/{SUBSCRIPTION}", f"{day}T00:00:00Z", "Storage", "EUR", cost, cost]
            )
    return path


def test_the_tags_of_one_resource(estate: Path) -> None:
    """For each tag what it should say, what it says, where that comes from and why; and how its cost is split."""
    done = run("tags", "project", "--estate", estate)
    assert (done.returncode, done.stderr) == (0, "")
    assert "hub one has it" in " ".join(done.stdout.split())

    told = json.loads(run("tags", SHARED["id"].upper(), "--estate", estate, "--format", "json").stdout)
    assert told[0]["tags"]["CostCenter"]["source"] == "split"
    assert [(part["hub"].rpartition("/")[2], part["weight"]) for part in told[0]["portions"]] == [
        ("one", 3),
        ("two", 1),
    ]


def test_the_tags_of_all(estate: Path) -> None:
    """Without a resource all that carry tags are listed, the endpoint with its project's."""
    told = json.loads(run("tags", "--estate", estate, "--format", "json").stdout)
    should = {one["resource"].rpartition("/")[2]: one["tags"]["CostCenter"]["should"] for one in told}
    assert should == {"one": "CC-1234", "two": "CC-0002", "project": "CC-1234", "score": "CC-1234", "stai": None}
    assert "score" in run("tags", "--estate", estate).stdout


def test_a_bill_from_an_export(estate: Path, tmp_path: Path) -> None:
    """The reconciliation is printed, the four files lie there, and a second time they are the same."""
    bill = focus(
        tmp_path / "focus.csv", (hub("one")["id"], "2026-10-03", "10.005"), (SHARED["id"], "2026-10-04", "1.00")
    )
    command = ("costs", "--estate", estate, "--costs", bill, *OCTOBER, "--out", tmp_path / "out")
    done = run(*command)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        "2026-10 EUR: billed 11.00 = allocated 11.00 + unallocated 0.00; 100.0% of what hubs spent is covered"
        in done.stdout
    )
    files = {name: (tmp_path / "out" / name).read_bytes() for name in names(Month(2026, 10))}
    assert run(*command).returncode == 0
    assert {name: (tmp_path / "out" / name).read_bytes() for name in files} == files
    assert not list((tmp_path / "out").rglob(".*"))
    lines = list(csv.DictReader(files["allocation/2026-10.csv"].decode("utf-8-sig").splitlines()))
    assert sum(Decimal(line["Cost"]) for line in lines) == Decimal("11.00")
    assert {
        (line["CostCenter"], line["Source"]): line["Cost"] for line in lines if line["Source"] == "split among hubs"
    } == {
        ("CC-1234", "split among hubs"): "0.75",
        ("CC-0002", "split among hubs"): "0.25",
    }


def test_a_made_up_bill_says_so(estate: Path, tmp_path: Path) -> None:
    """Without an export the prices are the stand-in's, and a month that runs is said to."""
    done = run("costs", "--estate", estate, "--month", "2026-11", "--now", OCTOBER[3], "--out", tmp_path)
    assert done.returncode == 0
    assert "made up by the Azure stand-in" in done.stdout
    assert "2026-11 is not closed" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tags"], "tags needs either --estate PATH or --subscription ID"),
        (["tags", "--subscription", f"/subscriptions/{SUBSCRIPTION}"], "is no GUID"),
        (["costs", *OCTOBER, "--subscription", "11111111-2222"], "'11111111-2222' is no GUID"),
        (["tags", "projct", "--estate", "ESTATE"], "'projct'; did you mean project?"),
        (["tags", "--estate", "/nowhere"], "/nowhere: no such file or folder"),
        (["costs", "--month", "2026-10"], "costs needs either --estate PATH or --subscription ID"),
        (["costs", "--month", "10/2026", "--estate", "ESTATE"], "expected a month such as 2026-10, found '10/2026'"),
        (["costs", "--month", "2026-12", "--estate", "ESTATE", "--now", "2026-11-20"], "2026-12 has not begun"),
        (["costs", *OCTOBER, "--estate", "ESTATE", "--costs", "/nowhere.csv"], "/nowhere.csv"),
        (["costs", *OCTOBER, "--estate", "ESTATE", "--costs", "README.md"], "README.md"),
        (["costs", *OCTOBER, "--estate", "ESTATE", "--out", "/proc/none"], "/proc/none"),
    ],
)
def test_what_is_wrong_is_one_clear_line(estate: Path, arguments: list[str], says: str) -> None:
    """It names the thing and the way out; no stack trace, and nothing on the way to a half report."""
    done = run(*(estate if one == "ESTATE" else one for one in arguments))
    assert done.returncode == 1
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_two_resources_of_one_name(tmp_path: Path) -> None:
    """A name that several have is refused with the ids to choose from."""
    estate = saved(tmp_path / "estate.json", hub("same"), dependent(name="same"))
    done = run("tags", "same", "--estate", estate)
    assert done.returncode == 1
    assert "2 resources are called 'same'" in done.stderr
    assert dependent_id(name="same") in done.stderr
