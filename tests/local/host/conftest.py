"""One Azurite per test process; hosts keep apart by a queue prefix of their own."""

from collections.abc import AsyncIterator

import pytest_asyncio

from local.azurite import Azurite


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def storage() -> AsyncIterator[str]:
    """Azurite's connection string."""
    async with Azurite() as azurite:
        yield azurite.connection_string
