"""`python -m local take-back` as a process of its own, against the Azure stand-in over TLS: what is there after."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from local.azure.arm.containers import imply
from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.certificates import trust
from local.rows import keep
from shared.engine.record import action_row
from shared.model.action import DeleteTags, MergeTags
from shared.model.plan import Outcome, Result, Step, StepStatus
from shared.model.tables import ACTIONS, RUNS, TABLES
from tests.builders import NOW, group, hub, project, rid
from tests.infra.rows import ran
from tests.local import commands
from tests.local.commands import Done
from tests.local.test_cli import run

LOCKS = "/providers/Microsoft.Authorization/locks"
HUB, PROJECT, GROUP = hub(), project(), group()
ADDED = {"CostCenter": "CC-1", "Owner": "jane@contoso.example"}


def fates(done: Done, name: str) -> dict[str, str]:
    """What the command said of the tags of the resource with a name."""
    (found,) = [one for one in done.told["resources"] if one["resource"].endswith(f"/{name}")]
    return {tag["tag"]: tag["fate"] for tag in found["tags"]}


@dataclass
class Place:
    """A subscription to which Hubwarden has written, and a workspace that tells of it."""

    azure: AzureStandIn
    folder: Path
    _writes: int = 0

    def put(self, document: dict[str, Any], tags: Mapping[str, str]) -> None:
        """A resource with these tags."""
        imply(self.azure.state, document, self.azure.options.tenant)
        self.azure.state.put({**document, "tags": dict(tags)})

    def wrote(
        self,
        document: dict[str, Any],
        before: Mapping[str, str | None],
        after: Mapping[str, str | None],
        result: Result = Result.DONE,
    ) -> None:
        """A row tells of a step that wrote tags, each a minute after the one before."""
        self._writes += 1
        merge = {name: value for name, value in after.items() if value is not None}
        undo = DeleteTags(merge)
        step = Step("HW-TAG-001", rid(document), MergeTags(merge), before, after, undo, StepStatus.READY)
        at = self.azure.clock.now() - timedelta(hours=1) + timedelta(minutes=self._writes)
        self.azure.cloud.tables.ingest(ACTIONS, [action_row(f"run-{self._writes}", "plan", Outcome(step, result, at))])

    def tags(self, document: dict[str, Any]) -> dict[str, str]:
        """What a resource is tagged with now."""
        found = self.azure.state.get(document["id"])
        assert found is not None
        return dict(found["tags"])

    async def take_back(self, *arguments: str, form: str = "json", signed_in: bool = True) -> Done:
        """Run the command in the place's folder."""
        person = commands.signed_in(self.azure) if signed_in else commands.signed_out(self.azure)
        where = ("--endpoint", self.azure.url, "--format", form)
        return await commands.command(self.azure, "take-back", *where, *arguments, person=person, folder=self.folder)

    def record(self, name: str) -> list[dict[str, Any]]:
        """The lines of a record."""
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]


@pytest_asyncio.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Place]:
    """A subscription and a workspace with nothing in them."""
    tables = {name: [{"name": one.name, "type": one.type} for one in columns] for name, columns in TABLES.items()}
    async with AzureStandIn(Options(tables=tables)) as azure:
        trust(azure.ca_file)
        yield Place(azure, tmp_path)


@pytest.fixture
def place(bare: Place) -> Place:
    """A hub that we tagged, a project whose tag we renamed, and a group whose tag we overwrote."""
    bare.put(HUB, {"Team": "x", **ADDED})
    bare.put(PROJECT, {"Team": "y", "CostCenter": "CC-2"})
    bare.put(GROUP, {"CostCenter": "CC-1"})
    bare.wrote(HUB, dict.fromkeys(ADDED), ADDED)
    bare.wrote(PROJECT, {"CostCenter": None, "cc": "CC-2"}, {"CostCenter": "CC-2", "cc": None})
    bare.wrote(GROUP, {"CostCenter": "CC-0"}, {"CostCenter": "CC-1"})
    at = bare.azure.clock.now().isoformat()
    bare.azure.cloud.tables.ingest(RUNS, [{**ran(), "Mode": "enforce", "TimeGenerated": at}])
    return bare


