"""Operating system images: a calendar per region, read through instances as the clock moves."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from local.azure.images import GAP_DAYS, latest_image, next_image
from tests.local.azure.client import HUB, INSTANCE, Arm

MADE = f"{HUB}/computes/ci-new"
BODY = {"properties": {"computeType": "ComputeInstance", "properties": {"vmSize": "Standard_DS3_v2"}}}


def until_next_image(arm: Arm) -> float:
    """Seconds until the next image reaches the region of the small estate."""
    now = arm.azure.clock.now()
    return (next_image("eastus2", now).released - now).total_seconds() + 1


async def image(arm: Arm, path: str = MADE) -> dict[str, object]:
    metadata: dict[str, object] = (await arm.ok("GET", path))["properties"]["properties"]["osImageMetadata"]
    return metadata


def test_the_calendar_agrees_with_the_recorded_instance() -> None:
    """On 2024-07-24 the latest image in eastus was 24.06.10."""
    assert latest_image("eastus", datetime(2024, 7, 24, tzinfo=UTC)).version == "24.06.10"


@pytest.mark.parametrize("region", ["eastus", "westeurope", "swedencentral"])
def test_gaps_between_images_are_uneven_and_the_same_in_all_regions(region: str) -> None:
    """14 to 138 days, as in the release notes; a region differs only in how late it is."""
    moment, images = datetime(2024, 1, 1, tzinfo=UTC), []
    for _ in range(len(GAP_DAYS) + 1):
        images.append(next_image(region, moment))
        moment = images[-1].released
    gaps = [(later.released - earlier.released).days for earlier, later in pairwise(images)]
    assert gaps == [138, 30, 56, 33, 49, 14]
    assert timedelta() <= images[0].released - datetime(2024, 2, 16, tzinfo=UTC) < timedelta(days=7)
    assert sorted(image.version for image in images) == [image.version for image in images]


async def test_a_new_instance_has_the_latest_image_until_the_next_is_released(arm: Arm) -> None:
    """The flag flips when the clock passes a release; nothing is written and no event tells of it."""
    await arm.done(await arm("PUT", MADE, BODY))
    fresh, raised, changed = await image(arm), len(arm.azure.events.raised), len(arm.azure.ledger.changes)
    arm.azure.clock.advance(until_next_image(arm))
    aged = await image(arm)
    assert (fresh["isLatestOsImageVersion"], aged["isLatestOsImageVersion"]) == (True, False)
    assert fresh["currentImageVersion"] == aged["currentImageVersion"] == fresh["latestImageVersion"]
    assert str(aged["latestImageVersion"]) > str(fresh["latestImageVersion"])
    assert (len(arm.azure.events.raised), len(arm.azure.ledger.changes)) == (raised, changed)


async def test_a_loaded_instance_says_what_it_was_loaded_with_until_an_image_is_released(arm: Arm) -> None:
    """Recorded payloads come back unchanged; the list ages as the single instance does."""
    loaded = await image(arm, INSTANCE)
    arm.azure.clock.advance(until_next_image(arm))
    listed = (await arm.ok("GET", f"{HUB}/computes"))["value"]
    metadata = next(one for one in listed if one["name"] == "ci-jane")["properties"]["properties"]["osImageMetadata"]
    assert (loaded["currentImageVersion"], loaded["latestImageVersion"]) == ("24.06.10", "24.08.01")
    assert metadata["currentImageVersion"] == "24.06.10"
    assert metadata["latestImageVersion"] == latest_image("eastus2", arm.azure.clock.now()).version


async def test_restart_keeps_the_image_and_recreation_brings_the_latest(arm: Arm) -> None:
    """Only delete and PUT cure an old image."""
    await arm.done(await arm("PUT", MADE, BODY))
    arm.azure.clock.advance(until_next_image(arm))
    await arm.done(await arm("POST", f"{MADE}/restart"))
    restarted = await image(arm)
    await arm.done(await arm("DELETE", MADE, query={"underlyingResourceAction": "Delete"}))
    await arm.done(await arm("PUT", MADE, BODY))
    assert [restarted["isLatestOsImageVersion"], (await image(arm))["isLatestOsImageVersion"]] == [False, True]


async def test_patches_wait_for_a_restart(arm: Arm) -> None:
    """With `enableOSPatching` a release leaves `rebootPending`, which a restart clears; the image stays old."""
    inner = {"vmSize": "Standard_DS3_v2", "enableOSPatching": True}
    await arm.done(await arm("PUT", MADE, {"properties": {"computeType": "ComputeInstance", "properties": inner}}))
    states = [await image(arm)]
    arm.azure.clock.advance(until_next_image(arm))
    states.append(await image(arm))
    await arm.done(await arm("POST", f"{MADE}/restart"))
    states.append(await image(arm))
    pending = [
        state["osPatchingStatus"]["rebootPending"] for state in states if isinstance(state["osPatchingStatus"], dict)
    ]
    assert pending == [False, True, False]
    assert states[-1]["isLatestOsImageVersion"] is False


async def test_an_instance_without_patching_has_no_patching_status(arm: Arm) -> None:
    """`osPatchingStatus` is null, as recorded."""
    await arm.done(await arm("PUT", MADE, BODY))
    assert (await image(arm))["osPatchingStatus"] is None
