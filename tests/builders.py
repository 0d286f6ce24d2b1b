"""
Documents as Azure returns them, short enough to read in a test, and a policy that enforces every rule.

Each builder makes a resource that complies; a test changes the one thing it is about. Shapes follow the recordings in
`tests/data/recorded`; names are Contoso's, people are at contoso.example.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.model.cost_tags import CostTag, CostTags, Creator
from shared.model.resource_id import ResourceId
from shared.policy.policy import Effect, Exemption, Limits, Policy, RulePolicy, Scope, Setting
from shared.rules.catalogue import RULES

type Document = dict[str, Any]

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ai"
WORKSPACES = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
LOGS = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-ai"
JANE = "0c1e5a0a-1111-4000-8000-00000000ca5e"
"""Jane's object id in the directory."""
TAGS = {"CostCenter": "CC-1234", "Environment": "prod", "Owner": "jane@contoso.example"}
COST_TAGS = CostTags(
    (
        CostTag("CostCenter", spellings=("cost-center", "cc"), pattern="CC-[0-9]{4}"),
        CostTag("Environment", allowed=("dev", "test", "prod")),
        CostTag("Owner"),
    ),
    owner="Owner",
    creator=Creator(by="CreatedBy", on="CreatedOn"),
)
_PROVIDERS = {
    "storage": "Microsoft.Storage/storageAccounts",
    "vault": "Microsoft.KeyVault/vaults",
    "account": "Microsoft.CognitiveServices/accounts",
    "search": "Microsoft.Search/searchServices",
}


def rid(named: Document | str) -> ResourceId:
    """The parsed id of a document or of a text."""
    return ResourceId.parse(named if isinstance(named, str) else named["id"])


def recorded(name: str) -> Any:  # noqa: ANN401 - any JSON
    """A document of `tests/data/recorded`."""
    return json.loads((Path(__file__).parent / "data" / "recorded" / name).read_text(encoding="utf-8"))


def workspace_id(name: str) -> str:
    """The id of a workspace in the group of all tests."""
    return f"{WORKSPACES}/{name}"


def hub(
    name: str = "hub",
    *,
    tags: Mapping[str, str] | None = TAGS,
    region: str = "eastus2",
    **properties: Any,  # noqa: ANN401 - JSON
) -> Document:
    """A hub that nobody reaches from outside, with all its cost tags."""
    return {
        "id": workspace_id(name),
        "name": name,
        "type": "Microsoft.MachineLearningServices/workspaces",
        "kind": "Hub",
        "location": region,
        "tags": tags if tags is None else dict(tags),
        "etag": None,
        "properties": {
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Disabled",
            "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"},
            "applicationInsights": None,
            **properties,
        },
    }


def project(
    name: str = "project",
    *,
    of: str | None = "hub",
    tags: Mapping[str, str] | None = TAGS,
    region: str = "eastus2",
    **properties: Any,  # noqa: ANN401 - JSON
) -> Document:
    """A project of the hub with that name, in its region."""
    named = {} if of is None else {"hubResourceId": workspace_id(of)}
    document = hub(name, tags=tags, region=region, **{**named, **properties})
    return {**document, "kind": "Project"}


