"""For each rule a document that fails it, with what must be around it: for tests about every rule."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from shared.costs.bill import NANO
from shared.costs.budget import Budget
from shared.costs.figures import MonthFigures, Spend
from shared.costs.month import Month
from shared.images.definition import capture
from shared.model.compute_memory import ComputeMemory, TakenDown
from shared.model.data_roles import OPENAI_USER
from shared.model.facts import Fact, Kind
from shared.model.key_facts import Held, KeyFacts
from shared.model.resource_id import ResourceId
from shared.rules.rule import Known
from tests.builders import (
    JANE,
    NOW,
    SUBSCRIPTION,
    Document,
    cluster,
    connection,
    dependent,
    dependent_id,
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
    subscription,
    workspace_id,
)
from tests.images.sample import owned, warned
from tests.rules.asking import absent
from tests.rules.rotations import ENDPOINT, SEEN, standing


@dataclass(frozen=True)
class Failure:
    """A document, what is around it, and the lists that were read."""

    document: Document
    around: tuple[Document, ...] = ()
    gone: tuple[Fact, ...] = ()
    listed: frozenset[tuple[ResourceId, Kind]] = field(default_factory=frozenset)
    known: Known = field(default_factory=Known)
    """For a rule about a bill what that came to, for one about keys who holds which, and so on."""


_THOUSAND = 1000 * NANO
SPENT = MonthFigures(
    Month(2026, 2),
    NOW.date(),
    subscriptions={SUBSCRIPTION: Spend(usd=_THOUSAND)},
    hubs={rid(hub()).key: Spend(usd=_THOUSAND)},
)
"""A hub spent a thousand dollars, and nobody knows for whom."""
BUDGET = Budget(
    f"{group()['id']}/providers/Microsoft.Consumption/budgets/b",
    "b",
    NANO,
    "USD",
    "Monthly",
    date(2026, 1, 1),
    spent=_THOUSAND,
)

ACCOUNT, STORAGE = dependent_id("account"), dependent_id("storage")
KEYED = connection(authType="ApiKey", metadata={"ResourceId": ACCOUNT})
"""A connection that keeps a key of an account."""

OUTSIDE = connection(authType="CustomKeys", category="CustomKeys", target="https://api.partner.example")
"""A connection that keeps a key of somebody else's service."""


def rotated(document: Document, **stands: Any) -> Failure:  # noqa: ANN401 - of `standing`
    """An account, and where the rotation of its keys stands."""
    return Failure(document, known=Known(rotations={rid(document): standing(document, **stands)}))


def foreign(document: Document, account: str) -> KeyFacts:
    """What it keeps is none of the account's keys."""
    return KeyFacts({rid(document): Held(rid(account))})


TAKEN_DOWN = TakenDown(capture(Fact.of(owned())).document, "25.12.31", NOW - timedelta(hours=1))
UNPATCHED = {"patchStatus": "Succeeded", "rebootPending": True, "latestPatchTime": "2026-02-01T03:00:00Z"}
NODES = cluster(nodes=2)


def overdue(document: Document) -> Failure:
    """An instance whose owner was warned of a date that has come."""
    return Failure(document, known=Known(computes={rid(document): warned(NOW)}))


