"""Reading where Azure is at its oddest, and the one table of api-versions."""

import pytest

from shared.adapters.api_versions import api_version
from shared.adapters.arm import Arm
from shared.adapters.graph import Graph
from shared.adapters.inventory import AzureInventory
from shared.model.errors import Rejected, Throttled
from shared.model.facts import Gap, Kind, Seen
from shared.model.resource_id import ResourceId
from tests.adapters.script import Script

GROUP = "/subscriptions/s/resourceGroups/rg"
HUB = ResourceId.parse(f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/hub")


@pytest.fixture
def inventory(arm: Arm) -> AzureInventory:
    """The inventory over the scripted Azure."""
    return AzureInventory(arm, Graph(arm, ["s"]))


@pytest.mark.parametrize(
    ("tail", "version"),
    [
        ("Microsoft.MachineLearningServices/workspaces/w", "2025-12-01"),
        ("MICROSOFT.MACHINELEARNINGSERVICES/workspaces/w/connections/c", "2025-12-01"),
        ("Microsoft.MachineLearningServices/workspaces/w/serverlessEndpoints/e", "2025-12-01"),
        ("Microsoft.Storage/storageAccounts/st", "2023-05-01"),
        ("Microsoft.Keyvault/vaults/kv", "2023-07-01"),
        ("Microsoft.ContainerRegistry/registries/cr", "2023-07-01"),
        ("Microsoft.insights/components/ai", "2020-02-02"),
        ("Microsoft.CognitiveServices/accounts/ai", "2025-06-01"),
        ("Microsoft.CognitiveServices/accounts/ai/projects/p", "2025-06-01"),
        ("Microsoft.CognitiveServices/accounts/ai/projects/p/connections/c", "2025-06-01"),
        ("Microsoft.Search/searchServices/s", "2023-11-01"),
        ("Microsoft.Search/searchServices/s/providers/Microsoft.Authorization/roleAssignments/a", "2022-04-01"),
        (
            "Microsoft.Storage/storageAccounts/st/providers/microsoft.insights/diagnosticSettings/d",
            "2021-05-01-preview",
        ),
    ],
)
def test_every_kind_has_its_version(tail: str, version: str) -> None:
    """The type alone decides, in any case, and an extension counts as what it is."""
    assert api_version(ResourceId.parse(f"{GROUP}/providers/{tail}")) == version


@pytest.mark.parametrize(("text", "version"), [(GROUP, "2021-04-01"), ("/subscriptions/s", "2022-12-01")])
def test_scopes_have_versions(text: str, version: str) -> None:
    """Groups and subscriptions can be read too."""
    assert api_version(ResourceId.parse(text)) == version


async def test_who_is_alone_is_told_from_whole_lists(inventory: AzureInventory, script: Script) -> None:
    """Projects and hubs come in pages; only when both were read to their end is it known which project has no hub."""
    ids = [f"{HUB}-{number}" for number in range(4)]
    script.answer(200, {"data": [{"id": ids[0], "hub": str(HUB)}], "$skipToken": "more projects"})
    script.answer(200, {"data": [{"id": ids[1], "hub": f"{HUB}-elsewhere"}, {"id": ids[2], "hub": ids[3].upper()}]})
    script.answer(200, {"data": [{"id": str(HUB), "kind": "Hub"}], "$skipToken": "more hubs"})
    script.answer(200, {"data": [{"id": ids[3], "kind": "Default"}]})
    script.answer(200, {"data": [{"id": ids[1], "kind": "Project"}]})
    script.answer(200, {"data": []})

    assert [str(fact.id) for fact in await inventory.hubs()] == [str(HUB), ids[3], ids[1]]
    assert [ids[n] for n in range(4) if repr(ids[n]) in script.asked[4].body["query"]] == [ids[1]]
    assert len(script.asked) == 6


async def test_an_unknown_type_is_unreadable(inventory: AzureInventory, script: Script) -> None:
    """A type without a version is a fact that says so, and costs no request."""
    fact = await inventory.get(ResourceId.parse(f"{GROUP}/providers/Contoso.Widgets/widgets/w"))

    assert (fact.seen, fact.kind, script.asked) == (Seen.UNREADABLE, Kind.OTHER, [])
    assert "contoso.widgets/widgets" in fact.reason
    with pytest.raises(Rejected):
        api_version(fact.id)


@pytest.mark.parametrize("document", [{}, {"id": None}, {"id": ""}, {"id": "hub"}, {"id": f"{HUB}/../x"}])
async def test_a_document_that_does_not_say_what_it_is(
    inventory: AzureInventory, script: Script, document: dict[str, object]
) -> None:
    """A document without a readable id is unreadable, and a list with one in it is a gap: nothing is dropped."""
    script.answer(200, document)
    script.answer(200, {"value": [{"id": f"{HUB}/computes/ci"}, document]})
    fact = await inventory.get(HUB)
    listed = await inventory.children(HUB, Kind.COMPUTE)

    assert (fact.id, fact.seen) == (HUB, Seen.UNREADABLE)
    assert isinstance(listed, Gap)


async def test_assignments_from_above_a_subscription(inventory: AzureInventory, script: Script) -> None:
    """Those of a management group, or of all Azure, lie in no subscription; they bear on the account all the same."""
    tail = "providers/Microsoft.Authorization/roleAssignments"
    groups = "/providers/Microsoft.Management/managementGroups/contoso"
    found = [{"id": f"{scope}/{tail}/{name}", "name": name} for scope, name in ((groups, "mg"), ("", "root"))]
    script.answer(200, {"value": found})
    listed = await inventory.children(HUB, Kind.ROLE_ASSIGNMENT)

    assert not isinstance(listed, Gap), listed
    assert [str(fact.id) for fact in listed] == [f"{HUB}/{tail}/mg", f"{HUB}/{tail}/root"]
    assert [fact.raw for fact in listed] == found
    [asked] = script.asked
    assert (asked.path, asked.query) == (f"{HUB}/{tail}", {"api-version": "2022-04-01", "$filter": "atScope()"})


@pytest.mark.parametrize("document", [{}, {"name": None}, {"name": "../x"}, {"name": ""}])
async def test_an_assignment_without_a_name_is_a_gap(
    inventory: AzureInventory, script: Script, document: dict[str, object]
) -> None:
    """Nothing is dropped: a role that is not seen would be given again."""
    script.answer(200, {"value": [document]})

    assert isinstance(await inventory.children(HUB, Kind.ROLE_ASSIGNMENT), Gap)


async def test_endpoints_are_two_lists(inventory: AzureInventory, script: Script) -> None:
    """Online and serverless endpoints are one kind; a service that knows no serverless ones has none."""
    script.answer(200, {"value": [{"id": f"{HUB}/onlineEndpoints/chat"}]})
    script.answer(404, {"error": {"code": "InvalidResourceType", "message": "not here"}})
    found = await inventory.children(HUB, Kind.ENDPOINT)

    assert not isinstance(found, Gap)
    assert [fact.id for fact in found] == [HUB.child("onlineEndpoints", "chat")]
    paths = sorted(asked.path.rpartition("/")[2] for asked in script.asked)
    assert paths == ["onlineEndpoints", "serverlessEndpoints"]


async def test_throttled_lists_are_told(inventory: AzureInventory, script: Script) -> None:
    """A 429 is no gap: the whole message comes again later."""
    script.answer(429, None, Retry_After="99")

    with pytest.raises(Throttled):
        await inventory.children(HUB, Kind.CONNECTION)
    with pytest.raises(Throttled):
        await inventory.family(HUB)
    with pytest.raises(Throttled):
        await inventory.resources([HUB])


async def test_a_read_is_one_request(inventory: AzureInventory, script: Script) -> None:
    """A get and a list of one page cost one request each."""
    script.answer(200, {"id": str(HUB), "kind": "Hub"})
    script.answer(200, {"value": []})
    await inventory.get(HUB)
    await inventory.children(HUB, Kind.CONNECTION)

    assert len(script.asked) == 2


@pytest.mark.parametrize("tail", ["accounts/ai", "accounts/ai/projects/p"])
async def test_connections_of_foundry_are_read_at_its_own_version(
    inventory: AzureInventory, script: Script, tail: str
) -> None:
    """A version of Azure ML would be refused; connections to data are asked for here as well."""
    script.answer(200, {"value": []})
    await inventory.children(ResourceId.parse(f"{GROUP}/providers/Microsoft.CognitiveServices/{tail}"), Kind.CONNECTION)

    assert [asked.query for asked in script.asked] == [{"api-version": "2025-06-01", "includeAll": "true"}]


async def test_a_list_of_an_unknown_type_is_a_gap(inventory: AzureInventory, script: Script) -> None:
    """A parent whose provider has no version here costs no request."""
    gap = await inventory.children(ResourceId.parse(f"{GROUP}/providers/Contoso.Widgets/widgets/w"), Kind.CONNECTION)

    assert isinstance(gap, Gap)
    assert script.asked == []
