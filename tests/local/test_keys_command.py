"""`keys` as whoever must rotate one meets it: who holds which, who holds none that lives, and never a key."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from rich.console import Console

from local.keys import Picture, as_document, choose, look, picture, show
from local.tables import MOST_ROWS
from shared.model.errors import EstateInvalid
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind, Seen
from shared.model.key_facts import Held, KeyFacts, Slot
from shared.model.resource_id import ResourceId
from tests.builders import NOW, connection, dependent, dependent_id, hub, project, rid, vault_secret, workspace_id
from tests.local.test_cli import run

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
LIST_SECRETS = "Microsoft.X/listsecrets/action"
STORAGE = rid(dependent_id())
ACCOUNT = rid(dependent_id("account", "ai"))
SEARCH = rid(dependent_id("search", "srch"))


def keyed(name: str, to: ResourceId, *, of: str = "hub", **properties: Any) -> Fact:  # noqa: ANN401 - JSON
    """A connection by key, in which somebody left the key where anybody could print it."""
    given = {"authType": "ApiKey", "metadata": {"ResourceId": str(to)}, "credentials": {"key": SECRET}, **properties}
    return Fact.of(connection(name, of=of, **given))


HUB = Fact.of(hub(storageAccount=str(STORAGE)))
PROJECT = Fact.of(project(storageAccount=str(STORAGE)))
CHAT, OLD, HIDDEN = keyed("chat", ACCOUNT), keyed("old", ACCOUNT, of="project"), keyed("hidden", ACCOUNT)
INDEX, ASK = keyed("index", SEARCH), keyed("ask", SEARCH, of="project")
VIEWED = keyed("seen", ACCOUNT, of="project", createdByWorkspaceArmId=workspace_id("hub"))
KEYLESS = Fact.of(connection("keyless", metadata={"ResourceId": str(ACCOUNT)}))
ACCOUNTS = tuple(Fact.of(dependent(kind, one.name)) for kind, one in (("account", ACCOUNT), ("search", SEARCH)))
ESTATE = (HUB, PROJECT, CHAT, OLD, HIDDEN, INDEX, ASK, VIEWED, KEYLESS, *ACCOUNTS)
HELD: Mapping[ResourceId, Held] = {
    HUB.id: Held(STORAGE, Slot.FIRST),
    PROJECT.id: Held(STORAGE, Slot.FIRST),
    CHAT.id: Held(ACCOUNT, Slot.SECOND),
    OLD.id: Held(ACCOUNT),
    HIDDEN.id: Held(ACCOUNT, problem="Azure does not let us look", permission=LIST_SECRETS),
    INDEX.id: Held(SEARCH, Slot.FIRST),
    ASK.id: Held(SEARCH, Slot.QUERY),
}
FACTS = KeyFacts(HELD)
GAPS = (Gap(rid(workspace_id("lab")), Kind.CONNECTION, "403 from Azure", "Microsoft.X/connections/read"),)

GOLDEN = """\
Account ┃ Key                     ┃ Held by
━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
ai      │ Key1                    │ nobody known
        │ Key2                    │ hub/chat
        │ none of its living keys │ project/old
        │ not told                │ hub/hidden: Azure does not let us look (needs Microsoft.X/listsecrets/action)
srch    │ primary admin key       │ hub/index
        │ secondary admin key     │ nobody known
        │ query key               │ project/ask
stai    │ key1                    │ hub, project
        │ key2                    │ nobody known

Could not be read:
  each connection of lab: 403 from Azure (needs Microsoft.X/connections/read)
