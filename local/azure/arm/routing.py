"""Finds the row of the operations table that a request means. ARM paths do not care for letter case."""

from collections import defaultdict
from collections.abc import Iterable

from local.azure.arm.call import Handler, Route

SCOPE = "{scope}"
VERBS = {"GET": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def route(
    method: str,
    template: str,
    handler: Handler,
    *statuses: int,
    action: str | None = None,
    preview_only: bool = False,
    raises_event: bool = True,
) -> Route:
    """A row of the table; the permission follows from method and template unless told."""
    needed = permission(method, template) if action is None else action
    return Route(method, template, handler, statuses or (200,), needed, preview_only, raises_event)


def permission(method: str, path: str) -> str:
    """The action a request needs, as role definitions spell it: `<namespace>/<types>/<read|write|delete|x/action>`."""
    _, marked, own = path.rstrip("/").rpartition("/providers/")
    namespace, *rest = own.split("/") if marked else ["Microsoft.Resources", *path.strip("/").split("/")]
    return "/".join([namespace, *rest[::2], "action" if method == "POST" else VERBS[method]])


class Router:
    """The operations table, indexed by method and number of path segments."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._fixed: defaultdict[tuple[str, int], list[tuple[list[str], Route]]] = defaultdict(list)
        self._scoped: defaultdict[str, list[tuple[list[str], Route]]] = defaultdict(list)
        for row in routes:
            segments = _segments(row.template)
            if segments[0] == SCOPE:
                self._scoped[row.method].append((segments[1:], row))
            else:
                self._fixed[row.method, len(segments)].append((segments, row))

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a request and the values of its parameters."""
        segments = _segments(path)
        for tail, row in self._scoped[method]:
            if len(segments) > len(tail) and (names := _match(tail, segments[-len(tail) :])) is not None:
                return row, {"scope": "/" + "/".join(segments[: -len(tail)]), **names}
        for template, row in self._fixed[method, len(segments)]:
            if (names := _match(template, segments)) is not None:
                return row, names
        return None


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _match(template: list[str], segments: list[str]) -> dict[str, str] | None:
    names: dict[str, str] = {}
    for wanted, given in zip(template, segments, strict=True):
        if wanted[0] == "{":
            names[wanted[1:-1]] = given
        elif wanted.casefold() != given.casefold():
            return None
    return names
