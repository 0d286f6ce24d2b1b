"""One endpoint: it has no image that anybody here could renew, and this says who does."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from local.plan import load_estate
from local.wording import because
from shared.images.way_out import way_out
from shared.model.errors import EstateInvalid
from shared.model.facts import Fact, Kind, Seen, kind_of
from shared.model.resource_id import ResourceId


def endpoint_named(wanted: str) -> ResourceId | None:
    """The endpoint whose ARM id somebody gave; None for what names something else, as a name alone does."""
    found = ResourceId.find(wanted)
    return found if found is not None and kind_of(found) is Kind.ENDPOINT else None


def from_files(source: Path, endpoint: ResourceId) -> Fact:
    """The endpoint in documents. Raises EstateInvalid where it is in none."""
    return _there(load_estate(source).find(endpoint), endpoint)


def from_azure(endpoint: ResourceId) -> Fact:
    """The endpoint as it is now: one read. Raises HubwardenError where it cannot be read."""
    return asyncio.run(_from_azure(endpoint))


async def _from_azure(endpoint: ResourceId) -> Fact:
    from local.live import signed_in  # noqa: PLC0415 - the SDKs take longer to import than documents to read

    async with signed_in() as cloud:
        return _there(await cloud.inventory([endpoint.subscription]).get(endpoint), endpoint)


def tell(fact: Fact, *, as_json: bool, console: Callable[[], Console]) -> None:
    """Print what is to be done about its image, for people or as JSON."""
    out = way_out(fact)
    steps = out.steps if out is not None else ()
    if as_json:
        document: dict[str, Any] = {"endpoint": fact.id.text, "way_out": None if out is None else asdict(out)}
        print(json.dumps(document, indent=2))
        return
    printer = console()
    printer.print(f"[bold]{escape(fact.id.name)}[/], endpoint")
    printer.print(escape(fact.id.text), style="dim", soft_wrap=True)
    for step in steps:
        printer.print(f"\n{escape(step)}", soft_wrap=True)


def _there(fact: Fact | None, endpoint: ResourceId) -> Fact:
    if fact is None or fact.seen is Seen.ABSENT:
        raise EstateInvalid(f"there is no endpoint {endpoint}")
    if not fact.present:
        raise EstateInvalid(f"endpoint {endpoint.name} could not be read: {because(fact.reason, fact.permission)}")
    return fact
