"""When Azure ML publishes operating system images for compute instances, and what each version is called.

The calendar is a function of region and time, so images age when the stand-in's clock moves and nothing tells of it: no
event, no change of a resource. The gaps are those of the release notes of 2024, repeated, unless somebody wants others
(`Options.image_gap_days`); a version names the day the
image was built, as recorded: `24.06.10` was the latest from the release of 2024-07-03 on.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import NamedTuple
from zlib import crc32

FIRST = datetime(2024, 2, 16, tzinfo=UTC)
GAP_DAYS = (138, 30, 56, 33, 49, 14)
BUILD_LEAD = timedelta(days=23)
ROLLOUT_DAYS = 7


class Image(NamedTuple):
    """One image: when a region got it, and its version, `YY.MM.DD`."""

    released: datetime
    version: str


BEFORE_ALL = Image(datetime(2024, 1, 24, tzinfo=UTC), "24.01.01")


def latest_image(region: str, moment: datetime, gaps: Sequence[int] = GAP_DAYS) -> Image:
    """The image a new instance gets in this region at this time."""
    return max((image for image in _releases(region, moment, gaps) if image.released <= moment), default=BEFORE_ALL)


def newer_image(region: str, since: datetime, moment: datetime, gaps: Sequence[int] = GAP_DAYS) -> Image | None:
    """The newest image released in this region after `since`, or None when none was."""
    latest = latest_image(region, moment, gaps)
    return latest if latest.released > since else None


def next_image(region: str, moment: datetime, gaps: Sequence[int] = GAP_DAYS) -> Image:
    """The image that reaches this region next."""
    return next(image for image in _releases(region, None, gaps) if image.released > moment)


def _releases(region: str, until: datetime | None, gaps: Sequence[int]) -> Iterator[Image]:
    """All releases in order; a region gets each up to a week late, always by the same number of days."""
    late = timedelta(days=crc32(region.casefold().encode()) % ROLLOUT_DAYS)
    published = FIRST
    for gap in cycle(gaps):
        if until is not None and published > until:
            return
        yield Image(published + late, f"{published - BUILD_LEAD:%y.%m.%d}")
        published += timedelta(days=gap)
