"""
`images` as ops and platform engineers meet it: the fleet with the worst first, one compute with its way out, a page.

After an intended change of what it prints: `HUBWARDEN_GOLDEN=write pytest tests/local/test_images_command.py`, read the
diff, and look at it.
"""

import io
import json
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from local.images import one as details
from local.images.document import as_document, one_document
from local.images.fleet import Compute, Fleet
from local.images.page import html
from local.images.show import WIDE, show
from local.images.summary import summarize
from local.images.words import following
from local.tables import MOST_ROWS
from shared.images.tally import BANDS, MOST
from shared.images.way_out import TEMPLATE
from shared.model.compute_memory import ComputeMemory, Notice, Rung, TakenDown
from shared.model.errors import EstateInvalid
from shared.model.facts import Fact, Kind, Seen
from tests.builders import NOW, Document, endpoint, hub, instance, old_image, project, rid, workspace_id
from tests.images.sample import JANE, owned
from tests.local.fleets import BUSY, GAP, JANES, WARNED, documents, fleet_of, remembered
from tests.local.test_cli import run, saved

GOLDEN = Path(__file__).parent / "golden"
AT = "2026-03-01T09:00:00Z"


def golden(name: str, text: str) -> str:
    """What a golden file says; written first where the environment asks for it."""
    file = GOLDEN / name
    if os.environ.get("HUBWARDEN_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")


def written(fleet: Fleet, width: int = 160) -> str:
    """What a person reads."""
    return _written(lambda console: show(fleet, console), width)


def told(fleet: Fleet, name: str, file: Path | None = None) -> str:
    """What a person reads of one compute."""
    return _written(lambda console: details.show(named(fleet, name), fleet, console, file), 160)


def _written(print_to: Any, width: int) -> str:  # noqa: ANN401 - a function of a console
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_to(console)
    text = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def named(fleet: Fleet, name: str) -> Compute:
    """The compute of a name."""
    return next(one for one in fleet.computes if one.id.name == name)


@pytest.mark.parametrize("width", [80, 160])
def test_the_fleet_for_people(width: int) -> None:
    """Figures, what could not be judged, then each compute; in a narrow terminal as in a wide one."""
    text = written(fleet_of(), width)

    assert text == golden(f"images-{width}.txt", text)
    assert max(map(len, text.splitlines())) <= width


def test_the_fleet_for_programs() -> None:
    """The same with ids and moments; what nobody knows is null."""
    text = json.dumps(as_document(fleet_of()), indent=2) + "\n"

    assert text == golden("images.json", text)


def test_one_compute_for_people() -> None:
    """All that is known, what is the matter, and the way out with what survives and what is lost."""
    text = told(fleet_of(), "ci-old")

    assert text == golden("images-one.txt", text)


def test_one_compute_for_programs() -> None:
    """With its findings, and the way out as data."""
    fleet = fleet_of()
    found = one_document(named(fleet, "ci-jane"), fleet)

    assert json.loads(json.dumps(found)) == found
    assert found["compute"] == str(JANES)
    assert "HW-IMG-001" in {finding["rule"] for finding in found["findings"]}
    assert found["way_out"]["parameters"]["parameters"]["computeName"] == {"value": "ci-jane"}


def test_the_worst_come_first() -> None:
    """By severity, then by days behind; after those that fail whatever nobody can tell; the fresh and the rest last."""
    assert [one.id.name for one in fleet_of().computes] == [
        "ci-oldest",
        "ci-old",
        "ci-jane",
        "gpu",
        "ci-new",
        "ci-max",
        "ci-fresh",
        "cpu",
        "idle",
        "k8s",
    ]


_NONE = dict.fromkeys(BANDS, 0)


