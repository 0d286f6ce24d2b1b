"""Loads an estate from files into the store, with what its documents imply: their subscriptions and groups."""

from pathlib import Path

from local.azure.arm import connections
from local.azure.arm.containers import imply
from local.azure.documents import documents
from local.azure.store import Store


def load(source: Path, store: Store, tenant: str) -> int:
    """Loads every document under `source` and returns how many; raises EstateError for the first bad one."""
    count = 0
    for document in documents(source):
        imply(store, document, tenant)
        held = connections.is_connection(document)
        store.put(connections.part_from_secrets(store, document) if held else document)
        count += 1
    return count