def connection(name: str = "aoai", *, of: str = "hub", **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """A keyless connection that its workspace made for itself."""
    return {
        "id": f"{workspace_id(of)}/connections/{name}",
        "name": name,
        "type": "Microsoft.MachineLearningServices/workspaces/connections",
        "tags": None,
        "location": None,
        "properties": {
            "authType": "AAD",
            "category": "AzureOpenAI",
            "createdByWorkspaceArmId": workspace_id(of),
            "isSharedToAll": False,
            "metadata": {},
            **properties,
        },
    }


def instance(name: str = "ci-jane", *, of: str = "hub", **inner: Any) -> Document:  # noqa: ANN401 - JSON
    """A compute instance of Jane's on the latest image, that stops when idle and that nobody reaches from outside."""
    versions = {"currentImageVersion": "26.02.20", "latestImageVersion": "26.02.20", "isLatestOsImageVersion": True}
    settings = {
        "state": "Running",
        "vmSize": "STANDARD_D4DS_V4",
        "idleTimeBeforeShutdown": "PT30M",
        "osImageMetadata": versions,
        "createdBy": {"userId": JANE},
        "sshSettings": {"sshPublicAccess": "Disabled"},
        "enableNodePublicIp": False,
    }
    return _compute(name, of, "ComputeInstance", {**settings, **inner})


def cluster(
    name: str = "gpu",
    *,
    of: str = "hub",
    least: int | None = 0,
    nodes: int | None = None,
    **inner: Any,  # noqa: ANN401 - JSON
) -> Document:
    """
    A compute cluster that keeps at least so many nodes, which nobody reaches from outside.

    How many it has it tells only where `nodes` are given.
    """
    scale = {"maxNodeCount": 4, "minNodeCount": least, "nodeIdleTimeBeforeScaleDown": "PT2M"}
    settings = {
        "scaleSettings": None if least is None else scale,
        "vmSize": "STANDARD_D4DS_V4",
        "remoteLoginPortPublicAccess": "Disabled",
        "enableNodePublicIp": False,
    }
    counted = {} if nodes is None else {"currentNodeCount": nodes}
    return _compute(name, of, "AmlCompute", {**settings, **counted, **inner})


def old_image(current: str = "25.12.31", latest: str = "26.01.15") -> Document:
    """The image metadata of an instance that does not run the latest: 60 days old, the latest out for 15 of them."""
    return {"currentImageVersion": current, "latestImageVersion": latest, "isLatestOsImageVersion": False}


def operated(name: str, *, days: float = 0, hours: float = 0) -> Document:
    """What was last done to an instance, and how long ago."""
    at = NOW - timedelta(days=days, hours=hours)
    return {"operationName": name, "operationTime": at.isoformat(), "operationStatus": "Succeeded"}


def dependent(
    kind: str = "storage",
    name: str = "stai",
    *,
    tags: Mapping[str, str] | None = TAGS,
    **properties: Any,  # noqa: ANN401 - JSON
) -> Document:
    """Something a hub leans on: `storage`, `vault`, `account` or `search`."""
    return {
        "id": dependent_id(kind, name),
        "name": name,
        "type": _PROVIDERS[kind],
        "location": "East US 2" if kind == "search" else "eastus2",
        "tags": tags if tags is None else dict(tags),
        "properties": {"provisioningState": "Succeeded", **properties},
    }


def dependent_id(kind: str = "storage", name: str = "stai") -> str:
    """The id that a hub or connection names it by."""
    return f"{GROUP}/providers/{_PROVIDERS[kind]}/{name}"


def vault_secret(
    name: str = "ai-key",
    *,
    of: str = "kv-ai",
    account: str | None = None,
    key: str = "Key1",
    enabled: bool | None = True,
) -> Document:
    """A secret in a vault, without its value; with an account tagged as one of its keys."""
    labels = {} if account is None else {"CredentialId": key, "ProviderAddress": account}
    uri = f"https://{of}.vault.azure.net/secrets/{name}"
    attributes = {"created": 1767225600, "updated": 1767225600} | ({} if enabled is None else {"enabled": enabled})
    return {
        "id": f"{dependent_id('vault', of)}/secrets/{name}",
        "name": name,
        "type": "Microsoft.KeyVault/vaults/secrets",
        "location": "eastus2",
        "tags": labels,
        "properties": {
            "attributes": attributes,
            "secretUri": uri,
            "secretUriWithVersion": f"{uri}/0123456789abcdef0123456789abcdef",
        },
    }


def identified(document: Document, principal: str = "principal-of-hub") -> Document:
    """The same workspace with a managed identity."""
    return {**document, "identity": {"type": "SystemAssigned", "principalId": principal, "tenantId": "tenant"}}


def role_assignment(
    role: str,
    principal: str = "principal-of-hub",
    *,
    on: str = "",
    name: str = "",
    **properties: Any,  # noqa: ANN401 - JSON
) -> Document:
    """A built-in role that somebody gave an identity long ago, on the AI services account or on something else."""
    scope, subscription = on or dependent_id("account"), f"/subscriptions/{SUBSCRIPTION}"
    named = name or f"{principal}-{role[:8]}"
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{named}",
        "name": named,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "principalId": principal,
            "principalType": "ServicePrincipal",
            "scope": scope,
            "condition": None,
            "createdOn": "2025-06-01T09:00:00.1234567Z",
            **properties,
        },
    }


