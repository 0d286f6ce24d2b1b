"""Events as Event Grid sends them, in both schemas (CONTRACTS §9): the shapes of a dozen kinds of change."""

from typing import Any

from tests.builders import GROUP, SUBSCRIPTION

type Json = dict[str, Any]

OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
CLAIMS = {
    OBJECT_ID: "AAAAAAAA-0000-0000-0000-000000000001",
    "appid": "C44B4083-3BB0-49C1-B47D-974E53CBDF3C",
    "name": "Jane Doe",
    "ipaddr": "203.0.113.7",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "jane@contoso.example",
}
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-prod"


def resource_event(uri: str, verb: str = "Write", **data: Any) -> Json:  # noqa: ANN401 - JSON
    """A change of a resource in Event Grid's own schema."""
    return {
        "id": "event-1",
        "topic": f"/subscriptions/{SUBSCRIPTION}",
        "subject": uri,
        "eventType": f"Microsoft.Resources.Resource{verb}Success",
        "eventTime": "2026-08-20T10:11:12.3456789Z",
        "data": {
            "authorization": {"scope": uri, "action": "x/write", "evidence": {"role": "Contributor"}},
            "claims": CLAIMS,
            "correlationId": "correlation-1",
            "resourceProvider": "Microsoft.MachineLearningServices",
            "resourceUri": uri,
            "operationName": "Microsoft.MachineLearningServices/workspaces/write",
            "status": "Succeeded",
            "subscriptionId": SUBSCRIPTION,
            "httpRequest": {"method": "PUT", "url": f"https://management.azure.com{uri}?api-version=2025-12-01"},
            **data,
        },
        "dataVersion": "2",
        "metadataVersion": "1",
    }


def vault_event(what: str = "SecretNearExpiry") -> Json:
    """A vault's word about what is in it; its data is spelled oddly, down to a space after a key."""
    return {
        "id": "event-1",
        "topic": VAULT,
        "subject": "aoai-key",
        "eventType": f"Microsoft.KeyVault.{what}",
        "eventTime": "2026-08-20T01:08:33.1036736Z",
        "data": {
            "VaultName": "kv-prod",
            "ObjectType": "Secret",
            "ObjectName ": "aoai-key",
            "Version": " ee05",
            "NBF": "1",
        },
        "dataVersion": "1",
        "metadataVersion": "1",
    }


def as_cloud_event(event: Json) -> Json:
    """The same change in the CloudEvents schema."""
    return {
        "specversion": "1.0",
        "id": event["id"],
        "source": event["topic"],
        "subject": event["subject"],
        "type": event["eventType"],
        "time": event["eventTime"],
        "data": event["data"],
    }


def without(event: Json, *keys: str) -> Json:
    """An event whose data lacks some keys."""
    return {**event, "data": {key: value for key, value in event["data"].items() if key not in keys}}
