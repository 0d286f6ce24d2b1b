"""Instances whose date has come, and what a test asks of them once they were made anew."""

from datetime import timedelta
from typing import Any, Final

from shared.images.definition import capture
from shared.model.facts import Fact, Json
from shared.policy.policy import Policy
from shared.ports import HubUpdate
from tests.builders import NOW, Document, rid
from tests.images.sample import warned
from tests.images_rig import HUB, REGION, ImagesRig, aged, stopped, touching

ANEW: Final = "HW-IMG-004"
OLD: Final = "25.06.01"
JANE: Final = stopped(image=OLD)
BOTH: Final = ["delete-instance", "create-instance"]


async def overdue(*documents: Document, **settings: Any) -> ImagesRig:  # noqa: ANN401 - as `ImagesRig`
    """Instances whose date has come, by default Jane's alone."""
    rig = ImagesRig.with_fleet(*(documents or (JANE,)), **settings)
    known = {rid(one): warned(NOW - timedelta(days=1), image=OLD) for one in documents or (JANE,)}
    await rig.store.save(rid(HUB), HubUpdate(computes=known))
    return rig


async def taken_down(**settings: Any) -> ImagesRig:  # noqa: ANN401 - as `ImagesRig`
    """Jane's instance is gone, and nobody has looked since."""
    rig = await overdue(**settings)
    await rig.sweep(HUB)
    assert rid(JANE) not in rig.cloud.world
    return rig


def definition(rig: ImagesRig, about: Document = JANE) -> Json:
    """What makes an instance that is there now."""
    return capture(Fact.of(rig.document(about))).document


def is_anew(rig: ImagesRig, about: Document = JANE) -> bool:
    """Whether it is there, as it was, made by us once, with the newest image."""
    image = rig.document(about)["properties"]["properties"]["osImageMetadata"]["currentImageVersion"]
    same = definition(rig, about) == capture(Fact.of(about)).document
    return (image, same, rig.watched.made.count(rid(about))) == (rig.cloud.images[REGION], True, 1)


def verbs(rig: ImagesRig) -> list[str]:
    """What was written, in order."""
    return [step.action.verb for step in rig.cloud.writes]


async def remembers(rig: ImagesRig, about: Document = JANE) -> bool:
    """Whether its definition is kept."""
    return (await rig.memory(about)).taken_down is not None


def withdrawn() -> Policy:
    """A policy that lets nobody make anything any more."""
    return touching(auto_approve="")


def theirs(rig: ImagesRig) -> Document:
    """What somebody else makes under its name, now."""
    document = aged(vmSize="STANDARD_NC6", state="Running")
    document["properties"]["createdOn"] = rig.clock.now().isoformat()
    return document