async def test_the_plan_writes_nothing(place: Place) -> None:
    """It says what would be, and that the app still writes; 2, for there is something to do."""
    changes = list(place.azure.ledger.changes)
    done = await place.take_back()

    assert (done.code, done.errors) == (2, "")
    assert fates(done, "hub") == {"CostCenter": "remove", "Owner": "remove"}
    assert fates(done, "project") == {"cc": "give back", "CostCenter": "remove"}
    assert fates(done, "rg-ai") == {"CostCenter": "give back"}
    assert done.told["enforcing"]
    assert list(place.azure.ledger.changes) == changes
    assert list(place.folder.iterdir()) == []


async def test_all_is_as_it_was(place: Place) -> None:
    """Nothing else is touched, a record tells what was there, and a second time there is nothing to do."""
    done = await place.take_back("--apply", "--record", "back.jsonl")
    again = await place.take_back("--apply", "--record", "again.jsonl")

    assert (done.code, done.errors) == (0, "")
    assert place.tags(HUB) == {"Team": "x"}
    assert place.tags(PROJECT) == {"Team": "y", "cc": "CC-2"}
    assert place.tags(GROUP) == {"CostCenter": "CC-0"}
    lines = place.record("back.jsonl")
    assert [line["result"] for line in lines] == ["announced", "done"] * 3
    assert {line["resource"].rpartition("/")[2]: (line["before"], line["after"]) for line in lines} == {
        "rg-ai": ({"CostCenter": "CC-1"}, {"CostCenter": "CC-0"}),
        "hub": (ADDED, dict.fromkeys(ADDED)),
        "project": ({"CostCenter": "CC-2", "cc": None}, {"CostCenter": None, "cc": "CC-2"}),
    }
    assert (again.code, again.told["taken_back"], again.told["counts"]["as_before"]) == (0, [], 5)
    assert not (place.folder / "again.jsonl").exists()


async def test_the_record_has_a_name_of_its_own(place: Place) -> None:
    """Where nobody names it, by the moment; and it says so."""
    done = await place.take_back("--apply")
    (file,) = place.folder.iterdir()

    assert (file.name.startswith("take-back-"), file.suffix, done.told["record"]) == (True, ".jsonl", file.name)


async def test_what_somebody_changed_or_wants_to_keep_stays(place: Place) -> None:
    """Also what may be theirs as well as ours; of that they are told, with 2."""
    place.put(HUB, {"Team": "x", "CostCenter": "CC-9", "Owner": "jane@contoso.example", "Perhaps": "us"})
    place.wrote(HUB, {"Perhaps": None}, {"Perhaps": "us"}, Result.INTERRUPTED)
    done = await place.take_back("--apply", "--keep", "owner", "--record", "back.jsonl")

    assert done.code == 2
    assert place.tags(HUB) == {"Team": "x", "CostCenter": "CC-9", "Owner": "jane@contoso.example", "Perhaps": "us"}
    assert place.tags(GROUP) == {"CostCenter": "CC-0"}
    assert fates(done, "hub") == {"CostCenter": "changed since", "Owner": "keep", "Perhaps": "not sure"}


async def test_what_refuses_does_not_keep_the_rest(place: Place) -> None:
    """A lock, and a resource that is gone: each is told, the others are taken back."""
    place.azure.state.put({"id": f"{HUB['id']}{LOCKS}/frozen", "properties": {"level": "ReadOnly"}})
    place.azure.state.remove(PROJECT["id"])
    done = await place.take_back("--apply", "--record", "back.jsonl")
    (refused,) = [one for one in done.told["taken_back"] if one["because"]]

    assert done.code == 2
    assert place.tags(HUB) == {"Team": "x", **ADDED}
    assert place.tags(GROUP) == {"CostCenter": "CC-0"}
    assert "409 ScopeLocked" in refused["because"]
    assert [one["resource"].rpartition("/")[2] for one in done.told["resources"] if one["gone"]] == ["project"]
    assert [line["result"] for line in place.record("back.jsonl")] == ["announced", "done", "announced", "failed"]


