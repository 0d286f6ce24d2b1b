"""The stand-in's own operations against the table: what it serves of it, and whether its statuses are Azure's."""

from collections.abc import Iterable, Iterator, Sequence

from local.azure.arm.call import Route
from local.azure.arm.operations_table import ROUTES
from local.azure.arm.routing import Router
from local.conformance.table import PARAMETER, Operation, key

OWN_STATUS = "operationsstatus/"
"""Where operations are polled: the paths are ARM's answer, not part of any specification."""


def served(operations: Iterable[Operation], routes: Sequence[Route] = ROUTES) -> tuple[Operation, ...]:
    """The operations of the table that some row of the stand-in answers."""
    router = Router(routes)
    return tuple(operation for operation in operations if router.match(operation.method, _example_path(operation)))


def disagreements(operations: Iterable[Operation], routes: Sequence[Route] = ROUTES) -> Iterator[str]:
    """Rows of the stand-in that the table does not know, or that answer what it does not name; one line each."""
    known = {operation.key: operation for operation in operations}
    for route in routes:
        operation = known.get(key(route.method, route.template))
        if operation is None:
            if OWN_STATUS not in route.template.casefold():
                yield f"{route.method} {route.template}: not in the table of operations; add what Azure answers"
        elif unknown := sorted(set(route.statuses) - set(operation.statuses)):
            yield f"{route.method} {route.template}: may answer {unknown}, Azure answers {sorted(operation.statuses)}"


def _example_path(operation: Operation) -> str:
    """A path the operation is asked under, with some name for each parameter."""
    scope = "/subscriptions/s/resourceGroups/g"
    return PARAMETER.sub("x", operation.template.replace("{scope}", scope))
