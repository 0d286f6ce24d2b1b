"""What a notice brings its owner, and whom it is addressed to."""

import json
import shlex

import pytest

from shared.adapters.plain_json import text_of
from shared.images.definition import capture
from shared.images.way_out import LONGEST
from shared.model.facts import Fact
from shared.model.tables import IMAGES
from tests.builders import Document, diagnostics, hub, project, rid
from tests.engine.season import AGE, FORGOTTEN
from tests.fakes import FakeDirectory
from tests.images.sample import JANE
from tests.images.test_definition import BODY, rich
from tests.images_rig import HUB, ImagesRig, forgotten, stopping

EVENT_GRID, FIELD, QUEUE = 64_000, 64_000, 48_000
"""Bytes of an event that count as one, of a column of a row, and of an event that a storage queue takes."""
ANCIENT = forgotten("ci-old", image="25.06.01", made=270)
OPS, BOSS = "ai-platform@contoso.example", "ciso@contoso.example"


def full() -> Document:
    """An instance with all the settings there are, on an ancient image."""
    document = rich()
    document["properties"]["properties"]["osImageMetadata"] = ANCIENT["properties"]["properties"]["osImageMetadata"]
    return document


async def told(document: Document) -> ImagesRig:
    """Its owner is warned on the first day; then another sweep comes."""
    rig = ImagesRig.with_fleet(document, policy=stopping(parameters={}))
    await rig.sweep(HUB)
    rig.clock.advance(hours=6)
    await rig.sweep(HUB)
    return rig


@pytest.mark.parametrize("document", [ANCIENT, full()], ids=["ordinary", "with all there is"])
async def test_a_notice_brings_the_commands_and_the_parameter_file(document: Document) -> None:
    """Exactly: in the event and in the row, and whoever deploys it makes the instance as it was."""
    rig = await told(document)
    (alert,) = rig.notices
    noticed, later = rig.rows(IMAGES, Compute=rid(document).key)
    way = alert.data["WayOut"]
    made = {name: given["value"] for name, given in way["Parameters"]["parameters"].items()}
    definition = capture(Fact.of(document)).document

    assert way == noticed["WayOut"]
    assert [shlex.split(command)[:4] for command in way["Commands"]] == [
        ["az", "ml", "compute", "delete"],
        ["az", "ml", "compute", "create"],
    ]
    assert (made["computeName"], made["properties"]) == (document["name"], definition["properties"])
    assert f"@{document['name']}.parameters.json" in way["Deploy"]
    assert way.keys() - later["WayOut"].keys() == {"Commands", "NoOption", "Deploy", "Parameters"}
    assert BODY not in text_of(alert.data)


@pytest.mark.parametrize("document", [ANCIENT, full()], ids=["ordinary", "with all there is"])
async def test_what_a_notice_weighs(document: Document) -> None:
    """Far below what a column, an event or a queue takes; a row without a notice costs no more than it did."""
    rig = await told(document)
    (alert,), rows = rig.notices, rig.rows(IMAGES, Compute=rid(document).key)
    event, noticed, later = (len(text_of(each)) for each in (alert.data, *rows))

    assert 2_000 < event < 8_000
    assert 2_000 < noticed < 8_000
    assert later < 2_500


async def test_what_would_be_too_long_says_where_to_get_it() -> None:
    """Fifty tags as long as Azure lets them be: the steps are told, and the command that has all the rest."""
    tags = {f"{number:02}{'n' * 500}": "v" * 256 for number in range(50)}
    rig = await told({**ANCIENT, "tags": tags})
    (alert,), row = rig.notices, rig.rows(IMAGES)[0]
    (ask,) = (alert.data["WayOut"].pop("TooLong"),)

    assert alert.data["WayOut"].keys() == {"Steps", "Survives", "Lost", "CarryOver"}
    assert shlex.split(ask)[:4] == ["python", "-m", "local", "images"]
    assert shlex.split(ask)[-4:] == ["--compute", "ci-old", "--out", "ci-old.parameters.json"]
    assert max(len(text_of(each)) for each in (alert.data, row)) < min(EVENT_GRID, FIELD, QUEUE)


