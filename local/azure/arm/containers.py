"""Subscriptions and resource groups: what a loaded resource implies, unless the estate brings the documents itself."""

from local.azure.arm.call import Call, Reply
from local.azure.arm.errors import ArmError
from local.azure.arm.paging import page
from local.azure.arm_ids import GROUP_TYPE, SUBSCRIPTION_TYPE, group_of, resource_type, subscription_of
from local.azure.cloud import Cloud
from local.azure.store import Document, Store


def imply(store: Store, document: Document, tenant: str) -> None:
    """Stores the subscription and the group of a document that are not known yet."""
    subscription, group = subscription_of(document["id"]), group_of(document["id"])
    scope = f"/subscriptions/{subscription}"
    if subscription and store.get(scope) is None:
        store.put(
            {
                "id": scope,
                "subscriptionId": subscription,
                "tenantId": tenant,
                "displayName": subscription,
                "state": "Enabled",
                "tags": {},
            }
        )
    if group and store.get(f"{scope}/resourceGroups/{group}") is None:
        store.put(
            {
                "id": f"{scope}/resourceGroups/{group}",
                "name": group,
                "type": "Microsoft.Resources/resourceGroups",
                "location": document.get("location") or "local",
                "tags": {},
                "properties": {"provisioningState": "Succeeded"},
            }
        )


def check_scope(store: Store, names: dict[str, str]) -> None:
    """Raises ArmError 404 when a route's subscription or group does not exist, or its scope is no resource's id."""
    scope = f"/subscriptions/{names.get('subscription', '')}"
    if "subscription" in names and store.get(scope) is None:
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{names['subscription']}' could not be found.")
    if "group" in names and store.get(f"{scope}/resourceGroups/{names['group']}") is None:
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{names['group']}' could not be found.")
    if "scope" in names:
        _check_is_id(names["scope"])


def _check_is_id(scope: str) -> None:
    try:
        resource_type(scope)
    except ValueError as error:
        raise ArmError(404, "InvalidResourceType", str(error)) from None


def list_subscriptions(cloud: Cloud, call: Call) -> Reply:
    """All subscriptions of the tenant."""
    return page(call, cloud.store.of_type(SUBSCRIPTION_TYPE), cloud.options.page_size)


def list_groups(cloud: Cloud, call: Call) -> Reply:
    """All resource groups of a subscription."""
    scope = f"/subscriptions/{call.names['subscription']}"
    return page(call, cloud.store.of_type(GROUP_TYPE, scope), cloud.options.page_size)
