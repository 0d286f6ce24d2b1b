"""The key soak: a short one as a user runs it, and that its clients would notice a key that died under them."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from random import Random

import aiohttp
import pytest_asyncio

from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.certificates import trust
from local.soak.clients import KEEPS, Client, Clients
from local.soak.estate import accounts, connect, fill

REPOSITORY = Path(__file__).resolve().parents[2]
KINDS = 3


def soak(*options: str) -> subprocess.CompletedProcess[str]:
    """`python -m local.soak keys …` in the repository."""
    command = [sys.executable, "-m", "local.soak", "keys", *options]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603 - our own Python


def test_a_short_soak() -> None:
    """Every part of it runs, and it says what came of it; no key is due yet, so none is missed."""
    done = soak("--days", "2", "--accounts", "3", "--connections", "6")

    assert (done.returncode, done.stderr) == (0, "")
    assert "passes=8 " in done.stdout
    assert " refused=0\n" in done.stdout
    assert done.stdout.endswith("soak: ok\n")


def test_faults_that_are_none() -> None:
    """They are named, with those that there are."""
    done = soak("--faults", "hail")

    assert (done.returncode, done.stdout) == (2, "")
    assert "no faults are called 'hail'" in done.stderr


@dataclass(frozen=True)
class House:
    """A stand-in with one account of each kind and a client of each, which has called once."""

    azure: AzureStandIn
    clients: Clients


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    """Every client keeps the first key."""
    async with AzureStandIn(Options()) as azure, aiohttp.ClientSession() as session:
        trust(azure.ca_file)
        azure.clock.freeze()
        found, chance = accounts(KINDS), Random(1)  # noqa: S311 - the same each time
        workspace, *_ = fill(azure.cloud, found, 1, azure.clock.now(), chance)
        kept = [Client(connect(azure.cloud, workspace, one.id.name, one, 1), one) for one in found]
        clients = Clients(azure, session, chance, kept)
        await clients.round()
        yield House(azure, clients)


async def test_living_keys_are_taken(house: House) -> None:
    """By each of the three services."""
    assert (house.clients.calls, house.clients.refusals) == (KINDS, [])


async def test_a_client_whose_key_dies_is_refused(house: House) -> None:
    """By each of the three services; so a rotation that cuts one off cannot pass."""
    for client in house.clients.clients:
        house.azure.keys.regenerate(client.account.id.text, 1)
    await house.clients.round()

    assert {one.connection for one in house.clients.refusals} == {one.connection for one in house.clients.clients}
    assert {one.status for one in house.clients.refusals} <= {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


async def test_a_client_goes_on_with_the_key_it_has_read(house: House) -> None:
    """For as long as SDKs do: one that read its connection at each call would never show a grace that is too short."""
    for client in house.clients.clients:
        fresh = house.azure.keys.regenerate(client.account.id.text, 1)
        house.azure.state.secrets[client.connection.key] = {"key": fresh.first.value}
    await house.clients.round()
    refused = len(house.clients.refusals)
    house.azure.clock.advance(KEEPS.total_seconds())
    await house.clients.round()

    assert refused == len(house.clients.refusals) == KINDS
