"""Deleted AI services accounts: listed and read until they are purged, which frees their names."""

from local.azure.arm.call import Call, Reply
from local.azure.arm.errors import ArmError
from local.azure.arm.paging import page
from local.azure.arm_ids import group_of, name_of, subscription_of
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts"


def deleted_id(account: Document) -> str:
    """Where a deleted account lies, from what the account's own document says."""
    subscription, group = subscription_of(account["id"]), group_of(account["id"])
    place = f"Microsoft.CognitiveServices/locations/{region_of(account)}/resourceGroups/{group}"
    return f"/subscriptions/{subscription}/providers/{place}/deletedAccounts/{account['name']}"


def region_of(account: Document) -> str:
    """A region's short name, also where a document tells its display name ("West US")."""
    return str(account["location"]).replace(" ", "").casefold()


def list_deleted(cloud: Cloud, call: Call) -> Reply:
    """The deleted accounts of a subscription."""
    scope = f"/subscriptions/{call.names['subscription']}"
    return page(call, cloud.store.of_type(TYPE, scope), cloud.options.page_size)


def get(cloud: Cloud, call: Call) -> Reply:
    """One deleted account."""
    return Reply(200, _require(cloud, call))


def purge(cloud: Cloud, call: Call) -> Reply:
    """Forgets a deleted account; 204 when there was none."""
    known = cloud.store.get(call.target) is not None
    cloud.store.remove(call.target)
    return Reply(200 if known else 204, changed=known)


def _require(cloud: Cloud, call: Call) -> Document:
    document = cloud.store.get(call.target)
    if document is None:
        raise ArmError(404, "ResourceNotFound", f"The deleted account '{name_of(call.target)}' was not found.")
    return document
