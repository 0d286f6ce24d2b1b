"""POST /providers/Microsoft.ResourceGraph/resources: paging, formats and quota as CONTRACTS 11 has them."""

import base64
import binascii
import json
from typing import Any

from local.azure.arm.call import Call, Reply
from local.azure.arm.errors import ArmError, bad_request
from local.azure.cloud import Cloud
from local.azure.kql import Answer, QueryRefusedError

DEFAULT_TOP = 100
MOST_ROWS = 1000


def query_resources(cloud: Cloud, call: Call) -> Reply:
    """Answers one page of a query; a token for the next one needs the `id` column, as in Azure."""
    quota = cloud.throttle.charge_graph(call.claims["oid"])
    body = call.document()
    options = call.part(body, "options")
    top, start = _number(options, "$top", DEFAULT_TOP), _start(options)
    if not 1 <= top <= MOST_ROWS:
        raise _refused(f"'$top' must be between 1 and {MOST_ROWS}, not {top}.")
    answer = _run(cloud, body)
    rows = answer.rows[start : start + top]
    more = start + len(rows) < len(answer.rows)
    pages = any(name == "id" for name, _ in answer.columns)
    result: dict[str, Any] = {
        "totalRecords": len(answer.rows),
        "count": len(rows),
        "resultTruncated": "true" if more and not pages else "false",
        "data": _data(answer, rows, options),
        "facets": [],
    }
    if more and pages:
        result["$skipToken"] = base64.b64encode(json.dumps({"start": start + len(rows)}).encode()).decode()
    return Reply(200, result, quota)


def _run(cloud: Cloud, body: dict[str, Any]) -> Answer:
    query, subscriptions = body.get("query"), body.get("subscriptions") or []
    if not isinstance(query, str) or not query.strip():
        raise _refused("'query' is required.")
    if not isinstance(subscriptions, list):
        raise _refused("'subscriptions' must be a list of subscription ids.")
    try:
        return cloud.graph.query(query, [str(one) for one in subscriptions])
    except QueryRefusedError as error:
        raise _refused(f"The stand-in cannot run this query: {error}") from None


def _data(answer: Answer, rows: list[list[Any]], options: dict[str, Any]) -> Any:  # noqa: ANN401 - two formats
    names = [name for name, _ in answer.columns]
    if str(options.get("resultFormat", "objectArray")).casefold() == "table":
        columns = [{"name": name, "type": _graph_type(kind)} for name, kind in answer.columns]
        return {"columns": columns, "rows": rows}
    return [dict(zip(names, row, strict=True)) for row in rows]


def _graph_type(kind: str) -> str:
    return {"dynamic": "object", "long": "integer", "int": "integer", "real": "number", "bool": "boolean"}.get(
        kind, kind
    )


def _number(options: dict[str, Any], name: str, default: int) -> int:
    value = options.get(name, default)
    if not isinstance(value, int):
        raise _refused(f"'{name}' must be a number.")
    return value


def _start(options: dict[str, Any]) -> int:
    token = options.get("$skipToken")
    if not token:
        return _number(options, "$skip", 0)
    try:
        return int(json.loads(base64.b64decode(token))["start"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise _refused("'$skipToken' is opaque: send the one the last answer gave.") from None


def _refused(message: str) -> ArmError:
    return bad_request("BadRequest", message)
