"""ARM lists: one page of documents and an absolute `nextLink` with an opaque `$skip`."""

import base64
import binascii
from collections.abc import Sequence
from urllib.parse import urlencode

from local.azure.arm.call import Call, Reply
from local.azure.arm.errors import bad_request
from local.azure.store import Document


def page(call: Call, documents: Sequence[Document], size: int) -> Reply:
    """The page a list request asks for; raises ArmError for a `$skip` that was not taken from a nextLink."""
    start = _offset(call.query.get("$skip", ""))
    body: Document = {"value": list(documents[start : start + size])}
    if start + size < len(documents):
        token = base64.urlsafe_b64encode(str(start + size).encode()).decode()
        body["nextLink"] = f"{call.base_url}{call.path}?{urlencode({**call.query, '$skip': token})}"
    return Reply(200, body)


def _offset(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token)) if token else 0
    except (ValueError, binascii.Error):
        raise bad_request("InvalidSkipToken", "'$skip' is opaque: follow nextLink as it was returned.") from None
