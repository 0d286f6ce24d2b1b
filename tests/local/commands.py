"""A command as a process of its own, with Azure's stand-in in Azure's place."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.azure.stand_in import AzureStandIn

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    output: str = field(repr=False)
    errors: str

    @property
    def told(self) -> Any:  # noqa: ANN401 - JSON
        """What it printed, where that is JSON."""
        return json.loads(self.output)


def signed_in(azure: AzureStandIn) -> dict[str, str]:
    """The environment of somebody whose machine has an identity, which is how nobody need sign in here."""
    return {**azure.identity_environment(), "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"}


def signed_out(azure: AzureStandIn) -> dict[str, str]:
    """That of somebody who has not signed in."""
    return {"SSL_CERT_FILE": str(azure.ca_file), "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential"}


async def command(
    azure: AzureStandIn,
    *arguments: str,
    person: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    folder: Path = REPOSITORY,
) -> Done:
    """Run `python -m local` with these arguments, as somebody who is signed in unless `person` is another."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
        **(signed_in(azure) if person is None else person),
        "HUBWARDEN_ARM_ENDPOINT": azure.url,
        "PYTHONPATH": str(REPOSITORY),
        **(variables or {}),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "local", *arguments),
        cwd=folder,
        env=environment,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await process.communicate()
    return Done(process.returncode or 0, output.decode(), errors.decode())
