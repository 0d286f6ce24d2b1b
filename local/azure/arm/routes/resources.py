"""What ARM itself serves on every resource: containers, tags, locks, permissions, diagnostics, Resource Graph.

Source: CONTRACTS 6, 7 and 11.
"""

from local.azure.arm import (
    activity_log,
    containers,
    diagnostic_categories,
    extensions,
    groups,
    permissions,
    plain,
    registrations,
    tags,
)
from local.azure.arm.authorization import assignments, definitions
from local.azure.arm.call import Route
from local.azure.arm.routes.paths import GROUP, SUBSCRIPTION
from local.azure.arm.routing import route
from local.azure.graph.handler import query_resources

TAGS = "{scope}/providers/Microsoft.Resources/tags/default"
DIAGNOSTICS = "{scope}/providers/Microsoft.Insights/diagnosticSettings"
CATEGORIES = f"{DIAGNOSTICS}Categories"
NEW_GROUP = f"{SUBSCRIPTION}/resourceGroups/{{new_group}}"
GROUP_ACTION = "Microsoft.Resources/subscriptions/resourceGroups"
PROVIDER = f"{SUBSCRIPTION}/providers/{{namespace}}"
REGISTRATION = "Microsoft.Resources/subscriptions/providers"
ACTIVITY_LOG = f"{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values"
AUTHORIZATION = "{scope}/providers/Microsoft.Authorization"
LOCKS = f"{AUTHORIZATION}/locks"
ASSIGNMENTS = f"{AUTHORIZATION}/roleAssignments"
DEFINITIONS = f"{AUTHORIZATION}/roleDefinitions"

ROUTES: tuple[Route, ...] = (
    route("GET", "/subscriptions", containers.list_subscriptions),
    route("GET", SUBSCRIPTION, plain.get),
    route("GET", f"{SUBSCRIPTION}/resourceGroups", containers.list_groups),
    route("GET", f"{SUBSCRIPTION}/resources", groups.list_resources),
    route("GET", GROUP, plain.get),
    route("HEAD", GROUP, groups.has_group, 204, 404, action=f"{GROUP_ACTION}/read"),
    route("PUT", NEW_GROUP, groups.put_group, 200, 201, action=f"{GROUP_ACTION}/write"),
    route("PATCH", GROUP, groups.patch_group),
    route("DELETE", GROUP, groups.delete_group),
    route("GET", f"{GROUP}/resources", groups.list_resources),
    route("GET", f"{SUBSCRIPTION}/providers", registrations.list_providers),
    route("GET", PROVIDER, registrations.get_provider, action=f"{REGISTRATION}/read"),
    route("POST", f"{PROVIDER}/register", registrations.register, action=f"{REGISTRATION}/register/action"),
    route("POST", f"{PROVIDER}/unregister", registrations.register, action=f"{REGISTRATION}/unregister/action"),
    route("GET", ACTIVITY_LOG, activity_log.list_events, action="Microsoft.Insights/eventtypes/values/read"),
    route("GET", TAGS, tags.get),
    route("PUT", TAGS, tags.put),
    route("PATCH", TAGS, tags.patch),
    route("DELETE", TAGS, tags.delete),
    route("GET", DIAGNOSTICS, extensions.list_diagnostic_settings),
    route("GET", f"{DIAGNOSTICS}/{{name}}", extensions.get_diagnostic_setting),
    route("PUT", f"{DIAGNOSTICS}/{{name}}", extensions.put_diagnostic_setting),
    route("DELETE", f"{DIAGNOSTICS}/{{name}}", extensions.delete_diagnostic_setting, 200, 204),
    route("GET", CATEGORIES, diagnostic_categories.list_categories),
    route("GET", f"{CATEGORIES}/{{name}}", diagnostic_categories.get_category),
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
