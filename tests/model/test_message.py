"""What arrives on the queue: both Event Grid schemas, our own sweep, and everything that is neither."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.model.errors import BadEvent, BadResourceId
from shared.model.message import (
    LARGEST,
    RESOURCE_TYPES,
    VAULT_TYPES,
    Deed,
    Event,
    Rotate,
    Sweep,
    Wish,
    parse,
    rotate_message,
    slim,
    sweep_message,
)
from tests.builders import WORKSPACES, rid
from tests.model.events import CLAIMS, OBJECT_ID, VAULT, Json, as_cloud_event, resource_event, vault_event, without

HUB = f"{WORKSPACES}/hub-prod"
NAMELESS = {key: value for key, value in CLAIMS.items() if not key.endswith("/claims/upn")}
UPN = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
NAME = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
TAGS = f"{HUB}/providers/Microsoft.Resources/tags/default"

schemas = pytest.mark.parametrize("shape", [dict, as_cloud_event], ids=["eventgrid", "cloudevents"])


def read(event: Any) -> Event:  # noqa: ANN401 - any JSON
    """What an event says to us."""
    message = parse(json.dumps(event))
    assert isinstance(message, Event)
    return message


@schemas
def test_resource_event(shape: Callable[[Json], Json]) -> None:
    """Of a change in Azure we keep which resource, who did it and by which operation, in either schema."""
    assert read(shape(resource_event(HUB))) == Event(
        "event-1",
        "Microsoft.Resources.ResourceWriteSuccess",
        rid(HUB),
        "Microsoft.MachineLearningServices/workspaces/write",
        CLAIMS[OBJECT_ID].lower(),
        CLAIMS["appid"].lower(),
        "correlation-1",
    )


@schemas
@pytest.mark.parametrize(
    ("claims", "who"),
    [
        (CLAIMS, "jane@contoso.example"),
        (NAMELESS | {NAME: " jo@contoso.example "}, "jo@contoso.example"),
        (NAMELESS, CLAIMS["appid"]),
        (CLAIMS | {UPN: "a\nb"}, CLAIMS["appid"]),
        (CLAIMS | {UPN: 7}, CLAIMS["appid"]),
        (CLAIMS | {UPN: "x" * 1000}, "x" * 128),
    ],
    ids=["user", "name", "application", "control character", "no text", "long"],
)
def test_who_did_it(shape: Callable[[Json], Json], claims: Json, who: str) -> None:
    """An event tells who did it and when, the person before the application; what is no name is none."""
    deed = read(shape(resource_event(HUB, claims=claims))).deed
    assert deed == Deed(who, datetime(2026, 8, 20, 10, 11, 12, 345678, tzinfo=UTC))
    assert who not in repr(deed)


@pytest.mark.parametrize(
    "event",
    [
        resource_event(HUB, claims={}),
        resource_event(HUB, claims="jane"),
        {**resource_event(HUB), "eventTime": "yesterday"},
        {**resource_event(HUB), "eventTime": "2026-08-20T10:11:12"},
        {**resource_event(HUB), "eventTime": 7},
    ],
    ids=["no claims", "claims that are none", "no moment", "no offset", "a number"],
)
def test_nobody_knows_who(event: Json) -> None:
    """Where an event does not tell both who and when, nothing is made up."""
    assert read(event).deed is None


@schemas
@pytest.mark.parametrize(
    "uri",
    [
        f"{HUB}/computes/ci-jane",
        f"{HUB}/connections/aoai",
        HUB.replace("resourceGroups", "resourcegroups"),
        HUB.upper(),
        f"{WORKSPACES.replace('MachineLearningServices/workspaces', 'CognitiveServices/accounts')}/a/projects/p",
    ],
)
def test_any_resource(shape: Callable[[Json], Json], uri: str) -> None:
    """A change of a compute, a connection, a hub in any case or a Foundry project names that resource."""
    assert read(shape(resource_event(uri))).resource == rid(uri)


@schemas
@pytest.mark.parametrize("extension", ["Microsoft.Resources/tags/default", "Microsoft.Insights/diagnosticSettings/d"])
def test_extension(shape: Callable[[Json], Json], extension: str) -> None:
    """A write of tags or of a diagnostic setting is a change of the resource it hangs on."""
    assert read(shape(resource_event(f"{HUB}/providers/{extension}"))).resource == rid(HUB)


@schemas
@pytest.mark.parametrize("kind", sorted(RESOURCE_TYPES))
def test_every_resource_type(shape: Callable[[Json], Json], kind: str) -> None:
    """Writes, deletes and actions are hints, also failed and cancelled ones."""
    assert read(shape({**resource_event(HUB), "eventType": kind})).type == kind


@schemas
@pytest.mark.parametrize("kind", sorted(VAULT_TYPES))
def test_vault_event(shape: Callable[[Json], Json], kind: str) -> None:
    """A vault's event is about a secret however its data is spelled, else about the vault."""
    event = read(shape({**vault_event(), "eventType": kind}))
    about = f"{VAULT}/secrets/aoai-key" if "Secret" in kind else VAULT
    assert (event.resource, event.type, event.principal) == (rid(about), kind, "")


