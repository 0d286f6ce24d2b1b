"""The tags API: merge, replace or delete the tags of a resource, group or subscription without touching the rest.

Rules: CONTRACTS 6. Names compare case-insensitively; a name that is already there keeps its spelling.
"""

from local.azure.arm.call import Call, Reply
from local.azure.arm.errors import bad_request
from local.azure.arm.plain import require
from local.azure.cloud import Cloud
from local.azure.store import Document

LIMIT = 50
NAME_LENGTH = 512
STORAGE_NAME_LENGTH = 128
VALUE_LENGTH = 256
REFUSED_CHARACTERS = frozenset("<>%&\\?/")

type Tags = dict[str, str]


def get(cloud: Cloud, call: Call) -> Reply:
    """The tags of the scope."""
    return Reply(200, _resource(call, _tags(require(cloud, call.scope))))


def put(cloud: Cloud, call: Call) -> Reply:
    """Replaces all tags of the scope."""
    document = require(cloud, call.scope)
    return _store(cloud, call, document, _given(call))


def patch(cloud: Cloud, call: Call) -> Reply:
    """Merges, replaces or deletes; answers the whole resulting set."""
    document = require(cloud, call.scope)
    given, operation = _given(call), call.document().get("operation")
    match operation:
        case "Merge":
            tags = merge(_tags(document), given)
        case "Replace":
            tags = given
        case "Delete":
            tags = without(_tags(document), given)
        case _:
            raise bad_request(
                "InvalidRequestContent", f"'operation' must be Merge, Replace or Delete, not {operation!r}."
            )
    return _store(cloud, call, document, tags)


def delete(cloud: Cloud, call: Call) -> Reply:
    """Removes all tags of the scope."""
    cloud.store.put({**require(cloud, call.scope), "tags": {}})
    return Reply(200)


def merge(tags: Tags, given: Tags) -> Tags:
    """The tags with those given laid over them."""
    spelled = {name.casefold(): name for name in tags}
    return {**tags, **{spelled.get(name.casefold(), name): value for name, value in given.items()}}


def without(tags: Tags, given: Tags) -> Tags:
    """The tags without those given; a given value must match, an empty one matches any."""
    doomed = {name.casefold(): value for name, value in given.items()}
    return {
        name: value
        for name, value in tags.items()
        if name.casefold() not in doomed or doomed[name.casefold()] not in ("", value)
    }


def _tags(document: Document) -> Tags:
    return dict(document.get("tags") or {})


def _given(call: Call) -> Tags:
    return {
        name: "" if value is None else str(value)
        for name, value in call.part(call.part(call.document(), "properties"), "tags").items()
    }


def _store(cloud: Cloud, call: Call, document: Document, tags: Tags) -> Reply:
    _check(tags, call.scope)
    cloud.store.put({**document, "tags": tags})
    return Reply(200, _resource(call, tags))


def _check(tags: Tags, scope: str) -> None:
    if len(tags) > LIMIT:
        raise bad_request(
            "TooManyTags", f"The resource '{scope}' would have {len(tags)} tags; at most {LIMIT} are allowed."
        )
    storage = "/microsoft.storage/" in scope.casefold()
    longest = STORAGE_NAME_LENGTH if storage else NAME_LENGTH
    for name, value in tags.items():
        if not name or len(name) > longest or REFUSED_CHARACTERS & set(name):
            raise bad_request(
                "InvalidTagName",
                f"The tag name '{name[:40]}' must have 1 to {longest} characters and none of "
                f"{' '.join(sorted(REFUSED_CHARACTERS))}.",
            )
        if len(value) > VALUE_LENGTH:
            raise bad_request("InvalidTagValue", f"The value of tag '{name}' is longer than {VALUE_LENGTH}.")


def _resource(call: Call, tags: Tags) -> Document:
    own_id = f"{call.scope}/providers/Microsoft.Resources/tags/default"
    return {"id": own_id, "name": "default", "type": "Microsoft.Resources/tags", "properties": {"tags": tags}}
