"""An idle shutdown that cannot work, as sweeps see it: they alone read who has which role on a workspace."""

from shared.images.identity import CONTRIBUTOR
from tests.builders import (
    GROUP,
    Document,
    diagnostics,
    hub,
    identified,
    instance,
    project,
    role_assignment,
)
from tests.rig import Rig

HUB = hub()
WORKS = identified(instance("ci-jane", of="project"), "principal-of-jane")
"""An instance with an idle shutdown and an identity of its own."""
FINDING = "HW-CMP-008 ci-jane"


def contributor(on: str) -> Document:
    """The role that lets the identity stop its instance."""
    return role_assignment(CONTRIBUTOR.id, "principal-of-jane", on=on)


async def test_a_sweep_finds_it_and_a_role_from_above_ends_it() -> None:
    """A role that was given on the resource group counts; on another group's it would not."""
    rig = Rig.of(HUB, diagnostics(), project(), WORKS, contributor(f"{GROUP}-of-others"))
    await rig.sweep(HUB)
    before = FINDING in await rig.open(HUB)
    rig.cloud.put(contributor(GROUP))
    await rig.event(WORKS)
    meanwhile = FINDING in await rig.open(HUB)
    await rig.sweep(HUB)

    assert (before, meanwhile, FINDING in await rig.open(HUB)) == (True, True, False)
    assert rig.cloud.writes == []


async def test_an_event_reads_no_roles() -> None:
    """It costs what it costs for an instance without an identity, and finds nothing that only a sweep can."""
    reads = []
    for one in (WORKS, instance("ci-jane", of="project")):
        rig = Rig.of(HUB, diagnostics(), project(), one)
        await rig.event(one)
        reads.append(rig.cloud.reads)
        assert FINDING not in await rig.open(HUB)

    assert reads[0] == reads[1]
