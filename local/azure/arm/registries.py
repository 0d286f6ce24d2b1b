"""Container registries: two passwords of the admin user, shown only while that user is enabled."""

from collections.abc import Mapping

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import text
from local.azure.arm.errors import bad_request
from local.azure.arm.keyed import slot_named
from local.azure.arm.plain import require
from local.azure.cloud import Cloud
from local.azure.keyring import Slot
from local.azure.store import Document

SLOTS: Mapping[str, Slot] = {"password": 1, "password2": 2}


def list_credentials(cloud: Cloud, call: Call) -> Reply:
    """The admin user and both passwords."""
    return Reply(200, _shown(cloud, _with_admin_user(cloud, call)))


def regenerate_credential(cloud: Cloud, call: Call) -> Reply:
    """Kills one password at once, and answers both as they are then."""
    registry = _with_admin_user(cloud, call)
    cloud.keys.regenerate(registry["id"], slot_named(text(call.document(), "name"), SLOTS))
    return Reply(200, _shown(cloud, registry))


def _with_admin_user(cloud: Cloud, call: Call) -> Document:
    registry = require(cloud, call.target)
    if not registry.get("properties", {}).get("adminUserEnabled"):
        raise bad_request(
            "UnAuthorizedForCredentialOperations",
            f"Cannot perform credential operations for {registry['id']} as admin user is disabled. Kindly enable "
            "admin user as per docs: https://aka.ms/acr/auth.",
        )
    return registry


def _shown(cloud: Cloud, registry: Document) -> Document:
    keys = cloud.keys.live(registry["id"])
    passwords = [{"name": name, "value": keys.of(slot).value} for name, slot in SLOTS.items()]
    return {"username": registry["name"], "passwords": passwords}
