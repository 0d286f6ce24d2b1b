"""The report on images: what the sweeps have counted, as a page and as CSV, once a day."""

import logging

from shared.images.page import files
from shared.images.weeks import first_week
from shared.ports import World

log = logging.getLogger(__name__)


async def report_fleet(world: World, policy_version: str) -> None:
    """
    Publish the page and the CSV, and forget the weeks that neither shows any more; nothing where nothing is kept.

    Nothing of Azure is read for it but the app's own table. Told again it says the same: files with the same content
    are not written anew. Raises DependencyDown, Throttled, Forbidden or Rejected; what was published before stays.
    """
    if world.fleet is None or world.reports is None:
        log.info("images.unreported: there is no place for reports")
        return
    now = world.clock.now()
    first = first_week(now)
    rows = await world.fleet.weeks(first)
    await world.reports.publish(files(rows, policy_version, now))
    await world.fleet.forget(first)
    log.info("images.reported counts=%d weeks=%d", len(rows), len({row.week for row in rows}))
