"""A scripted Azure over TLS, and the ARM pipeline that speaks to it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web

from local.certificates import Certificates, ensure_certificates, trust
from shared.adapters.arm import Arm
from shared.adapters.cost_management import CostManagement
from tests.adapters.script import FixedCredential, Script
from tests.fakes import FakeClock


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority that every client of this process trusts."""
    made = ensure_certificates(tmp_path_factory.mktemp("authority"))
    trust(made.ca)
    return made


@pytest_asyncio.fixture
async def script(certificates: Certificates) -> AsyncIterator[Script]:
    """A server without answers yet."""
    script = Script()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", script.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificates.server_context()).start()
    script.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    yield script
    script.over.set()
    await runner.cleanup()


@pytest_asyncio.fixture
async def arm(script: Script) -> AsyncIterator[Arm]:
    """The ARM pipeline, speaking to the script."""
    own = Arm(FixedCredential(), script.url)
    yield own
    await own.close()


@pytest.fixture
def clock() -> FakeClock:
    """A clock on which every wait is over at once."""
    return FakeClock()


@pytest_asyncio.fixture
async def costs(script: Script, arm: Arm, clock: FakeClock) -> AsyncIterator[CostManagement]:
    """Cost Management, speaking to the script and waiting on the clock."""
    own = CostManagement(FixedCredential(), arm, script.url, clock=clock)
    yield own
    await own.close()
