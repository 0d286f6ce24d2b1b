"""
The request an example stands for, and the resources that must be there before it is sent.

Every example is played in a subscription of its own, so that none sees what another left behind.
"""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.azure.arm_ids import ancestry, canonical, resource_type
from local.conformance.contracts import Example
from local.conformance.stubs import settled, stub
from local.conformance.table import PARAMETER, Operation

TAGS = "/tags/default"
COSTS = "/Microsoft.CostManagement/query"
SUBSCRIPTION = re.compile(r"(?i)(^|/)(subscriptions)/[^/?]+")

type Json = Any


class UnplayableError(Exception):
    """An example that gives no whole request; says what it lacks."""


@dataclass(frozen=True)
class Request:
    """One request to ARM, and what the estate holds before it."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Json = field(repr=False)
    seeds: tuple[Mapping[str, Json], ...] = field(repr=False)


def build(operation: Operation, example: Example) -> Request:
    """The request of an example with its parameters filled in; raises UnplayableError."""
    subscription = str(uuid.uuid5(uuid.NAMESPACE_URL, example.name))
    given = {name.casefold(): _moved(value, subscription) for name, value in example.parameters.items()}
    given["subscriptionid"] = subscription
    given.setdefault("scope", given.get("resourceuri"))
    names = [name.strip("{}") for name in PARAMETER.findall(operation.template)]
    if lacking := [name for name in names if not isinstance(given.get(name.casefold()), str)]:
        raise UnplayableError(f"the example gives no {', '.join(lacking)}")
    path = PARAMETER.sub(lambda found: given[found[0].strip("{}").casefold()].strip("/"), operation.template)
    path = "/" + path.strip("/")
    rest = {name: given[name.casefold()] for name in example.parameters if name.casefold() not in _folded(names)}
    bodies = [_asked_in(value, subscription) for value in rest.values() if isinstance(value, dict)]
    query = {name: _written(value) for name, value in rest.items() if not isinstance(value, dict | list)}
    seeds = {canonical(one["id"]): one for one in _seeds(operation, path, bodies, _moved(_told(example), subscription))}
    return Request(operation.method, path, query, bodies[0] if bodies else None, tuple(seeds.values()))


def _seeds(operation: Operation, path: str, bodies: list[Json], told: Json) -> Iterator[Mapping[str, Json]]:
    """What the request needs to find: its parents, what it names, and what it reads or changes."""
    told = told if isinstance(told, dict) else {}
    yield from (stub(named) for body in bodies for named in _named(body))
    yield from (row for row in told.get("data") or () if isinstance(row, dict) and "id" in row)
    target, action = path, ""
    if operation.method == "POST":
        target, _, action = path.rpartition("/")
    holder = _holder(operation, target)
    yield from (stub(one) for one in reversed(list(ancestry(holder))) if one != target and _is_resource(one))
    if path.endswith(TAGS):
        yield from _tagged(holder, told)
    elif path.endswith(COSTS):
        yield from _spender(holder)
    elif operation.method == "GET" and isinstance(told.get("value"), list):
        yield from _listed(target, told["value"])
    elif operation.method != "PUT" and _is_resource(target):
        yield {**stub(target, action), **(settled(told) if _describes(told, target) else {}), "id": target}


def _holder(operation: Operation, target: str) -> str:
    """The resource itself, or the resource, group or subscription that a list or an extension belongs to."""
    if operation.template.startswith("{scope}") and not _is_resource(target):
        return target.rpartition("/providers/")[0]
    return target if _is_resource(target) else target.rpartition("/")[0]


def _spender(scope: str) -> Iterator[Mapping[str, Json]]:
    """Something that costs money in a subscription or group."""
    if scope.startswith("/subscriptions/"):
        group = scope if "/resourcegroups/" in scope.casefold() else f"{scope}/resourceGroups/conformance"
        yield stub(f"{group}/providers/Microsoft.Storage/storageAccounts/spender")


def _tagged(holder: str, told: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """The holder of the tags an example tells of."""
    tags = (told.get("properties") or {}).get("tags")
    yield {**(stub(holder) if _is_resource(holder) else {"id": holder}), "tags": tags}


def _named(body: Json) -> Iterator[str]:
    """The resources a body refers to and the service looks for."""
    properties = body.get("properties")
    for name in ("hubResourceId", "roleDefinitionId"):
        if isinstance(properties, dict) and properties.get(name):
            yield properties[name]


def _describes(told: Mapping[str, Json], target: str) -> bool:
    """Whether a response is the resource itself, and not what an action on it answers."""
    kind = str(told.get("type", ""))
    return "properties" in told and ("/" not in kind or kind.casefold() == resource_type(target).casefold())


def _listed(target: str, items: list[Json]) -> Iterator[Mapping[str, Json]]:
    """The items of a list response under the ids they would have below the path that lists them."""
    if "/providers/" not in target:
        yield from ({**stub(item["id"]), **settled(item)} for item in items if _is_resource(str(item.get("id", ""))))
        return
    scope, _, kind = target.rpartition("/providers/")
    group = scope if "/resourcegroups/" in scope.casefold() else f"{scope}/resourceGroups/listed"
    holder = f"{group}/providers/{kind}" if kind.count("/") == 1 else target
    for index, item in enumerate(items):
        own = f"{holder}/{str(item.get('name') or 'item').rpartition('/')[2]}-{index}"
        yield {**stub(own), **settled(item), "id": own}


def _is_resource(path: str) -> bool:
    try:
        return "/" in resource_type(path) and "/providers/" in path and not path.endswith(TAGS)
    except ValueError:
        return False


def _told(example: Example) -> Json:
    bodies = example.bodies
    return bodies.get(200, next(iter(bodies.values()), None))


def _moved(value: Json, subscription: str) -> Json:
    """The value with every ARM id moved into one subscription."""
    match value:
        case str():
            return SUBSCRIPTION.sub(rf"\1\2/{subscription}", value)
        case dict():
            return {name: _moved(one, subscription) for name, one in value.items()}
        case list():
            return [_moved(one, subscription) for one in value]
    return value


def _asked_in(body: Json, subscription: str) -> Json:
    """A query's body names its subscriptions by their bare ids."""
    return {**body, "subscriptions": [subscription]} if "query" in body else body


def _folded(names: list[str]) -> set[str]:
    return {name.casefold() for name in names} | {"subscriptionid"}


def _written(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
