"""
The custom Azure roles, made from the rules and the adapters so that none may do more than they need.

`infra/reader-role.json` sees what rules judge and what it costs, and changes nothing; `infra/enforcer-role.json` may
also make each rule's fix, and nothing else. Neither may read a key: no `listKeys`, no `listSecrets`. Who wants to know
which key is held by whom gives `infra/key-reader-role.json` besides one of them; it lists keys and reads vault secrets,
and changes neither. Who wants to know how a rotation would go gives `infra/rotation-reader-role.json` besides that one,
and who wants keys renewed gives `infra/key-rotator-role.json` too: it alone writes, and has no business in audit.
Who lets the app give identities access gives `infra/access-granter-role.json` besides the enforcer, and always under
the condition in `infra/access-granter-condition.txt`: without one, whoever may assign roles may become owner.
Who lets instances be made anew for their image gives `infra/instance-renewer-role.json` besides the enforcer: it is the
one that may delete anything, and deletes nothing but computes.
Once AssignableScopes names the governed subscriptions, `az role definition create --role-definition
@infra/reader-role.json` takes them.
"""

import json
from collections.abc import Iterable

from shared.model.action import DeleteInstance, GrantRole
from shared.model.data_roles import DATA_ROLES
from shared.rules.rule import Rule

READS = (
    "Microsoft.Authorization/permissions/read",
    "Microsoft.Authorization/roleAssignments/read",
    "Microsoft.CognitiveServices/accounts/read",
    "Microsoft.Consumption/budgets/read",
    "Microsoft.ContainerRegistry/registries/read",
    "Microsoft.CostManagement/query/read",
    "Microsoft.Insights/components/read",
    "Microsoft.Insights/diagnosticSettings/read",
    "Microsoft.KeyVault/vaults/read",
    "Microsoft.MachineLearningServices/workspaces/batchEndpoints/read",
    "Microsoft.MachineLearningServices/workspaces/computes/read",
    "Microsoft.MachineLearningServices/workspaces/connections/read",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read",
    "Microsoft.MachineLearningServices/workspaces/read",
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/read",
    "Microsoft.ResourceGraph/resources/read",
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Search/searchServices/read",
    "Microsoft.Storage/storageAccounts/read",
)
"""What the adapters ask Azure for: each kind of fact, the graph, costs and budgets, and who may do what."""

KEYS = (
    "Microsoft.CognitiveServices/accounts/listKeys/action",
    "Microsoft.KeyVault/vaults/secrets/read",
    "Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action",
    "Microsoft.MachineLearningServices/workspaces/listKeys/action",
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/listKeys/action",
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/listKeys/action",
    "Microsoft.Search/searchServices/listAdminKeys/action",
    "Microsoft.Search/searchServices/listQueryKeys/action",
    "Microsoft.Storage/storageAccounts/listKeys/action",
)
"""What comparing keys asks Azure for: the two of each account, a search service's query keys, and each copy; of a vault
which secrets there are."""

SECRETS = ("Microsoft.KeyVault/vaults/secrets/getSecret/action",)
"""What it asks of a vault's own data plane: the value of a secret whose tags say that it holds a key."""

SECRET_WRITES = ("Microsoft.KeyVault/vaults/secrets/setSecret/action",)
"""What moving such a secret to the new key takes besides."""

ROTATION_READS = (
    "Microsoft.CognitiveServices/accounts/connections/listsecrets/action",
    "Microsoft.CognitiveServices/accounts/connections/read",
    "Microsoft.CognitiveServices/accounts/projects/connections/listsecrets/action",
    "Microsoft.CognitiveServices/accounts/projects/connections/read",
    "Microsoft.CognitiveServices/accounts/projects/read",
    "Microsoft.Insights/eventtypes/values/read",
    "Microsoft.Insights/logs/StorageBlobLogs/read",
    "Microsoft.Insights/logs/StorageFileLogs/read",
    "Microsoft.Insights/logs/StorageQueueLogs/read",
    "Microsoft.Insights/logs/StorageTableLogs/read",
)
"""
What a rotation asks besides keys: who else may keep one, in Foundry, and who has used one, as storage logs tell.

No lock is read: what one forbids, Azure says when it is tried.
"""