def test_the_figures() -> None:
    """Who is exempt counts as within, and so it is said; who cannot be judged counts nowhere."""
    summary = summarize(fleet_of())

    total = summary.total

    assert (total.instances, total.within, total.exempt, total.failing, total.undecided) == (6, 2, 1, 3, 1)
    assert total.share == 2 / 5
    assert dict(zip(BANDS, total.behind, strict=True)) == {**_NONE, "0-30": 4, "91-180": 1}
    assert dict(zip(BANDS, total.age, strict=True)) == {**_NONE, "0-30": 1, "31-60": 1, "over 180": 3}
    told_of = [(group.name, group.tally.instances, group.tally.failing) for group in summary.hubs]
    assert told_of == [("hub", 5, 2), ("lab", 1, 1)]
    assert [group.name for group in summary.owners] == ["jane@contoso.example", "nobody named"]
    assert (summary.clusters, summary.never_empty) == (3, 1)


@pytest.mark.parametrize(
    ("days", "band"),
    [
        *((0, "0-30"), (30, "0-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90")),
        *((91, "91-180"), (180, "91-180"), (181, "over 180")),
    ],
)
def test_days_fall_into_bands(days: int, band: str) -> None:
    """A day belongs to the band until it is over."""
    image = f"{NOW - timedelta(days=days, hours=9):%y.%m.%d}"
    fleet = fleet_of([project(), owned(of="project", osImageMetadata=old_image(image, image))], ())

    assert dict(zip(BANDS, summarize(fleet).total.age, strict=True))[band] == 1


def test_no_more_groups_than_anybody_reads() -> None:
    """The ten worst hubs."""
    hubs = [hub(f"hub-{number:02}") for number in range(MOST + 2)]
    instances = [owned(of=f"hub-{number:02}") for number in range(MOST + 2)]

    assert len(summarize(fleet_of([*hubs, *instances], ())).hubs) == MOST


def test_what_is_told_next_goes_by_what_was_told() -> None:
    """The app's memory has the date of a warning; without it the first notice would be told."""
    known = named(remembered({JANES: WARNED}), "ci-jane")

    assert following(named(fleet_of(), "ci-jane")) == "now: told of a newer image"
    assert following(known) == "2026-03-13: may be stopped"
    assert "told last  warned on 2026-02-26, with the date 2026-03-13" in told(remembered({JANES: WARNED}), "ci-jane")


@pytest.mark.parametrize(
    ("memory", "says"),
    [
        (ComputeMemory(Notice(Rung.STOPPED, "25.12.31", NOW, NOW)), "2026-05-15: escalated"),
        (ComputeMemory(Notice(Rung.ESCALATED, "25.12.31", NOW, NOW)), "nothing more"),
        (ComputeMemory(Notice(Rung.NOTIFIED, "25.12.31", NOW)), "2026-03-31: warned"),
        (ComputeMemory(Notice(Rung.NOTIFIED, "25.11.30", NOW)), "now: told of a newer image"),
    ],
)
def test_each_rung_says_what_follows(memory: ComputeMemory, says: str) -> None:
    """What was told of another image does not count."""
    assert following(named(remembered({JANES: memory}), "ci-jane")) == says


def test_a_warning_that_is_due_names_its_date() -> None:
    """The date that its owner would be told."""
    fleet = fleet_of([project(), owned(of="project", osImageMetadata=old_image("25.06.01", "25.10.01"))], ())

    assert following(fleet.computes[0]) == "now: warned, may be stopped from 2026-03-16"


def test_a_cluster_that_was_never_seen_empty() -> None:
    """By the app's memory; one that keeps nodes is told without it."""
    memory = ComputeMemory(at_zero=NOW - timedelta(days=40))
    fleet = remembered({BUSY: memory})

    assert {one.id.name for one in fleet.never_empty} == {"gpu", "cpu"}
    assert "at zero    2026-01-20 09:00 UTC" in told(fleet, "cpu")
    assert "1 cluster with nodes: since when is not known" in written(fleet_of())
    assert "since when is not known" not in written(fleet)


def test_an_instance_that_was_taken_down_says_so() -> None:
    """While it is being made anew."""
    memory = ComputeMemory(taken_down=TakenDown({}, "25.12.31", NOW))

    assert "taken down 2026-03-01 09:00 UTC, to be made anew" in told(remembered({JANES: memory}), "ci-jane")


