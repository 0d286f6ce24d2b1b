"""One certificate authority per test process; one stand-in with the small estate per test."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from azure.identity.aio import ManagedIdentityCredential

from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from tests.local.azure.client import Arm, session

ESTATE = Path(__file__).parent / "data" / "estate.json"

type StandIn = Callable[[Options], AbstractAsyncContextManager[Arm]]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def stand_in(certificates: Path) -> StandIn:
    """Starts a stand-in with the small estate and options of the test's own; yields Jane's way in."""

    @asynccontextmanager
    async def start(options: Options) -> AsyncIterator[Arm]:
        known = replace(options, certificates=certificates, estate=options.estate or ESTATE)
        async with AzureStandIn(known) as azure, session(azure) as opened:
            yield Arm(azure, opened)

    return start


@pytest.fixture
async def arm(stand_in: StandIn) -> AsyncIterator[Arm]:
    """Jane, speaking to a stand-in whose operations take 20 ms."""
    async with stand_in(Options(operation_seconds=0.02)) as started:
        yield started


@pytest.fixture
async def app_credential(arm: Arm, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ManagedIdentityCredential]:
    """The app's managed identity, found through its environment as in App Service."""
    for name, value in arm.azure.identity_environment().items():
        monkeypatch.setenv(name, value)
    async with ManagedIdentityCredential() as credential:
        yield credential