FAILING: dict[str, Failure] = {
    "HW-NET-001": Failure(hub(publicNetworkAccess="Enabled")),
    "HW-NET-002": Failure(hub(managedNetwork=None)),
    "HW-PRJ-001": Failure(project(region="westus"), (hub(),)),
    "HW-TAG-001": Failure(project(tags={}), (hub(),)),
    "HW-TAG-002": Failure(dependent(tags={}), (hub(storageAccount=dependent_id()),)),
    "HW-TAG-003": Failure(endpoint(tags={}), (project(), hub())),
    "HW-TAG-004": Failure(group(tags={}), (hub(),)),
    "HW-TAG-005": Failure(
        {**hub(), "systemData": {"createdBy": "jane@contoso.example", "createdAt": "2026-02-01T09:00:00Z"}}
    ),
    "HW-CST-001": Failure(subscription(), known=Known(figures=SPENT)),
    "HW-CST-002": Failure(hub(), known=Known(figures=SPENT)),
    "HW-BUD-001": Failure(hub(), known=Known(figures=SPENT)),
    "HW-BUD-002": Failure(hub(), known=Known(figures=replace(SPENT, budgets={rid(group()).key: (BUDGET,)}))),
    "HW-CON-001": Failure(connection(authType="ApiKey")),
    "HW-CON-002": Failure(connection(isSharedToAll=True)),
    "HW-CON-003": Failure(
        connection(metadata={"ResourceId": dependent_id("account")}), gone=(absent(dependent_id("account")),)
    ),
    "HW-KEY-001": Failure(KEYED, known=Known(keys=foreign(KEYED, ACCOUNT))),
    "HW-KEY-002": Failure(KEYED, (dependent("account", disableLocalAuth=True),)),
    "HW-KEY-003": Failure(hub(storageAccount=STORAGE), known=Known(keys=foreign(hub(), STORAGE))),
    "HW-KEY-004": Failure(dependent("storage", keyCreationTime={"key1": "2025-01-01T00:00:00Z", "key2": None})),
    "HW-KEY-005": Failure(connection(authType="CustomKeys", expiryTime="2026-03-05T00:00:00Z")),
    "HW-KEY-006": Failure(
        KEYED,
        (identified(hub()), dependent("account", customSubDomainName="ai"), role_assignment(OPENAI_USER.id)),
        listed=frozenset({(rid(ACCOUNT), Kind.ROLE_ASSIGNMENT)}),
    ),
    "HW-KEY-007": Failure(
        dependent("account"),
        (hub(), connection(metadata={"ResourceId": ACCOUNT})),
        listed=frozenset({(rid(workspace_id("hub")), Kind.CONNECTION)}),
    ),
    "HW-KEY-008": Failure(OUTSIDE, known=Known(first_seen={rid(OUTSIDE): NOW - timedelta(days=200)})),
    "HW-KEY-010": rotated(dependent("account"), days=100),
    "HW-KEY-011": rotated(dependent("search"), days=100),
    "HW-KEY-012": rotated(dependent("storage"), days=100),
    "HW-KEY-013": rotated(ENDPOINT, days=100),
    "HW-KEY-014": rotated(dependent("account"), trouble="nobody can tell which key hub/aoai keeps: 503"),
    "HW-KEY-015": rotated(dependent("account"), sighting=SEEN),
    "HW-IMG-001": Failure(instance(osImageMetadata=old_image())),
    "HW-IMG-002": overdue(owned(state="Running")),
    "HW-IMG-003": overdue(owned(state="Stopped")),
    "HW-IMG-004": Failure(
        hub(), gone=(absent(owned()["id"]),), known=Known(computes={rid(owned()): ComputeMemory(taken_down=TAKEN_DOWN)})
    ),
    "HW-IMG-005": Failure(instance(osImageMetadata={**old_image(), "osPatchingStatus": UNPATCHED})),
    "HW-IMG-006": Failure(NODES, known=Known(computes={rid(NODES): ComputeMemory(at_zero=NOW - timedelta(days=31))})),
    "HW-CMP-001": Failure(instance(idleTimeBeforeShutdown=None)),
    "HW-CMP-002": Failure(cluster(least=1)),
    "HW-CMP-003": Failure(instance(state="Stopped", lastOperation=operated("Stop", days=31))),
    "HW-CMP-004": Failure(instance(state="CreateFailed", lastOperation=operated("Create", days=2))),
    "HW-CMP-005": Failure(instance(), known=Known(gone_people=frozenset({JANE}))),
    "HW-CMP-006": Failure(instance(idleTimeBeforeShutdown=None)),
    "HW-CMP-007": Failure(instance(vmSize="STANDARD_NV12S_V3")),
    "HW-CMP-008": Failure(identified(instance()), listed=frozenset({(rid(workspace_id("hub")), Kind.ROLE_ASSIGNMENT)})),
    "HW-CMP-009": Failure(instance(sshSettings={"sshPublicAccess": "Enabled"}, enableNodePublicIp=True)),
    "HW-CMP-010": Failure(instance(enableNodePublicIp=True)),
    "HW-LOG-001": Failure(hub(), listed=frozenset({(rid(workspace_id("hub")), Kind.DIAGNOSTIC_SETTING)})),
}
