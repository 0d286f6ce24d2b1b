"""`docs/azure-stand-in.md`: written by hand but for the table of what ARM serves, which comes from the operations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from local.azure.arm.call import Route
from local.azure.arm.operations_table import ROUTES
from local.conformance.table import RESOURCES
from tools.hand_written import part
from tools.markdown import table

STATUS = "operationsstatus"
"""Where long-running operations are polled: an answer, no resource of its own."""
METHODS = ("list", "GET", "HEAD", "PUT", "PATCH", "DELETE")


@dataclass
class Served:
    """What is served of one resource type."""

    methods: set[str] = field(default_factory=set)
    actions: list[str] = field(default_factory=list)


def stand_in_page(kept: Mapping[str, str]) -> str:
    """`docs/azure-stand-in.md`."""
    counted = [route for route in ROUTES if STATUS not in route.template.casefold()]
    listed = table(("resource type", "methods", "actions"), _rows(counted))
    served = f"{len(counted)} operations. Whatever else an estate brings along can be read and listed.\n\n{listed}"
    parts = ("# The Azure stand-in", part("use", kept), "## What ARM serves", served, part("truth", kept))
    return "\n\n".join(parts) + "\n"


def _rows(routes: list[Route]) -> Iterator[tuple[str, str, str]]:
    types: dict[str, Served] = {}
    for route in routes:
        kind, what = _kind(route)
        served = types.setdefault(kind, Served())
        if what in METHODS:
            served.methods.add(what)
        else:
            served.actions.append(what)
    for kind, served in sorted(types.items()):
        yield kind, " ".join(one for one in METHODS if one in served.methods), ", ".join(served.actions)


def _kind(route: Route) -> tuple[str, str]:
    """The type a route is about, and what it does with it: a method, `list`, or the name of an action."""
    _, marked, own = route.template.rpartition("/providers/")
    namespace, *parts = own.split("/") if marked else (RESOURCES, *route.template.strip("/").split("/"))
    if namespace.startswith("{"):
        namespace, parts = RESOURCES, ["providers", namespace, *parts]
    action = parts.pop() if route.method == "POST" else ""
    if action.startswith("{"):
        action = parts.pop()
    kind = "/".join([namespace, *(name for name in parts[::2] if not name.startswith("{"))])
    is_list = route.method == "GET" and len(parts) % 2 == 1
    return kind, action or ("list" if is_list else route.method)
