"""
Estates as nobody would think of them: hubs that share storage, tags in every case, nulls, and fields left out.

Small enough to run a law a hundred times in seconds, odd enough to break one that does not hold.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from shared.model.cost_tags import CostTags, Origin, Shared, SplitKey
from shared.model.data_roles import OPENAI_USER
from shared.model.resource_id import ResourceId
from tests.builders import (
    COST_TAGS,
    Document,
    cluster,
    connection,
    dependent,
    dependent_id,
    diagnostics,
    endpoint,
    group,
    hub,
    identified,
    instance,
    old_image,
    operated,
    project,
    rid,
    role_assignment,
)

ABSENT = object()
"""Stands for a field that Azure left out."""

_APPROVED = [{"properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}}]
_TAG_NAMES = [
    "CostCenter",
    "COSTCENTER",
    "cost-center",
    "CC",
    "Environment",
    "environment",
    "Owner",
    "OWNER",
    "Team",
    "x",
]
_TAG_VALUES = ["CC-0001", "CC-0002", "prod", "dev", "jane", "", " ", "odd"]

_ASKED = (Origin.RESOURCE, Origin.PROJECT, Origin.HUB, Origin.RESOURCE_GROUP)
_COST_CENTER, *_OTHERS = COST_TAGS.tags


def _finance(shared: Shared | None = None, **cost_center: Any) -> CostTags:  # noqa: ANN401 - the fields of CostTag
    """The schema of all tests with more sources, and another word on the cost centre or on what is shared."""
    tags = (replace(_COST_CENTER, sources=_ASKED, **cost_center), *(replace(tag, sources=_ASKED) for tag in _OTHERS))
    return replace(COST_TAGS, tags=tags, shared=shared or Shared())


_schemas = st.sampled_from(
    [
        COST_TAGS,
        _finance(),
        _finance(Shared(SplitKey.PROJECTS)),
        _finance(Shared(SplitKey.EQUAL, {"Environment": "prod"})),
        _finance(Shared(pool={"CostCenter": "CC-9000"})),
        _finance(project_may_differ=False),
    ]
)
_cases: st.SearchStrategy[Callable[[str], str]] = st.sampled_from([str, str.upper, str.lower, str.swapcase])
_cost_centres = st.sampled_from(["CC-0001", "CC-0002"]).map(lambda value: {"CostCenter": value, "Team": "x"})
_tags = st.one_of(
    st.sampled_from([None, {}, ABSENT]),
    _cost_centres,
    st.lists(
        st.tuples(st.sampled_from(_TAG_NAMES), st.sampled_from(_TAG_VALUES)),
        unique_by=lambda tag: tag[0].casefold(),
        max_size=5,
    ).map(dict),
)


_EXTENSIONS = {"Microsoft.Insights/diagnosticSettings", "Microsoft.Authorization/roleAssignments"}


@dataclass(frozen=True)
class Generated:
    """An estate's documents, and the ids that sweeps and events are about."""

    documents: tuple[Document, ...]
    hubs: tuple[ResourceId, ...]
    schema: CostTags = COST_TAGS
    """What finance wants of their tags."""

    @property
    def resources(self) -> list[ResourceId]:
        """Everything that an event can name."""
        return [rid(document) for document in self.documents if document.get("type") not in _EXTENSIONS]


@st.composite
def estates(draw: st.DrawFn) -> Generated:
    """One or two hubs with what hangs on them, and what they lean on, alone or together."""
    hubs = ["one", "two"][: draw(st.integers(1, 2))]
    sharing = draw(st.booleans())
    documents = [dependent(*_POOL[0], tags=draw(st.sampled_from([None, {}])))] if sharing else []
    documents += [draw(_dependents(*named)) for named in _POOL[sharing:] if draw(st.booleans())]
    for name in hubs:
        documents.append(draw(_sharing_hubs(name) if sharing else _hubs(name)))
        if draw(st.booleans()):
            documents.append(diagnostics(name, draw(st.sampled_from(["hubwarden", "other"])), logs=draw(_logs)))
        workspaces = [name]
        for number in range(draw(st.integers(0, 2))):
            workspaces.append(f"{name}-p{number}")
            documents.append(draw(_projects(workspaces[-1], name)))
        children = draw(
            st.lists(
                st.tuples(st.sampled_from(workspaces), st.sampled_from([_connections, _computes, _endpoints])),
                max_size=3,
            )
        )
        documents += [draw(make(f"c{number}", of)) for number, (of, make) in enumerate(children)]
    if draw(st.booleans()):
        documents.append(_with(group(), draw(_tags), {}))
    if draw(st.booleans()):
        account = rid(dependent_id(*_POOL[2]))
        documents = [one for one in documents if rid(one) != account] + draw(_ways_to_identities(hubs[-1], _POOL[2]))
    skewed = tuple(draw(_skewed(document)) for document in documents)
    return Generated(skewed, tuple(rid(hub(name)) for name in hubs), draw(_schemas))


