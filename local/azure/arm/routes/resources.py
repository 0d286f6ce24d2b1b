"""What ARM itself serves on every resource: containers, tags, locks, permissions, diagnostics, Resource Graph.

Source: CONTRACTS 6, 7 and 11.
"""

from local.azure.arm import containers, extensions, permissions, plain, tags
from local.azure.arm.authorization import assignments, definitions
from local.azure.arm.call import Route
from local.azure.arm.routes.paths import GROUP, SUBSCRIPTION
from local.azure.arm.routing import route
from local.azure.graph.handler import query_resources

TAGS = "{scope}/providers/Microsoft.Resources/tags/default"
DIAGNOSTICS = "{scope}/providers/Microsoft.Insights/diagnosticSettings"
AUTHORIZATION = "{scope}/providers/Microsoft.Authorization"
LOCKS = f"{AUTHORIZATION}/locks"
ASSIGNMENTS = f"{AUTHORIZATION}/roleAssignments"
DEFINITIONS = f"{AUTHORIZATION}/roleDefinitions"

ROUTES: tuple[Route, ...] = (
    route("GET", "/subscriptions", containers.list_subscriptions),
    route("GET", SUBSCRIPTION, plain.get),
    route("GET", f"{SUBSCRIPTION}/resourceGroups", containers.list_groups),
    route("GET", GROUP, plain.get),
    route("GET", TAGS, tags.get),
    route("PUT", TAGS, tags.put),
    route("PATCH", TAGS, tags.patch),
    route("DELETE", TAGS, tags.delete),
    route("GET", DIAGNOSTICS, extensions.list_diagnostic_settings),
    route("GET", f"{DIAGNOSTICS}/{{name}}", extensions.get_diagnostic_setting),
    route("PUT", f"{DIAGNOSTICS}/{{name}}", extensions.put_diagnostic_setting),
    route("DELETE", f"{DIAGNOSTICS}/{{name}}", extensions.delete_diagnostic_setting, 200, 204),
    route("GET", LOCKS, extensions.list_locks),
    route("GET", f"{LOCKS}/{{name}}", extensions.get_lock),
    route("PUT", f"{LOCKS}/{{name}}", extensions.put_lock, 200, 201),
    route("DELETE", f"{LOCKS}/{{name}}", extensions.delete_lock, 200, 204),
    route("GET", ASSIGNMENTS, assignments.list_assignments),
    route("GET", f"{ASSIGNMENTS}/{{name}}", assignments.get_assignment),
    route("PUT", f"{ASSIGNMENTS}/{{name}}", assignments.put_assignment, 200, 201),
    route("DELETE", f"{ASSIGNMENTS}/{{name}}", assignments.delete_assignment, 200, 204),
    route("GET", DEFINITIONS, definitions.list_definitions),
    route("GET", f"{DEFINITIONS}/{{name}}", definitions.get_definition),
    route("PUT", f"{DEFINITIONS}/{{name}}", definitions.put_definition, 201),
    route("DELETE", f"{DEFINITIONS}/{{name}}", definitions.delete_definition, 200, 204),
    route("GET", f"{AUTHORIZATION}/permissions", permissions.list_permissions),
    route("POST", "/providers/Microsoft.ResourceGraph/resources", query_resources, action="", raises_event=False),
)
