"""Finds the row of the operations table that a request means. ARM paths do not care for letter case."""

from collections.abc import Iterable

from local.azure.arm.call import Handler, Route

SCOPE = "{scope}"
type Shape = tuple[int, ...]
"""The places at which a template has fixed segments."""
type Row = tuple[Route, tuple[tuple[str, int], ...]]
"""A route, and at which place of a path each of its parameters stands."""

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


class Index:
    """Templates by method, length and their fixed segments; of two that fit, the one with more fixed segments wins."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], dict[Shape, dict[tuple[str, ...], Row]]] = {}

    def add(self, segments: list[str], row: Route) -> None:
        """Adds a template."""
        fixed = tuple(place for place, part in enumerate(segments) if part[0] != "{")
        names = tuple((part[1:-1], place) for place, part in enumerate(segments) if part[0] == "{")
        shapes = self._rows.setdefault((row.method, len(segments)), {})
        shapes.setdefault(fixed, {})[tuple(segments[place].casefold() for place in fixed)] = (row, names)
        self._rows[row.method, len(segments)] = dict(sorted(shapes.items(), key=lambda shape: -len(shape[0])))

    def find(self, method: str, segments: list[str], folded: list[str]) -> tuple[Route, dict[str, str]] | None:
        """The route of a path and the values of its parameters, in the path's own letter case."""
        for fixed, rows in self._rows.get((method, len(segments)), {}).items():
            found = rows.get(tuple(folded[place] for place in fixed))
            if found is not None:
                row, names = found
                return row, {name: segments[place] for name, place in names}
        return None


class Router:
    """The operations table, ready to be asked; what hangs on any scope is looked for first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._fixed, self._scoped = Index(), Index()
        tails: set[int] = set()
        for row in routes:
            segments = _segments(row.template)
            if segments[0] == SCOPE:
                self._scoped.add(segments[1:], row)
                tails.add(len(segments) - 1)
            else:
                self._fixed.add(segments, row)
        self._tails = sorted(tails, reverse=True)

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a request and the values of its parameters."""
        segments, folded = _segments(path), _segments(path.casefold())
        for length in self._tails:
            if len(segments) > length:
                found = self._scoped.find(method, segments[-length:], folded[-length:])
                if found is not None:
                    row, names = found
                    return row, {"scope": "/" + "/".join(segments[:-length]), **names}
        return self._fixed.find(method, segments, folded)


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
