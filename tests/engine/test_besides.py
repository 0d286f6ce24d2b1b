"""What is asked besides the documents: the calendar of images, and who is still there."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import override

import pytest

from shared.images.releases import Releases
from shared.model.compute_memory import ComputeMemory
from shared.model.errors import DependencyDown, Forbidden, HubwardenError, Throttled
from shared.model.finding import Verdict
from tests.builders import connection, rid
from tests.engine.season import AGE, ANCIENT, IDLE, NODES
from tests.fakes import FakeDirectory, FakeReleases
from tests.images.sample import JANE
from tests.images_rig import HUB, ImagesRig

PLAIN = connection()
PEOPLE = "HW-CMP-005"


@dataclass
class CountingReleases(FakeReleases):
    """A calendar that counts who asks."""

    asked: int = 0

    @override
    async def known(self) -> Releases:
        self.asked += 1
        return await super().known()


@dataclass
class CountingDirectory(FakeDirectory):
    """A directory that keeps whom it was asked about."""

    asked: list[list[str]] = field(default_factory=list)

    @override
    async def missing(self, people: Collection[str]) -> frozenset[str]:
        self.asked.append(sorted(people))
        return await super().missing(people)


async def test_who_is_asked_when() -> None:
    """The calendar once a run in which there are computes, people once a sweep; without computes neither."""
    releases, directory = CountingReleases(), CountingDirectory({JANE})
    rig = ImagesRig.with_fleet(IDLE, NODES, PLAIN, releases=releases, directory=directory)
    asked = []
    for about in (HUB, PLAIN, IDLE):
        await rig.event(about)
        asked.append((releases.asked, len(directory.asked)))
    await rig.sweep(HUB)
    empty = ImagesRig.with_fleet(
        PLAIN, releases=(idle := CountingReleases()), directory=(nobody := CountingDirectory())
    )
    await empty.sweep(HUB)

    assert asked == [(0, 0), (0, 0), (1, 0)]
    assert (releases.asked, directory.asked) == (2, [[JANE]])
    assert (idle.asked, nobody.asked) == (0, [])


@pytest.mark.parametrize("trouble", [Forbidden("403", "User.Read.All"), Throttled("429"), DependencyDown("503")])
async def test_without_the_directory_a_sweep_goes_on(trouble: HubwardenError, caplog: pytest.LogCaptureFixture) -> None:
    """It judges all that it can, says that nobody knows who is there, and what was open on somebody stays."""
    rig = ImagesRig.with_fleet(IDLE, directory=FakeDirectory(set(), trouble))
    await rig.sweep(HUB)

    assert len(rig.runs) == 1
    assert f"people.unknown people=1: {trouble}" in caplog.text


async def test_a_preview_needs_none_of_it() -> None:
    """Neither calendar, directory nor memory: only of people it says nothing. With them it keeps and tells nothing."""
    rig = ImagesRig.with_fleet(ANCIENT)
    world = replace(rig.world, releases=None, directory=None)
    bare, whole = await rig.worker(world).preview([rid(HUB)]), await rig.reconciler.preview([rid(HUB)])

    assert AGE in {finding.rule for finding in bare.findings if finding.verdict is Verdict.FAIL}
    assert bare.findings == tuple(finding for finding in whole.findings if finding.rule != PEOPLE)
    assert (rig.releases.kept, rig.notices, await rig.memory(ANCIENT)) == ({}, [], ComputeMemory())