@schemas
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"ObjectName": None},
        {"ObjectName": 7},
        {"ObjectName": ["aoai-key"]},
        {"ObjectName": ""},
        {"ObjectName": "a/b"},
        {"ObjectName": "../../vaults/other/secrets/x"},
        {"ObjectName": "a%2Fb"},
        {"ObjectName": "a\nb"},
        {"ObjectName": "a b"},
        {"ObjectName": "schlüssel"},
        {"ObjectName": "x" * 128},
        {"ObjectName": "x" * 300},
        {"ObjectName": "aoai-key", "ObjectType": "Certificate"},
        {"ObjectName": "aoai-key", "ObjectType": None},
        {"ObjectName": "aoai-key", "ObjectType": {"Secret": "Secret"}},
    ],
    ids=lambda data: str(data.get("ObjectName"))[:12],
)
def test_a_secret_nobody_can_have_made(shape: Callable[[Json], Json], data: Json) -> None:
    """A name that no secret can have is not believed: what is left is the vault, which Azure itself named."""
    assert read(shape({**vault_event(), "data": {"ObjectType": "Secret", **data}})).resource == rid(VAULT)


@schemas
@pytest.mark.parametrize(
    "data",
    [
        {"ObjectName": "Aoai-Key", "ObjectType": "secret"},
        {"ObjectName": " aoai-key ", "ObjectType": " Secret"},
        {"ObjectName ": "aoai-key", "ObjectName": "", "ObjectType": "Secret"},
    ],
)
def test_a_secret_in_odd_spelling(shape: Callable[[Json], Json], data: Json) -> None:
    """Case and blanks do not count, as in Azure and in its documents."""
    assert read(shape({**vault_event(), "data": data})).resource == rid(f"{VAULT}/secrets/aoai-key")


@schemas
@pytest.mark.parametrize("topic", [HUB, f"{VAULT}/secrets/other", f"{WORKSPACES}/{'x' * 1900}"])
def test_only_a_vault_has_secrets(shape: Callable[[Json], Json], topic: str) -> None:
    """An event of a vault that comes from elsewhere, or from an id as long as ids may be, names nothing in it."""
    assert read(shape({**vault_event(), "topic": topic})).resource == rid(topic)


@schemas
def test_a_long_vault_has_no_room_for_a_secret(shape: Callable[[Json], Json]) -> None:
    """No id that we make is longer than those that we read."""
    topic = f"{VAULT}{'x' * (2048 - len(VAULT))}"
    assert read(shape({**vault_event(), "topic": topic})).resource == rid(topic)


@schemas
@pytest.mark.parametrize(
    ("data", "principal"),
    [
        ({"claims": {}}, ""),
        ({"claims": None}, ""),
        ({"claims": ["odd"]}, ""),
        ({"claims": {OBJECT_ID: None, "appid": 7}}, ""),
        ({"authorization": {}, "httpRequest": {}}, CLAIMS[OBJECT_ID].lower()),
        ({"operationName": None, "correlationId": 7}, CLAIMS[OBJECT_ID].lower()),
    ],
    ids=["no claims", "null claims", "claims are a list", "odd claims", "empty request", "odd names"],
)
def test_poor_data(shape: Callable[[Json], Json], data: Json, principal: str) -> None:
    """What we could do without may be empty, null or of another type."""
    event = read(shape(resource_event(HUB, **data)))
    assert (event.resource, event.principal) == (rid(HUB), principal)


@schemas
@pytest.mark.parametrize("key", ["httpRequest", "authorization", "claims", "correlationId", "operationName", "status"])
def test_absent_data(shape: Callable[[Json], Json], key: str) -> None:
    """What we could do without may be absent, as `httpRequest` is when a hub is created."""
    assert read(shape(without(resource_event(HUB), key))).resource == rid(HUB)


def test_array_of_one() -> None:
    """Event Grid's own schema delivers an event alone in an array."""
    assert read([resource_event(HUB)]) == read(resource_event(HUB))


def test_claims_stay_behind() -> None:
    """Names, addresses and the rest of the claims are not kept."""
    assert "jane" not in repr(read(resource_event(HUB))).lower()


def test_sweep() -> None:
    """Our own word for a sweep comes back as such."""
    assert parse(sweep_message(rid(HUB))) == Sweep(rid(HUB))
    assert parse(sweep_message(rid(HUB), keys=True)) == Sweep(rid(HUB), keys=True)


GUID = "0a0a0a0a-0000-4000-8000-00000000000f"


