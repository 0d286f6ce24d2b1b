"""Keys of endpoints. They live in the stand-in's key ring, where the data plane judges them (CONTRACTS 5).

A serverless endpoint rotates at once and answers both keys; an online endpoint accepts the rotation, and the old key
dies when the operation ends. Batch endpoints have keys to list, and none to rotate.
"""

from functools import partial

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import same, text
from local.azure.arm.endpoint_documents import SERVERLESS
from local.azure.arm.endpoints import require_endpoint, retry_headers
from local.azure.arm.errors import ArmError, FrontEndError
from local.azure.arm.operations import OperationKind
from local.azure.cloud import Cloud
from local.azure.keyring import Slot
from local.azure.store import Document

KEYED = ("Key", "KeyAndAAD")
SLOTS: dict[str, Slot] = {"primary": 1, "secondary": 2}
TOKEN_SECONDS = 12 * 3600


def list_keys(cloud: Cloud, call: Call) -> Reply:
    """Both keys of an endpoint that authenticates by key; any other is refused."""
    endpoint = _keyed(cloud, call)
    return Reply(200, _both(cloud, endpoint))


def regenerate_keys(cloud: Cloud, call: Call) -> Reply:
    """Puts a new key, `keyValue` if one is given, in the place of the `Primary` or `Secondary` one."""
    endpoint, body = _keyed(cloud, call), call.document()
    slot = SLOTS.get(text(body, "keyType").casefold())
    if slot is None:
        raise _invalid("'keyType' must be 'Primary' or 'Secondary'.")
    rotate = partial(_rotate, cloud, endpoint["id"], slot, text(body, "keyValue"))
    if same(text(endpoint, "type"), SERVERLESS):
        rotate()
        return Reply(200, _both(cloud, endpoint))
    operation = cloud.operations.start(call, OperationKind.ENDPOINT, text(endpoint, "location") or "local", rotate)
    return Reply(202, headers=retry_headers(operation, call.base_url), operation=operation)


def get_token(cloud: Cloud, call: Call) -> Reply:
    """A token for an online endpoint that authenticates by token; times are seconds since 1970."""
    endpoint = require_endpoint(cloud, call.target)
    if text(endpoint, "properties", "authMode") in KEYED:
        raise _invalid("The endpoint authenticates by key and has no tokens.")
    token = cloud.tokens.issue(endpoint["id"], call.claims)
    expires = int(cloud.clock.seconds()) + TOKEN_SECONDS
    told = {"expiryTimeUtc": expires, "refreshAfterTimeUtc": expires - 3600}
    return Reply(200, {"accessToken": token.value, "tokenType": "Bearer", **told})


def _keyed(cloud: Cloud, call: Call) -> Document:
    endpoint = require_endpoint(cloud, call.target)
    mode = text(endpoint, "properties", "authMode")
    if mode not in KEYED:
        raise _invalid(f"The endpoint's authentication mode is {mode}; it has no keys.")
    return endpoint


def _both(cloud: Cloud, endpoint: Document) -> Document:
    keys = cloud.keys.live(endpoint["id"])
    return {"primaryKey": keys.first.value, "secondaryKey": keys.second.value}


def _rotate(cloud: Cloud, endpoint_id: str, slot: Slot, value: str) -> None:
    cloud.keys.regenerate(endpoint_id, slot, value)


def _invalid(message: str) -> ArmError:
    return FrontEndError(400, "BadArgument", message)
