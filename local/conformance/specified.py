"""The distilled table against the contracts it was distilled from: neither may drift from the other unseen."""

from collections.abc import Iterable, Iterator

from local.conformance.contracts import Contracts
from local.conformance.table import Operation


def drifted(operations: Iterable[Operation], contracts: Contracts) -> Iterator[str]:
    """Rows whose statuses or headers are not those of the specification; rows it does not have are let be."""
    routes = contracts.routes()
    for operation in operations:
        statuses = routes.get(operation.key)
        if statuses is None:
            continue
        if set(statuses) != set(operation.statuses):
            yield f"{operation.title}: {sorted(operation.statuses)} in the table, {sorted(statuses)} specified"
        for status, headers in operation.statuses.items():
            if wrong := set(headers) ^ statuses.get(status, frozenset(headers)):
                yield f"{operation.title}: headers of {status} differ in {', '.join(sorted(wrong))}"