def endpoint(name: str = "score", *, of: str = "project", tags: Mapping[str, str] | None = TAGS) -> Document:
    """An online endpoint of a workspace."""
    return {
        "id": f"{workspace_id(of)}/onlineEndpoints/{name}",
        "name": name,
        "type": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
        "location": "eastus2",
        "kind": "Managed",
        "tags": tags if tags is None else dict(tags),
        "properties": {"authMode": "AADToken", "provisioningState": "Succeeded"},
    }


def group(tags: Mapping[str, str] | None = TAGS, name: str = "rg-ai") -> Document:
    """A resource group; all builders put their resources into `rg-ai`."""
    return {
        "id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}",
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": "eastus2",
        "tags": tags if tags is None else dict(tags),
        "properties": {"provisioningState": "Succeeded"},
    }


def subscription(tags: Mapping[str, str] | None = None) -> Document:
    """The subscription of all tests."""
    return {
        "id": f"/subscriptions/{SUBSCRIPTION}",
        "subscriptionId": SUBSCRIPTION,
        "displayName": "ai",
        "state": "Enabled",
        "tags": tags if tags is None else dict(tags),
    }


def diagnostics(of: str = "hub", name: str = "all-logs", **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """A setting that sends a hub's logs to Log Analytics."""
    logs = [{"category": None, "categoryGroup": "allLogs", "enabled": True}]
    return {
        "id": f"{workspace_id(of)}/providers/Microsoft.Insights/diagnosticSettings/{name}",
        "name": name,
        "type": "Microsoft.Insights/diagnosticSettings",
        "properties": {"workspaceId": LOGS, "logs": logs, "metrics": [], **properties},
    }


def policy(
    *,
    effect: Effect = Effect.ENFORCE,
    effects: Mapping[str, Effect] | None = None,
    scopes: Mapping[str, tuple[Scope, ...]] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    auto_approve: str = "",
    limits: Limits | None = None,
    exemptions: tuple[Exemption, ...] = (),
    cost_tags: CostTags = COST_TAGS,
) -> Policy:
    """A policy about every rule: its defaults, and what a test says otherwise. Logs go to Contoso's workspace."""
    given: Mapping[str, Mapping[str, Any]] = {"HW-LOG-001": {"workspace_id": LOGS}} | dict(parameters or {})
    rules = {}
    for rule in RULES:
        values = {name: p.default for name, p in rule.parameters.items()} | dict(given.get(rule.id, {}))
        setting = Setting((effects or {}).get(rule.id, effect), rule.severity, values, auto_approve)
        rules[rule.id] = RulePolicy(setting, (scopes or {}).get(rule.id, ()))
    return Policy(rules, limits or Limits(), cost_tags, exemptions, "policy-1")


def _compute(name: str, of: str, kind: str, inner: Mapping[str, Any]) -> Document:
    return {
        "id": f"{workspace_id(of)}/computes/{name}",
        "name": name,
        "type": "Microsoft.MachineLearningServices/workspaces/computes",
        "location": "eastus2",
        "tags": None,
        "properties": {"computeType": kind, "provisioningState": "Succeeded", "properties": dict(inner)},
    }