def test_what_is_being_created_has_no_way_out_yet() -> None:
    """Nor an image, nor anything else."""
    assert "There is no way out yet: it is being created" in told(fleet_of(), "ci-new")


def test_what_has_no_image_says_so() -> None:
    """Somebody's own Kubernetes cluster."""
    assert "It has no image that ages here." in told(fleet_of(), "k8s")


def test_what_could_not_be_read_is_named() -> None:
    """A list of computes, a workspace and a compute; each with the permission that it takes."""
    shut = Fact(rid(workspace_id("shut")), Kind.WORKSPACE, seen=Seen.UNREADABLE, reason="403 from Azure")
    lost = Fact(JANES, Kind.COMPUTE, seen=Seen.UNREADABLE, reason="403 from Azure", permission="X/read")
    fleet = fleet_of([hub(), project(), _fresh()], (GAP,), (shut, lost))

    assert not fleet.quiet
    for line in (
        "each compute of far: 403 from Azure (needs Microsoft.X/computes/read)",
        "workspace shut: 403 from Azure",
        "compute project/ci-jane: 403 from Azure (needs X/read)",
    ):
        assert line in written(fleet)
        assert line.partition(": ")[2] in html(fleet).decode()


def test_a_quiet_fleet() -> None:
    """All recent, nothing unseen: one line of figures and the table."""
    fleet = fleet_of([hub(), project(), _fresh()], ())

    assert fleet.quiet
    assert written(fleet).startswith("instances 1: recent enough 1, too old 0; 100% within policy\n")


def test_no_compute_at_all() -> None:
    """It says so."""
    fleet = fleet_of([hub()], ())

    assert (fleet.quiet, "There is no compute." in written(fleet), "There is no compute." in html(fleet).decode()) == (
        True,
        True,
        True,
    )


def test_a_long_list_says_how_much_more_there_is() -> None:
    """A terminal shows as many as anybody reads, wide or narrow."""
    many = [owned(f"ci-{number:03}", of="project") for number in range(MOST_ROWS + 2)]
    fleet = fleet_of([project(), *many], ())

    for width in (WIDE - 1, WIDE):
        assert "and 2 more; --json shows all" in " ".join(written(fleet, width).split())


def test_names_that_look_like_markup() -> None:
    """They are printed as they are, and on the page they are text."""
    odd = hub(tags={"Owner": "[red]no[/red] <script>alert(1)</script>"})
    fleet = fleet_of([odd, owned()], ())
    page = html(fleet).decode()

    assert "[red]no[/red]" in written(fleet, 400)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page


def test_the_page_stands_by_itself() -> None:
    """It runs nothing and loads nothing, has its four charts, names each compute, and is the same each time."""
    page = html(fleet_of()).decode()

    assert html(fleet_of()).decode() == page
    assert page.count("<svg") == page.count("</svg>") == 4
    assert "default-src 'none'" in page
    assert not re.search(r"<script|javascript:|\bon\w+=|<link|<img|<iframe|@import|src=|url\(", page)
    assert set(re.findall(r"https?://[^\"'<\s]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    for one in fleet_of().computes:
        assert f"<bdi>{one.id.name}</bdi>" in page
    assert "What owners were told is not known from here" in page


def test_figures_on_the_page_are_whole_numbers() -> None:
    """It counts instances, and no half ones."""
    page = html(fleet_of()).decode()
    marks = re.findall(r">(\d[\d.,]*)</text>", page)

    assert marks
    assert all(mark.isdigit() for mark in marks)


def test_a_secret_in_a_document_is_told_nowhere() -> None:
    """Neither a script nor its arguments: not to people, not to programs, not in the parameter file."""
    secret = "hunter2-hunter2"
    scripts = {"creationScript": {"scriptSource": "inline", "scriptData": secret, "scriptArguments": secret}}
    fleet = fleet_of([project(), owned(of="project", setupScripts={"scripts": scripts})], ())
    shown = told(fleet, "ci-jane") + json.dumps(one_document(fleet.computes[0], fleet)) + html(fleet).decode()

    assert "creationScript" in shown
    assert secret not in shown + written(fleet)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("ci-jan", "no compute is called 'ci-jan'; did you mean ci-jane"),
        ("zzzzz", "no compute is called 'zzzzz'"),
        (f"{workspace_id('project')}/computes/ci-odl", "ci-odl'; did you mean ci-old"),
    ],
)
def test_an_unknown_compute(wanted: str, says: str) -> None:
    """By name or id; the nearest names are offered."""
    with pytest.raises(EstateInvalid) as error:
        details.choose(fleet_of(), wanted)

    assert says in str(error.value)


