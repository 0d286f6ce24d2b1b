"""The one table of what ARM serves here: method, path, handler, statuses; its parts lie in `routes`."""

from local.azure.arm import plain
from local.azure.arm.call import Route
from local.azure.arm.routes import costs, event_grid, machine_learning, providers, resources
from local.azure.arm.routing import route

ROUTES: tuple[Route, ...] = (
    *resources.ROUTES,
    *costs.ROUTES,
    *machine_learning.ROUTES,
    *providers.ROUTES,
    *event_grid.ROUTES,
)


def read_anything(path: str) -> Route:
    """The row for a GET that no other row serves: whatever an estate brought along can be read."""
    return route("GET", path, plain.read_any)