async def test_what_nobody_may_write(place: Place) -> None:
    """The permission is named; exit 2."""
    place.azure.directory.limit(place.azure.options.app_object_id, ("*/read",))
    done = await place.take_back("--apply", "--record", "back.jsonl", form="table")

    assert (done.code, done.output.count("as it was: not written")) == (2, 5)
    assert "Microsoft.Resources/tags/write" in done.output
    assert place.tags(HUB) == {"Team": "x", **ADDED}
    assert [line["result"] for line in place.record("back.jsonl")] == ["announced", "failed"] * 3


async def test_no_more_than_the_limit(place: Place) -> None:
    """Those that are left are told, with 2."""
    done = await place.take_back("--apply", "--limit", "1", "--record", "back.jsonl")

    assert (done.code, done.told["counts"]["written"], done.told["counts"]["to_write"]) == (2, 1, 2)
    assert (place.tags(GROUP), place.tags(HUB)) == ({"CostCenter": "CC-0"}, {"Team": "x", **ADDED})


async def test_a_record_that_cannot_be_written(place: Place) -> None:
    """Then nothing is written to Azure either."""
    done = await place.take_back("--apply", "--record", "/dev/null/back.jsonl")

    assert (done.code, done.output, len(done.errors.splitlines())) == (1, "", 1)
    assert "--record: /dev/null/back.jsonl cannot be written" in done.errors
    assert place.tags(HUB) == {"Team": "x", **ADDED}


@pytest.mark.parametrize(
    ("arguments", "signed_in", "says"),
    [
        (("--workspace", "00000000-0000-4000-8000-000000000000"), True, "could not be found"),
        (("--workspace", "mine"), True, "--workspace 'mine' is no GUID"),
        (("--keep", "CostCentre"), True, "no tag of that name was written; did you mean CostCenter?"),
        ((), False, "nobody is signed in to Azure here; sign in with az login, then try again"),
    ],
)
async def test_what_is_wrong_is_one_clear_line(
    place: Place, arguments: Sequence[str], says: str, *, signed_in: bool
) -> None:
    """Exit 1, and nothing is written."""
    done = await place.take_back(*arguments, "--apply", signed_in=signed_in)

    assert (done.code, done.output, len(done.errors.strip().splitlines())) == (1, "", 1)
    assert says in done.errors
    assert place.tags(HUB) == {"Team": "x", **ADDED}


async def test_a_workspace_that_tells_of_no_write(bare: Place) -> None:
    """There is nothing to do: 0."""
    done = await bare.take_back("--apply", form="table")

    assert (done.code, done.errors) == (0, "")
    assert done.output.startswith("0 writes of tags; workspace ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--rows", "/nowhere"), "/nowhere: no rows here; run make demo first, or give --workspace"),
        (("--apply",), "--apply needs --workspace GUID"),
        (("--record", "x.jsonl"), "--record keeps what --apply writes: give both"),
    ],
)
def test_what_makes_no_sense(arguments: Sequence[str], says: str) -> None:
    """One clear line with the way out."""
    done = run("take-back", *arguments)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert says in done.stderr


def test_without_azure(tmp_path: Path) -> None:
    """From the demo's rows, it says what would be taken back had nobody changed anything since."""
    step = Step("HW-TAG-001", rid(HUB), MergeTags(ADDED), dict.fromkeys(ADDED), ADDED, None, StepStatus.READY)
    keep(tmp_path / "rows", {ACTIONS: [action_row("run", "plan", Outcome(step, Result.DONE, NOW))]}, NOW)
    done = run("take-back", "--rows", tmp_path / "rows")

    assert (done.returncode, done.stderr) == (2, "")
    assert "Azure was not asked" in done.stdout
    assert "To take back: 2 tags of 1 resource" in done.stdout
    assert "--apply" not in done.stdout
