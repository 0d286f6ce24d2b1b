"""What several tests of the engine look back on."""

import asyncio

import pytest

from tests.engine.season import lived
from tests.images_rig import ImagesRig


@pytest.fixture(scope="session")
def season() -> ImagesRig:
    """A fleet after a hundred and twenty days; to be looked at, and not to be changed."""
    return asyncio.run(lived())