async def test_just_short_enough_still_fits_everywhere() -> None:
    """With tags of nearly the most that goes into a notice."""
    tags = {f"{number:02}{'n' * 300}": "v" * 256 for number in range(22)}
    rig = await told({**ANCIENT, "tags": tags})
    (alert,), row = rig.notices, rig.rows(IMAGES)[0]

    assert LONGEST * 0.8 < len(json.dumps(alert.data["WayOut"])) <= LONGEST
    assert max(len(text_of(each)) for each in (alert.data, row)) < min(EVENT_GRID, FIELD, QUEUE)


async def test_a_finding_says_where_its_way_out_is() -> None:
    """Who reads only that finds the commands: in the last notice, or by a command of its own."""
    rig = await told(ANCIENT)
    message = rig.findings(Rule=AGE)[-1]["Message"]

    assert "WayOut of its last notice in HubwardenImages_CL" in message
    assert f"--subscription {rid(HUB).subscription} --compute ci-old`" in message


async def escalated(*documents: Document, **settings: object) -> dict[str, list[str]]:
    """To whom each step of the ladder goes, where policy names two people above."""
    above = stopping(parameters={AGE: {"escalate_to": (OPS, BOSS)}})
    rig = ImagesRig.of(*documents, diagnostics(), policy=above, **settings)
    await rig.live(95)
    return {alert.data["Notice"]: alert.data["To"] for alert in rig.notices}


async def test_an_escalation_goes_to_whom_policy_names() -> None:
    """Besides those who were told before; and nothing else goes there."""
    to = await escalated(HUB, FORGOTTEN)
    owners = [JANE, "jane@contoso.example"]

    assert to == {
        **dict.fromkeys(["notified", "reminded", "warned", "stopped"], owners),
        "escalated": [*owners, OPS, BOSS],
    }


async def test_what_would_go_to_nobody_goes_there_too() -> None:
    """Whoever worked on it has left, and no tag names an owner."""
    to = await escalated(hub(tags=None), FORGOTTEN, directory=FakeDirectory(set()))

    assert list(to) == ["notified", "reminded", "warned", "stopped", "escalated"]
    assert list(to.values()) == [[OPS, BOSS]] * 5


async def test_without_such_an_address_it_goes_to_nobody() -> None:
    """It is told all the same, in a row and an event that name nobody."""
    rig = ImagesRig.of(hub(tags=None), diagnostics(), ANCIENT, policy=stopping(), directory=FakeDirectory(set()))
    await rig.sweep(HUB)

    assert [alert.data["To"] for alert in rig.notices] == [[]]


async def test_where_nobody_can_tell_who_left_the_person_is_told() -> None:
    """Without a directory, and in an event, which asks none."""
    rig = ImagesRig.of(HUB, diagnostics(), ANCIENT, policy=stopping(), directory=None)
    await rig.sweep(HUB)
    other = ImagesRig.of(HUB, diagnostics(), ANCIENT, policy=stopping(), directory=FakeDirectory(set()))
    await other.event(ANCIENT)

    assert [alert.data["To"][0] for alert in (*rig.notices, *other.notices)] == [JANE, JANE]


async def test_the_nearest_owner_is_told_where_the_hub_names_none() -> None:
    """The project's, whose instance it is."""
    inside = forgotten("ci-old", image="25.06.01", made=270, of="project")
    rig = ImagesRig.of(
        hub(tags=None), project(tags={"Owner": "ana@contoso.example"}), diagnostics(), inside, policy=stopping()
    )
    await rig.sweep(HUB)

    assert [alert.data["To"] for alert in rig.notices] == [[JANE, "ana@contoso.example"]]


async def test_one_who_is_addressed_twice_is_told_once() -> None:
    """The owner of the hub is also who answers for all."""
    above = stopping(parameters={AGE: {"escalate_to": ("jane@contoso.example",)}})
    rig = ImagesRig.with_fleet(FORGOTTEN, policy=above)
    await rig.live(95)

    assert rig.notices[-1].data["To"] == [JANE, "jane@contoso.example"]