GOES_WITH = {
    "Microsoft.MachineLearningServices/workspaces/write": ("Microsoft.MachineLearningServices/workspaces/hubs/write",),
}
"""Permissions that Azure asks for besides the one a write names: a hub is a workspace with one of its own."""

DELETES = frozenset({DeleteInstance.permission})
"""What rules delete: no role that writes all fixes has it, for it is given apart or not at all."""

_SEES = "Reads what Hubwarden's rules judge, what it costs and the budgets for it"

SCOPE = "/subscriptions/<id of a governed subscription>"


def reader() -> str:
    """The reader role's definition, as JSON."""
    return _role("Hubwarden Reader", f"{_SEES}. Sees no key and changes nothing.", READS)


def enforcer(rules: Iterable[Rule]) -> str:
    """The enforcer role's definition, as JSON: the reader's permissions and those of the rules' fixes."""
    writes = {permission for rule in rules for permission in rule.permissions} - DELETES
    actions = {*READS, *writes, *(more for write in writes for more in GOES_WITH.get(write, ()))}
    return _role("Hubwarden Enforcer", f"{_SEES}; writes the rules' fixes. Sees no key.", actions)


def instance_renewer() -> str:
    """The instance renewer role's definition, as JSON: it deletes computes, and does nothing else."""
    does = "Deletes compute instances that are made anew for their image"
    return _role("Hubwarden Instance Renewer", f"{does}. Given besides Enforcer, which makes them.", DELETES)


def key_reader() -> str:
    """The key reader role's definition, as JSON: what the other two lack to compare keys, and nothing of theirs."""
    seen = "Lists keys and their copies in connections, workspaces and vault secrets, to compare them"
    described = f"{seen}. Regenerates none; given besides Reader or Enforcer."
    return _role("Hubwarden Key Reader", described, KEYS, SECRETS)


def rotation_reader() -> str:
    """The rotation reader role's definition, as JSON: what a rotation looks at besides keys, also in audit."""
    seen = "Lists the connections of Foundry with what they keep, and reads who has used a key"
    return _role("Hubwarden Rotation Reader", f"{seen}. Changes nothing; given besides Key Reader.", ROTATION_READS)


def key_rotator(rules: Iterable[Rule]) -> str:
    """The key rotator role's definition, as JSON: what the rules' rotations write, and nothing of the two above."""
    writes = {action for rule in rules for action in rule.rotation}
    does = "Renews keys, and gives connections, workspaces and vault secrets the new ones"
    given = "Given besides Enforcer, Key Reader and Rotation Reader"
    return _role("Hubwarden Key Rotator", f"{does}. {given}; not in audit.", writes, SECRET_WRITES)


def access_granter() -> str:
    """The access granter role's definition, as JSON: it assigns roles, and does nothing else."""
    given = "Gives managed identities a data role on what their hub leans on"
    rule = "To be assigned only under the condition in access-granter-condition.txt"
    return _role("Hubwarden Access Granter", f"{given}. {rule}; besides Enforcer.", [GrantRole.permission])


def access_condition() -> str:
    """The condition to assign that role under: only roles that are granted by rules, and only to managed identities."""
    attribute = "@Request[Microsoft.Authorization/roleAssignments"
    roles = ", ".join(role.id for role in DATA_ROLES)
    return (
        f"((!(ActionMatches{{'{GrantRole.permission}'}})) OR "
        f"({attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{roles}}} AND "
        f"{attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}}))\n"
    )


def _role(name: str, description: str, actions: Iterable[str], data_actions: Iterable[str] = ()) -> str:
    definition = {
        "Name": name,
        "IsCustom": True,
        "Description": description,
        "Actions": sorted(actions),
        "NotActions": [],
        "DataActions": sorted(data_actions),
        "NotDataActions": [],
        "AssignableScopes": [SCOPE],
    }
    return f"{json.dumps(definition, indent=2)}\n"