_POOL = [("storage", "stone"), ("storage", "sttwo"), ("account", "ai")]
_logs = st.sampled_from([None, [], [{"enabled": False}], [{"enabled": True}]])
_IDENTITIES = [{"type": "SystemAssigned", "principalId": who} for who in ("p1", "p2")]
_identities = st.sampled_from([*_IDENTITIES, None, ABSENT])
_assignments = st.builds(
    role_assignment,
    st.just(OPENAI_USER.id),
    st.sampled_from(["p1", "p2"]),
    on=st.sampled_from([dependent_id(*_POOL[2]), group()["id"]]),
    createdOn=st.sampled_from(["2025-06-01T09:00:00Z", "2026-03-01T08:55:00Z"]),
    condition=st.sampled_from([None, None, "@Resource[x] StringEquals 'y'"]),
)
_references = st.tuples(st.sampled_from(_POOL), _cases).map(lambda drawn: drawn[1](dependent_id(*drawn[0])))


def _field(*values: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - JSON
    return st.sampled_from([*values, None, ABSENT])


@st.composite
def _hubs(draw: st.DrawFn, name: str) -> Document:
    properties = {
        "publicNetworkAccess": draw(_field("Enabled", "Disabled", "")),
        "privateEndpointConnections": draw(_field(_APPROVED, [])),
        "managedNetwork": draw(_field({"isolationMode": "Disabled"}, {"isolationMode": "AllowInternetOutbound"}, {})),
        "storageAccount": draw(st.one_of(_references, _field(""))),
        "systemDatastoresAuthMode": draw(_field("Identity", "AccessKey")),
    }
    return _with({**hub(name), "identity": draw(_identities)}, draw(_tags), properties)


@st.composite
def _sharing_hubs(draw: st.DrawFn, name: str) -> Document:
    """Hubs that lean on one storage account and may disagree about who pays."""
    return _with(draw(_hubs(name)), draw(_cost_centres), {"storageAccount": dependent_id(*_POOL[0])})


@st.composite
def _projects(draw: st.DrawFn, name: str, of: str) -> Document:
    case, region = draw(_cases), draw(st.sampled_from(["eastus2", "East US 2", "westus"]))
    document = {**project(name, of=of, region=region), "identity": draw(_identities)}
    named = case(document["properties"]["hubResourceId"])
    return _with(
        document, draw(_tags), {"hubResourceId": named, "storageAccount": draw(st.one_of(_references, _field()))}
    )


@st.composite
def _connections(draw: st.DrawFn, name: str, of: str) -> Document:
    properties = {
        "authType": draw(_field("AAD", "ApiKey", "PAT", "New")),
        "isSharedToAll": draw(_field(True, False)),  # noqa: FBT003 - as Azure answers it
        "metadata": draw(st.one_of(_references.map(lambda named: {"ResourceId": named}), _field({}))),
    }
    return _with(connection(name, of=of), None, properties)


@st.composite
def _ways_to_identities(draw: st.DrawFn, of: str, pool: tuple[str, str]) -> list[Document]:
    """A connection by key to an account that takes identities, and roles that some of them have there."""
    account = dependent(*pool, customSubDomainName="x")
    metadata = {"ResourceId": account["id"]}
    shared = draw(st.booleans())
    keyed = connection("keyed", of=of, authType="ApiKey", metadata=metadata, isSharedToAll=shared)
    return [account, keyed, *draw(st.lists(_assignments, max_size=3, unique_by=lambda one: one["name"]))]


@st.composite
def _computes(draw: st.DrawFn, name: str, of: str) -> Document:
    if draw(st.booleans()):
        return cluster(name, of=of, least=draw(st.sampled_from([0, 1, None])))
    one = instance(
        name,
        of=of,
        state=draw(st.sampled_from([None, "Running", "Stopped", "CreateFailed"])),
        lastOperation=draw(st.sampled_from([None, {}, operated("Stop", days=40), operated("Create", hours=1)])),
        vmSize=draw(st.sampled_from([None, "STANDARD_NC6S_V3", "STANDARD_D4DS_V4"])),
        enableNodePublicIp=draw(st.sampled_from([None, True, False])),
        idleTimeBeforeShutdown=draw(st.sampled_from([None, "", "PT30M"])),
        osImageMetadata=draw(st.sampled_from([None, {}, old_image(), old_image("odd")])),
    )
    return identified(one) if draw(st.booleans()) else one


@st.composite
def _endpoints(draw: st.DrawFn, name: str, of: str) -> Document:
    return _with(endpoint(name, of=of), draw(_tags), {})


@st.composite
def _dependents(draw: st.DrawFn, kind: str, name: str) -> Document:
    return _with(dependent(kind, name), draw(_tags), {"customSubDomainName": draw(_field("x"))})


@st.composite
def _skewed(draw: st.DrawFn, document: Document) -> Document:
    return {**document, "id": draw(_cases)(document["id"])}


def _with(document: Document, tags: Any, properties: dict[str, Any]) -> Document:  # noqa: ANN401 - JSON
    changed = {**document, "tags": tags, "properties": {**document["properties"], **properties}}
    changed["properties"] = {key: value for key, value in changed["properties"].items() if value is not ABSENT}
    return {key: value for key, value in changed.items() if value is not ABSENT}
