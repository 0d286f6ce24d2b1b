"""Pages of a cost query that lose rows without a word, which a client can find out only by a sum asked for apart."""

import json
import math
from typing import Any

from aiohttp import web


def without_some(response: web.StreamResponse, share: float) -> web.StreamResponse:
    """The answer without the last rows of its page, a share of them rounded up; what has no rows passes as it is."""
    told = _page(response)
    if told is None:
        return response
    properties, rows = told["properties"], told["properties"]["rows"]
    kept = {**told, "properties": {**properties, "rows": rows[: len(rows) - math.ceil(share * len(rows))]}}
    headers = {name: value for name, value in response.headers.items() if name.casefold() != "content-length"}
    return web.Response(status=response.status, headers=headers, body=json.dumps(kept, ensure_ascii=False).encode())


def _page(response: web.StreamResponse) -> dict[str, Any] | None:
    """The body of an answer that is a page of a cost query."""
    if not isinstance(response, web.Response) or not response.text or response.content_type != "application/json":
        return None
    told: Any = json.loads(response.text)
    properties = told.get("properties") if isinstance(told, dict) else None
    rows = properties.get("rows") if isinstance(properties, dict) else None
    return told if isinstance(rows, list) else None
