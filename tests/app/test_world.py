"""What is wired to which port, by what the settings say."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from shared.adapters.directory import MicrosoftGraph
from shared.adapters.release_calendar import TableReleaseCalendar
from shared.settings import Settings
from shared.world import azure_world
from tests.app.test_receiving import SETTINGS


@pytest.mark.parametrize(
    ("endpoint", "looked_up"), [({}, False), ({"HUBWARDEN_DIRECTORY_ENDPOINT": "https://graph.microsoft.com"}, True)]
)
async def test_people_are_looked_up_where_the_settings_say_so(endpoint: dict[str, str], *, looked_up: bool) -> None:
    """And nowhere else; images have a calendar in any case."""
    async with AsyncExitStack() as closers:
        world = azure_world(Settings.read({**SETTINGS, **endpoint}, Path()), closers)

    assert isinstance(world.directory, MicrosoftGraph) is looked_up
    assert isinstance(world.releases, TableReleaseCalendar)