def test_a_name_that_two_have() -> None:
    """It is refused with both ids; the id of one is taken, in any case."""
    fleet = fleet_of([hub(), project(), owned(), owned(of="project")], ())

    with pytest.raises(EstateInvalid, match="2 computes are called 'CI-JANE'; give the id of one"):
        details.choose(fleet, "CI-JANE")
    assert details.choose(fleet, str(JANES).upper()).id == JANES


def _fresh() -> Document:
    return next(document for document in documents() if document["name"] == "ci-fresh")


def _old(tmp_path: Path) -> tuple[str | Path, ...]:
    """The command over an estate in a file, at a moment."""
    return "images", "--estate", saved(tmp_path / "estate.json", *documents()), "--now", AT


def test_the_command(tmp_path: Path) -> None:
    """2 where something is too old; the page and the figures say the same."""
    page = tmp_path / "pages" / "images.html"
    done = run(*_old(tmp_path), "--html", page)

    assert (done.returncode, done.stderr) == (2, "")
    assert "instances 6: recent enough 1, too old 4, not decided 1" in done.stdout
    assert f"wrote {page}" in done.stdout.replace("\n", "")
    assert page.read_bytes().startswith(b"<!DOCTYPE html>")


def test_the_command_for_programs(tmp_path: Path) -> None:
    """Nothing but JSON on standard output."""
    done = run(*_old(tmp_path), "--json")

    assert done.returncode == 2
    assert json.loads(done.stdout)["summary"]["instances"] == 6


