"""Recorded answers, loaded as they were saved: what Azure would return so, the stand-in must return so."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from local.azure import estate
from local.azure.arm_ids import canonical, name_of, resource_type
from local.conformance.replay import Replay

VERSION = {"api-version": "2024-04-01"}


async def returned(replay: Replay, file: Path) -> AsyncIterator[tuple[str, bool]]:
    """Each resource of a recording and whether a GET answers it unchanged; a file of something else gives none."""
    documents = _documents(file)
    if not documents:
        return
    estate.load(file, replay.azure.state, replay.azure.options.tenant)
    for document in documents:
        holder = document["id"].rpartition("/")[0].rpartition("/")[0]
        if _is_child(document["id"]) and replay.azure.state.get(holder) is None:
            replay.azure.state.put({"id": holder, "name": name_of(holder), "type": resource_type(holder)})
        answer = await replay.send("GET", document["id"], query=VERSION)
        yield canonical(document["id"]), answer.body == document


def _documents(file: Path) -> list[dict[str, Any]]:
    """The resources of a saved response: one, or those of a list."""
    content = json.loads(file.read_text("utf-8-sig"))
    if not isinstance(content, dict):
        return []
    items = content["value"] if isinstance(content.get("value"), list) else [content]
    return [item for item in items if isinstance(item, dict) and "id" in item and "properties" in item]


def _is_child(resource_id: str) -> bool:
    return resource_type(resource_id).count("/") > 1
