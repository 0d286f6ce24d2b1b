"""A dozen families as finance meets them: what is in Azure, and the schema it is held to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared.model.cost_tags import CostTag, CostTags, Origin, Shared, SplitKey, WrongValues
from shared.model.facts import Fact
from shared.model.resource_id import ResourceId
from tests.builders import (
    SUBSCRIPTION,
    Document,
    connection,
    dependent,
    dependent_id,
    endpoint,
    group,
    hub,
    instance,
    project,
    rid,
    subscription,
    workspace_id,
)
from tests.rules.asking import absent, unreadable

ORDER = (Origin.RESOURCE, Origin.PROJECT, Origin.HUB, Origin.RESOURCE_GROUP)
COST_CENTER = CostTag("CostCenter", spellings=("cost-center",), pattern="CC-[0-9]{4}", sources=ORDER)
ENVIRONMENT = CostTag("Environment", allowed=("dev", "prod", "shared"), sources=ORDER)
SCHEMA = CostTags((COST_CENTER, ENVIRONMENT))

ONE = {"CostCenter": "CC-0001", "Environment": "prod"}
TWO = {"CostCenter": "CC-0002", "Environment": "prod"}
STORAGE = dependent_id()
OTHER_SUBSCRIPTION = "99999999-2222-3333-4444-555555555555"


@dataclass(frozen=True)
class Family:
    """One shape."""

    documents: tuple[Document | Fact, ...]
    schema: CostTags = SCHEMA
    shared_by: Mapping[ResourceId, frozenset[ResourceId]] = field(default_factory=dict)

    @property
    def facts(self) -> list[Fact]:
        """Its resources as read."""
        return [one if isinstance(one, Fact) else Fact.of(one) for one in self.documents]


def schema(cost_center: CostTag = COST_CENTER, **more: Any) -> CostTags:  # noqa: ANN401 - the fields of CostTags
    """The schema with another cost centre, or another rule for what is shared."""
    return CostTags((cost_center, ENVIRONMENT), **more)


def moved(document: Document) -> Document:
    """The same resource in another subscription."""
    return {**document, "id": document["id"].replace(SUBSCRIPTION, OTHER_SUBSCRIPTION)}


def asking(*sources: Origin, **more: Any) -> CostTag:  # noqa: ANN401 - the fields of CostTag
    """The cost centre, from other sources."""
    return replace(COST_CENTER, sources=sources, **more)


_BOTH = (hub("a", tags=ONE, storageAccount=STORAGE), hub("b", tags=TWO, storageAccount=STORAGE))
_PROJECTS = [workspace_id(f"p{number}") for number in range(3)]

FAMILIES: dict[str, Family] = {
    "one hub with all that is its own": Family(
        (
            group({}),
            hub(tags=ONE, storageAccount=STORAGE),
            project(tags={}),
            endpoint(tags=None),
            dependent(tags={}),
            connection(metadata={"ResourceId": dependent_id("account")}),
            dependent("account", tags={}),
            instance(of="project"),
        )
    ),
    "storage shared by hubs that agree": Family(
        (group({}), *(hub(name, tags=ONE, storageAccount=STORAGE) for name in "ab"), dependent(tags={}))
    ),
    "storage shared by hubs that differ, and finance has not said who pays": Family(
        (group({}), *_BOTH, dependent(tags={}))
    ),
    "storage shared by hubs that differ, split by projects": Family(
        (
            group({}),
            hub("a", tags=ONE, storageAccount=STORAGE, associatedWorkspaces=_PROJECTS),
            hub("b", tags=TWO, storageAccount=STORAGE, associatedWorkspaces=_PROJECTS[:1]),
            dependent(tags={}),
        ),
        schema(shared=Shared(split=SplitKey.PROJECTS)),
    ),
    "storage split by projects that one hub does not state": Family(
        (
            group({}),
            hub("a", tags=ONE, storageAccount=STORAGE, associatedWorkspaces=_PROJECTS),
            hub("b", tags=TWO, storageAccount=STORAGE),
            project(of="b", tags={}),
            dependent(tags={}),
        ),
        schema(shared=Shared(split=SplitKey.PROJECTS)),
    ),
    "storage split by projects that no hub states": Family(
        (group({}), *_BOTH, project(of="b", tags={}), dependent(tags={})),
        schema(shared=Shared(split=SplitKey.PROJECTS)),
    ),
    "storage shared by hubs that differ, with a pool": Family(
        (group({}), *_BOTH, dependent(tags={"CostCenter": "CC-0001"})),
        schema(shared=Shared(pool={"CostCenter": "CC-9000"})),
    ),
    "a project that differs, and may": Family((group({}), hub(tags=ONE), project(tags=TWO), endpoint(tags={}))),
    "a project that differs, and may not": Family(
        (group({}), hub(tags=ONE), project(tags=TWO), endpoint(tags={})),
        schema(replace(COST_CENTER, project_may_differ=False, wrong_values=WrongValues.REPLACE)),
    ),
    "a hub and its storage in two subscriptions": Family(
        (
            group({}),
            moved(group({"CostCenter": "CC-0007"})),
            hub(tags={"Environment": "prod"}, storageAccount=moved(dependent())["id"]),
            moved(dependent(tags={})),
        )
    ),
    "a hub that was deleted": Family(
        (group({}), absent(workspace_id("hub")), project(tags={}), dependent(tags=ONE)),
        shared_by={rid(STORAGE): frozenset({rid(workspace_id("hub"))})},
    ),
    "a hub that we may no longer read": Family(
        (group({}), unreadable(workspace_id("hub")), project(tags={"Environment": "dev"}), dependent(tags={})),
        shared_by={rid(STORAGE): frozenset({rid(workspace_id("hub"))})},
    ),
    "a hub that takes its values from its group and subscription": Family(
        (subscription({"Environment": "dev"}), group({"cost-center": "CC-0003"}), hub(tags={}), project(tags={})),
        CostTags(
            (
                COST_CENTER,
                replace(ENVIRONMENT, sources=(*ORDER, Origin.SUBSCRIPTION)),
            )
        ),
    ),
    "a hub whose owner is known to the mapping file": Family(
        (group({}), hub(tags={"Owner": "jane", "Environment": "PROD "}), project(tags={"Owner": "joe"})),
        CostTags(
            (
                asking(
                    *ORDER,
                    Origin.MAPPING,
                    Origin.DEFAULT,
                    mapped_by="Owner",
                    mapping={"jane": "CC-0005"},
                    default="CC-0000",
                ),
                ENVIRONMENT,
                CostTag("Owner", sources=ORDER),
            )
        ),
    ),
    "a Foundry account by itself": Family(
        (
            group({"CostCenter": "CC-0004"}),
            {**dependent("account", tags={"Environment": "dev"}), "properties": {"allowProjectManagement": True}},
        )
    ),
    "values that finance does not accept": Family(
        (
            group({}),
            hub(tags={"CostCenter": " CC-0001", "Environment": "x" * 300}),
            project(tags={"CostCenter": "CC-💶", "cost-center": "CC-0008", "Environment": ""}),
        )
    ),
}