def test_a_fleet_with_nothing_to_say(tmp_path: Path) -> None:
    """0."""
    done = run("images", "--estate", saved(tmp_path / "e.json", hub(), project(), _fresh()), "--now", AT)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_about_one(tmp_path: Path) -> None:
    """It writes a parameter file that fits the template, and names it in the command to type."""
    file = tmp_path / "ci.json"
    done = run(*_old(tmp_path), "--compute", "ci-jane", "--out", file)
    parameters = json.loads(file.read_text())["parameters"]
    template = json.loads((Path(__file__).resolve().parents[2] / TEMPLATE).read_text())

    assert (done.returncode, done.stderr) == (2, "")
    assert set(parameters) <= set(template["parameters"])
    assert parameters["computeName"] == {"value": "ci-jane"}
    assert JANE in json.dumps(parameters["properties"])
    assert f"--parameters @{file}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "images needs either --estate PATH or --subscription ID; see python -m local images --help"),
        (("--estate", "nowhere.json"), "nowhere.json: no such file or folder"),
        (("--subscription", "prod"), "--subscription 'prod' is no GUID"),
        (("--estate", "nowhere.json", "--subscription", "x"), "images needs either"),
        (("--estate", "nowhere.json", "--out", "x.json"), "--out writes the parameter file of one compute: name it"),
        (("--estate", "nowhere.json", "--compute", "x", "--html", "x.html"), "--html is a page about all computes"),
        (("--estate", "nowhere.json", "--now", "soon"), "--now 'soon' is no ISO 8601 moment"),
        (("--estate", "nowhere.json", "--policy", "nowhere"), "nowhere"),
    ],
)
def test_what_makes_no_sense(arguments: tuple[str, ...], says: str) -> None:
    """One clear line with the way out, and exit 1."""
    done = run("images", *arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert done.stderr.startswith("hubwarden: ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--compute", "ci-jayne"), "no compute is called 'ci-jayne'; did you mean ci-jane"),
        (("--compute", "gpu", "--out", "x.json"), "there is no parameter file for gpu; a cluster is not made anew"),
        (("--compute", "ci-new", "--out", "x.json"), "no parameter file for ci-new; it is being created"),
        (("--compute", "ci-jane", "--out", "no/such/folder/x.json"), "cannot be written (No such file or directory)"),
        (("--html", "/dev/null/page.html"), "--html: /dev/null/page.html cannot be written"),
    ],
)
def test_what_cannot_be_done(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    """One clear line, exit 1, and nothing is half done."""
    done = run(*_old(tmp_path), *arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr


def test_documents_that_are_none(tmp_path: Path) -> None:
    """The file and what is the matter with it."""
    file = tmp_path / "odd.json"
    file.write_text('{"value": [{"name": "ci-jane"}]}')
    done = run("images", "--estate", file)

    assert done.returncode == 1
    assert "odd.json, document 0: has no 'id'" in done.stderr


def test_help() -> None:
    """It says what each option does, how it ends, and gives commands to copy."""
    done = run("images", "--help")

    assert done.returncode == 0
    for words in ("--compute", "--table", "--html", "Exit 0", "--out", "docs/images.md"):
        assert words in done.stdout


def test_odd_documents_do_no_harm() -> None:
    """Whatever Azure, or a file, leaves out: it is listed, and nothing is made up."""
    bare = instance("ci-bare", of="project")
    bare["properties"] = None
    typed = {**instance("ci-typed", of="project"), "properties": {"computeType": 7, "properties": "none"}}
    fleet = fleet_of([project(), bare, typed], ())

    assert [one.id.name for one in fleet.computes] == ["ci-bare", "ci-typed"]
    assert "unknown" in written(fleet)
    assert html(fleet)


def test_an_endpoint_needs_nothing(tmp_path: Path) -> None:
    """By its id: who gives it a new image. Exit 0, unless it runs on a cluster that somebody must look after."""
    own = {**endpoint("own"), "kind": "K8S"}
    estate = saved(tmp_path / "estate.json", hub(), project(), endpoint(), own)
    done = run("images", "--estate", estate, "--compute", endpoint()["id"], "--now", AT)
    other = run("images", "--estate", estate, "--compute", own["id"], "--json", "--now", AT)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing to do: Microsoft gives managed endpoints a new image at least once a month." in done.stdout
    assert other.returncode == 2
    assert "Kubernetes" in json.loads(other.stdout)["way_out"]["steps"][0]


@pytest.mark.parametrize(
    ("more", "says"),
    [(("--compute", endpoint("gone")["id"]), "there is no endpoint"), (("--out", "p.json"), "score is none")],
)
def test_what_cannot_be_said_of_an_endpoint(tmp_path: Path, more: tuple[str, ...], says: str) -> None:
    """One that is not there, and a parameter file: one line, exit 1."""
    estate = saved(tmp_path / "estate.json", hub(), project(), endpoint())
    done = run("images", "--estate", estate, "--compute", endpoint()["id"], *more)

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert says in done.stderr


def test_workspaces_without_a_hub_in_files(tmp_path: Path) -> None:
    """A plain workspace, and a project whose hub no file holds: their instances are in the fleet."""
    plain, lone = {**hub("plain"), "kind": "Default"}, project("lone", of="far")
    places = [instance("ci-plain", of="plain"), instance("ci-lone", of="lone")]
    done = run("images", "--estate", saved(tmp_path / "e.json", plain, lone, *places), "--json", "--now", AT)

    assert {
        one["compute"].rpartition("/")[2]: one["hub"].rpartition("/")[2] for one in json.loads(done.stdout)["computes"]
    } == {
        "ci-plain": "plain",
        "ci-lone": "far",
    }