accounts 3; holders of a living key 5, none of the living 1, not told 1; not read 1
"""


def written(found: Picture) -> str:
    """What a person reads, in a wide terminal."""
    console = Console(file=io.StringIO(), width=200, highlight=False)
    show(found, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def test_the_picture_for_people() -> None:
    """Each account with its slots, free ones too; who holds none that lives; who could not be told, and why."""
    assert written(picture(ESTATE, GAPS, FACTS)) == GOLDEN


def test_the_picture_for_programs() -> None:
    """The same with ids, and with slots under names that do not change from service to service."""
    told = as_document(picture(ESTATE, GAPS, FACTS))
    accounts = {one["account"]: one for one in told["accounts"]}

    assert json.loads(json.dumps(told)) == told
    assert list(accounts) == [str(ACCOUNT), str(SEARCH), str(STORAGE)]
    assert accounts[str(ACCOUNT)] == {
        "account": str(ACCOUNT),
        "kind": "AI services account",
        "keys": [
            {"slot": "first", "name": "Key1", "held_by": []},
            {"slot": "second", "name": "Key2", "held_by": [str(CHAT.id)]},
        ],
        "none_living": [str(OLD.id)],
        "not_told": [{"resource": str(HIDDEN.id), "because": "Azure does not let us look", "permission": LIST_SECRETS}],
    }
    assert [key["slot"] for key in accounts[str(SEARCH)]["keys"]] == ["first", "second", "query"]
    assert told["unseen"] == [
        {"what": "each connection of lab", "because": "403 from Azure", "permission": "Microsoft.X/connections/read"}
    ]
    assert told["counts"] == {"accounts": 3, "living": 5, "none_living": 1, "not_told": 1, "unseen": 1}


def test_no_key_is_told() -> None:
    """Not even one that stands in a document that was read."""
    found = picture(ESTATE, GAPS, FACTS)

    assert SECRET not in written(found) + json.dumps(as_document(found)) + repr(found)


def test_who_keeps_no_key_is_left_out() -> None:
    """A workspace that comes to its storage with an identity; its storage account is still listed."""
    found = picture([HUB, Fact.of(dependent())], (), KeyFacts())

    assert [one.account for one in found.accounts] == [STORAGE]
    assert (found.counts["living"], found.counts["none_living"], found.counts["not_told"]) == (0, 0, 0)


def test_a_consumer_that_cannot_be_read_is_named() -> None:
    """What may hold a key is never left out in silence."""
    lost = Fact(CHAT.id, Kind.CONNECTION, seen=Seen.UNREADABLE, reason="403 from Azure", permission="X/read")

    assert "connection hub/chat: 403 from Azure (needs X/read)" in written(picture([lost], (), KeyFacts()))


def test_a_secret_stands_behind_its_vault() -> None:
    """As a connection behind its workspace; a vault whose secrets nobody may list, or see at all, is named."""
    kept = Fact.of(vault_secret("ai-key", account=str(ACCOUNT)))
    closed = Fact(rid(dependent_id("vault", "kv-b")), Kind.KEY_VAULT, seen=Seen.UNREADABLE, reason="403 from Azure")
    gap = Gap(rid(dependent_id("vault", "kv-c")), Kind.SECRET, "403 from Azure", "X/read")
    told = written(picture([kept, closed], [gap], KeyFacts({kept.id: Held(ACCOUNT, Slot.FIRST)})))

    assert "Key1 │ kv-ai/ai-key" in told
    assert "key vault kv-b: 403 from Azure" in told
    assert "each secret of kv-c: 403 from Azure (needs X/read)" in told
    assert "not read 2" in told


def test_an_empty_subscription() -> None:
    """One line, and no table."""
    assert written(picture((), (), KeyFacts())).startswith("accounts 0; holders of a living key 0,")


def test_names_that_look_like_markup() -> None:
    """They are printed as they are."""
    told = Held(ACCOUNT, problem="[red]no[/red] answer")

    assert "[red]no[/red] answer" in written(picture([CHAT], (), KeyFacts({CHAT.id: told})))


def test_a_long_list_says_how_much_more_there_is() -> None:
    """A terminal shows as many accounts as anybody reads."""
    many = [Fact.of(dependent(name=f"st{number:03}")) for number in range(MOST_ROWS + 2)]

    assert "and 2 more; --format json shows all" in " ".join(written(picture(many, (), KeyFacts())).split())


@dataclass
class Reader:
    """A KeyReader that knows the facts above and counts what it is asked."""

    asked: list[list[str]] = field(default_factory=list)

    async def held(self, consumers: Sequence[Fact]) -> KeyFacts:
        """See `KeyReader.held`."""
        self.asked.append(sorted(fact.id.name for fact in consumers))
        return KeyFacts({fact.id: FACTS.held[fact.id] for fact in consumers})


@dataclass(frozen=True)
class View:
    """What was seen of one hub."""

    estate: Estate


class Live:
    """A subscription with two hubs and a third that keeps no key."""

    def __init__(self) -> None:
        self.keys = Reader()
        self.views = {
            HUB.id: Estate.of([HUB, PROJECT, CHAT, *ACCOUNTS], GAPS),
            rid(workspace_id("lab")): Estate.of([HUB, OLD, KEYLESS], GAPS),
            rid(workspace_id("void")): Estate.of([KEYLESS]),
        }
        self.hubs = list(self.views)

    async def view(self, hub: ResourceId, now: object, *, keys: bool) -> View:  # noqa: ARG002 - the subscription's
        """One of the estates above; secrets show to who asks for keys."""
        assert keys
        return View(self.views[hub])


async def test_each_consumer_is_asked_for_once() -> None:
    """However many hubs show it; a hub without one asks nothing, and a gap that two show is one."""
    live = Live()
    found = await look(live, "", NOW)  # type: ignore[arg-type]  # as much of a subscription as it needs

    assert live.keys.asked == [["chat", "hub", "project"], ["old"]]
    assert found.counts == {"accounts": 3, "living": 3, "none_living": 1, "not_told": 0, "unseen": 1}


async def test_one_hub() -> None:
    """Only it is looked at, and the last line says so: others may hold the same keys."""
    live = Live()
    found = await look(live, "LAB", NOW)  # type: ignore[arg-type]  # as much of a subscription as it needs

    assert live.keys.asked == [["hub", "old"]]
    assert written(found).endswith("; only lab was looked at\n")
    assert as_document(found)["hub"] == "lab"


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("hup", "no hub is called 'hup'; did you mean hub?"),
        ("zzz", "no hub is called 'zzz'"),
        (workspace_id("hubb"), "hubb'; did you mean hub?"),
    ],
)
def test_an_unknown_hub(wanted: str, says: str) -> None:
    """By name or id; the nearest name is offered."""
    with pytest.raises(EstateInvalid) as error:
        choose([rid(workspace_id("hub")), rid(workspace_id("lab"))], wanted)

    assert str(error.value).endswith(says)


def test_a_hub_by_name_or_id() -> None:
    """Case does not count; a name that two have is refused with their ids."""
    one, other = rid(workspace_id("hub")), rid(workspace_id("hub").replace("rg-ai", "rg-lab"))

    assert choose([one], "HUB") == choose([one, other], str(one).upper()) == [one]
    with pytest.raises(EstateInvalid, match="2 hubs are called 'hub'; give the id of one"):
        choose([one, other], "hub")


def test_without_a_subscription() -> None:
    """One clear line with the way out."""
    done = run("keys")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "hubwarden: keys needs --subscription ID; see python -m local keys --help\n"