@pytest.mark.parametrize("wish", Wish)
@pytest.mark.parametrize("given", [GUID, ""])
def test_a_rotation_that_is_asked_for(wish: Wish, given: str) -> None:
    """Somebody's word comes as it was sent, with the id that its rows name if it has one."""
    wanted = Rotate(rid(HUB), wish, "it leaked", "jane", given)

    assert parse(rotate_message(wanted)) == wanted
    assert ("correlationId" in rotate_message(wanted)) is bool(given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [(GUID.upper(), GUID), (f"{{{GUID}}}", GUID), ("INC-4711", ""), (f"{GUID}\r\nX-Evil: 1", ""), (7, ""), (None, "")],
)
def test_an_id_that_is_no_guid_is_left_out(given: object, kept: str) -> None:
    """It goes into a header of each request to Azure; and an emergency is not refused for it."""
    said = json.loads(rotate_message(Rotate(rid(HUB), Wish.NOW, "it leaked", "jane")))
    message = parse(json.dumps({**said, "correlationId": given}))

    assert message == Rotate(rid(HUB), Wish.NOW, "it leaked", "jane", kept)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("<html>", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("9" * 5_000, "not JSON"),
        ("7", "found int"),
        ("null", "found NoneType"),
        ('"text"', "found str"),
        ("[]", "found list"),
        ("[1, 2]", "found list"),
        ("[[]]", "found list"),
        ("{}", "lacks a type"),
        ('{"eventType": 7, "data": {}}', "lacks a type"),
        ('{"eventType": "Microsoft.Resources.ResourceWriteSuccess"}', "an object in data"),
        ('{"eventType": "Microsoft.Resources.ResourceWriteSuccess", "data": []}', "an object in data"),
        ('{"hubwarden": "sweep"}', "lacks 'hub'"),
        ('{"hubwarden": "sweep", "hub": 7}', "lacks 'hub'"),
        (json.dumps(without(resource_event(HUB), "resourceUri")), "lacks 'resourceUri'"),
        (json.dumps({**resource_event(HUB), "id": ""}), "lacks 'id'"),
        (json.dumps({**resource_event(HUB), "id": "x" * 60_000}), "'id' has 60000 characters"),
        (
            json.dumps({**resource_event(HUB), "eventType": "Microsoft.MachineLearningServices.ModelRegistered"}),
            "narrow",
        ),
        (json.dumps({**resource_event(HUB), "eventType": "x" * 9_000}), "narrow"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_no_event(text: str, reason: str) -> None:
    """What is no event is refused with the reason, on one short line."""
    with pytest.raises(BadEvent, match=reason) as refused:
        parse(text)
    message = str(refused.value)
    assert (message.isprintable(), len(message) < 300) == (True, True)


@schemas
@pytest.mark.parametrize("uri", ["hub", f"{WORKSPACES}/../x", f"{WORKSPACES}/a%2Fb", HUB + "x" * 10_240])
def test_no_resource(shape: Callable[[Json], Json], uri: str) -> None:
    """An event about what is no ARM id is refused."""
    with pytest.raises(BadResourceId):
        read(shape(resource_event(uri)))


def test_small_stays() -> None:
    """An event that fits the queue goes there as it came."""
    text = json.dumps(resource_event(HUB), indent=1)
    assert slim(text) == text


@schemas
@pytest.mark.parametrize("wrapped", [False, True], ids=["alone", "in an array"])
@pytest.mark.parametrize("name", ["aoai-key", " aoai-key", "x" * 127, "x" * 128, "x" * 300, "a/b", "", None, 7])
@pytest.mark.parametrize("key", ["ObjectName", "ObjectName "])
def test_large_vault_event(shape: Callable[[Json], Json], wrapped: bool, name: object, key: str) -> None:  # noqa: FBT001 - a case
    """A vault's event that would not fit still names its vault, and its secret where it did before."""
    event = shape({**vault_event(), "data": {"VaultName": "x" * 64_000, "ObjectType": "Secret", key: name}})
    small = slim(json.dumps([event] if wrapped else event))
    assert (len(small) < LARGEST, parse(small)) == (True, read(event))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, max_examples=60)
@given(
    shape=st.sampled_from([dict, as_cloud_event]),
    wrapped=st.booleans(),
    padded=st.sampled_from(["authorization", "httpRequest", "operationName", "correlationId", "status"]),
    data=st.dictionaries(st.sampled_from(["claims", "operationName", "correlationId", "httpRequest"]), _json),
)
def test_slim(shape: Callable[[Json], Json], wrapped: bool, padded: str, data: Json) -> None:  # noqa: FBT001 - drawn
    """A 64 kB event is made to fit the queue and still says the same to us."""
    event = shape(resource_event(HUB, **{**data, padded: "x" * 64_000}))
    text = json.dumps([event] if wrapped else event)
    small = slim(text)
    assert (len(small.encode()) <= LARGEST, parse(small)) == (True, parse(text))
