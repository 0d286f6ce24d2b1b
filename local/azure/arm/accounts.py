"""Azure AI services accounts: the keys that connections hold."""

import secrets

from local.azure.arm.call import Call, Reply
from local.azure.arm.errors import bad_request
from local.azure.arm.plain import require
from local.azure.arm_ids import canonical
from local.azure.cloud import Cloud


def list_keys(cloud: Cloud, call: Call) -> Reply:
    """Both keys, made at the first ask; refused when the account has local authentication off."""
    account = require(cloud, call.target)
    if account.get("properties", {}).get("disableLocalAuth"):
        raise bad_request("BadRequest", "Failed to list key. disableLocalAuth is set to be true")
    fresh = {name: secrets.token_hex(16) for name in ("key1", "key2")}
    return Reply(200, cloud.store.secrets.setdefault(canonical(account["id"]), fresh))
