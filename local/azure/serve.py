"""The stand-in as a process: `python -m local azure` runs this until it is told to stop."""

import asyncio
import gc
import json
import signal
import sys

from local.azure.documents import EstateError
from local.azure.events.handshake import HandshakeError
from local.azure.faults.plans import UnknownPlanError
from local.azure.monitor.tables import SchemaError
from local.azure.options import Options
from local.azure.stand_in import AzureStandIn, PortInUseError


async def serve(options: Options) -> int:
    """Serves until SIGINT or SIGTERM and returns the exit status; what cannot start is told in one line.

    When it listens it prints exactly one line of JSON to standard output: port, URL, authority and identity endpoint.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        async with AzureStandIn(options) as azure:
            gc.freeze()  # an estate of 100,000 documents stays: looking for garbage in it would stop the world for long
            print(json.dumps(ready_line(azure)), flush=True)
            await stop.wait()
            gc.unfreeze()
    except (PortInUseError, EstateError, SchemaError, HandshakeError, UnknownPlanError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def ready_line(azure: AzureStandIn) -> dict[str, object]:
    """What a parent process needs to know of a stand-in that listens."""
    return {
        "ready": True,
        "port": int(azure.url.rpartition(":")[2]),
        "url": azure.url,
        "ca_file": str(azure.ca_file),
        "environment": azure.identity_environment(),
        "resources": len(azure.state),
    }
