"""A whole estate by seed: hubs over several subscriptions and regions, and what they share."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path

from local.synthetic import billed, documents, tags
from local.synthetic.chance import Chance
from local.synthetic.documents import Document
from local.synthetic.drift import Drift
from local.synthetic.family import Family
from local.synthetic.names import HUBS_A_REGISTRY, HUBS_A_SEARCH, HUBS_A_SUBSCRIPTION, HUBS_AN_ACCOUNT, Names
from local.synthetic.words import DISPLAY_REGIONS
from shared.model.errors import HubwardenError

NOW = datetime(2026, 1, 5, tzinfo=UTC)
"""The day image versions are counted back from, unless told: an estate depends on its seed alone."""
RATE_LIMIT_RULES = 24
DOCUMENTS_A_FILE = 5000


class EstateUnwritable(HubwardenError):
    """A target that cannot be written; names it and the way out."""


@dataclass(frozen=True)
class Size:
    """How much of an estate to make."""

    hubs: int = 100
    projects: int = 10
    """Projects of each hub."""


def generate(size: Size, seed: int, now: datetime = NOW, drift: Drift | None = None) -> Iterator[Document]:
    """Every document of an estate; the same arguments always give the same ones."""
    amiss = drift or Drift()
    for number in range(size.hubs):
        chance = Chance(seed, number)
        names = Names.of(seed, number, chance)
        yield from _shared(names, amiss, chance)
        yield from Family(names, size.projects, amiss, chance, now).documents()


def write(target: Path, estate: Iterator[Document]) -> int:
    """Writes an estate as list responses and returns how many documents: one file, or a folder of several.

    A target that ends in `.json` is a file. Raises EstateUnwritable.
    """
    found = list(estate)
    try:
        for file, part in _files(target, found):
            file.write_text(json.dumps({"value": part}), encoding="utf-8")
    except OSError as error:
        raise EstateUnwritable(f"{target}: cannot be written ({error.strerror}). Choose another --out.") from None
    return len(found)


def _files(target: Path, found: list[Document]) -> Iterator[tuple[Path, list[Document]]]:
    """What goes into which file; what an earlier estate left in a folder goes first."""
    if target.suffix == ".json":
        target.parent.mkdir(parents=True, exist_ok=True)
        yield target, found
        return
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("estate-*.json"):
        old.unlink()
    for number, part in enumerate(batched(found, DOCUMENTS_A_FILE, strict=False)):
        yield target / f"estate-{number:03}.json", list(part)


def _shared(names: Names, drift: Drift, chance: Chance) -> Iterator[Document]:
    """What the platform team made for several hubs, given out with the first of them."""
    where: Document = {"location": names.region}
    if names.number % HUBS_A_SUBSCRIPTION == 0:
        yield from billed.subscription(names, drift, chance)
        yield documents.dependent(names.logs, {"Owner": "platform@contoso.example"}, where)
        kind: Document = {"kind": "StorageV2", "sku": {"name": "Standard_ZRS", "tier": "Standard"}, **where}
        yield documents.dependent(names.shared_storage, tags.drawn(names, drift, chance), kind)
    if names.number % HUBS_AN_ACCOUNT == 0:
        yield _account(names, tags.drawn(names, drift, chance), keys=chance.happens(drift.local_auth))
    if names.number % HUBS_A_SEARCH == 0:
        about: Document = {"sku": {"name": "standard"}, "location": DISPLAY_REGIONS[names.region]}
        yield documents.dependent(names.search, tags.drawn(names, drift, chance), about)
    if names.number % HUBS_A_REGISTRY == 0:
        about = {"sku": {"name": "Premium", "tier": "Premium"}, **where}
        yield documents.dependent(names.registry, tags.drawn(names, drift, chance), about)


def _account(names: Names, own: Document | None, *, keys: bool) -> Document:
    """An AI services account with the rate limits that make up most of what Azure sends about one."""
    paths = [{"path": f"openai/deployments/*/operation{number}/*", "method": "POST"} for number in range(3)]
    rule = {"renewalPeriod": 60, "count": 30.0, "matchPatterns": paths, "dynamicThrottlingEnabled": False}
    rules = [{"key": f"openai.operation{number}", **rule} for number in range(RATE_LIMIT_RULES)]
    host = names.account.rpartition("/")[2]
    properties: Document = {
        "endpoint": f"https://{host}.cognitiveservices.azure.com/",
        "customSubDomainName": host,
        "callRateLimit": {"rules": rules},
        "disableLocalAuth": not keys,
    }
    about: Document = {"kind": "AIServices", "sku": {"name": "S0"}, "location": names.region}
    return documents.dependent(names.account, own, about, properties)
