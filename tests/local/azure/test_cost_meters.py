"""What is charged, to which resource and in which currency: as the bills of real estates have it."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest

from local.azure.arm.costs.billing import Billing, Booking, refund, support_plan
from local.azure.arm.costs.usage import charges
from local.azure.arm_ids import name_of, resource_type
from local.azure.documents import documents
from local.azure.options import Options
from local.azure.store import Store
from tests.local.azure.client import ACCOUNT, GROUP, HUB, STORAGE, SUBSCRIPTION, Arm, eventually
from tests.local.azure.conftest import ESTATE, StandIn
from tests.local.azure.costs import SCOPE, asked, rows

ENDPOINT = f"{HUB}/onlineEndpoints/chat"
PRIVATE_ENDPOINT = f"{GROUP}/providers/Microsoft.Network/privateEndpoints/pe-hub-one"
BOUGHT = f"{GROUP}/providers/Microsoft.SaaS/resources/fabrikam-large"
BOTH = {"cost": {"name": "Cost", "function": "Sum"}, "usd": {"name": "CostUSD", "function": "Sum"}}
BY_SERVICE = (("Dimension", "ServiceName"), ("Dimension", "ResourceId"))


def put(arm: Arm, resource_id: str, **more: Any) -> None:  # noqa: ANN401 - any JSON
    """Stores a document of the estate."""
    named = {"id": resource_id, "name": name_of(resource_id), "type": resource_type(resource_id), "properties": {}}
    arm.azure.state.put({**named, **more})


def deployment(arm: Arm, name: str, kind: str = "Managed", **more: Any) -> None:  # noqa: ANN401 - any JSON
    """Stores a deployment under the hub's endpoint."""
    put(arm, f"{ENDPOINT}/deployments/{name}", properties={"endpointComputeType": kind}, **more)


async def test_what_lies_beside_a_hub_bills_by_itself(arm: Arm) -> None:
    """A private endpoint is the network's, a model of another company the Marketplace's, each under its own id."""
    for resource_id in (PRIVATE_ENDPOINT, BOUGHT):
        put(arm, resource_id)
    found = {(row[1], row[2]): row[0] for row in await rows(arm, asked(*BY_SERVICE), GROUP)}
    days = (arm.azure.clock.now().date().replace(day=1) - timedelta(days=1)).day
    assert found["Virtual Network", PRIVATE_ENDPOINT.casefold()] / days == pytest.approx(0.24, rel=0.2)
    assert found["SaaS", BOUGHT.casefold()] / days == pytest.approx(6, rel=0.2)


async def test_nodes_of_a_managed_endpoint_are_charged_to_the_workspace(arm: Arm) -> None:
    """As virtual machines, and never under the endpoint's own id; what runs in one's own cluster costs nothing more."""

    async def nodes(scope: str) -> list[list[Any]]:
        kinds = ("Meter", "ResourceId") if scope == SCOPE else ("Meter", "ServiceName")
        found = await rows(arm, asked(*(("Dimension", name) for name in kinds)), scope)
        return [row for row in found if row[1].endswith("Endpoint Nodes")]

    deployment(arm, "own", "Kubernetes")
    assert await nodes(SCOPE) == []
    deployment(arm, "blue")
    (one,) = await nodes(SCOPE)
    assert one[1:] == ["Standard_DS3_v2 Endpoint Nodes", HUB.casefold(), "USD"]
    deployment(arm, "blue", sku={"name": "Default", "capacity": 3})
    (three,) = await nodes(HUB)
    assert three[0] == pytest.approx(3 * one[0])
    assert three[2] == "Virtual Machines"


async def test_a_purchase_belongs_to_no_resource(stand_in: StandIn) -> None:
    """Once a month, on the 1st, under an empty id, at the subscription and not at its groups; only where asked for."""
    daily = {"granularity": "Daily"}
    async with stand_in(Options(billing=Billing(bookings=(support_plan(SUBSCRIPTION),)))) as arm:
        found = await rows(arm, asked(*BY_SERVICE, dataset=daily))
        ids = [("Dimension", name) for name in ("ResourceType", "ResourceGroup")]
        (empty,) = [row for row in await rows(arm, asked(*ids)) if not row[1]]
        in_group = await rows(arm, asked(*BY_SERVICE), GROUP)
        tagged = await rows(arm, asked(("TagKey", "team")))
        first = arm.azure.clock.now().date().replace(day=1) - timedelta(days=1)
    bought = [row for row in found if not row[3]]
    assert bought == [[29.0, int(f"{first:%Y%m}01"), "Azure Support", "", "USD"]]
    assert empty == [29.0, "", "", "USD"]
    assert "" not in {row[2] for row in in_group}
    assert {row[2] for row in tagged} == {""}
    async with stand_in(Options()) as arm:
        assert "" not in {row[2] for row in await rows(arm, asked(*BY_SERVICE))}


async def test_a_refund_is_a_negative_charge(stand_in: StandIn) -> None:
    """It lowers what its resource costs, on its day and under its tags, also of a resource that is gone."""
    gone = f"{GROUP}/providers/Microsoft.Search/searchServices/gone"
    given = (refund(STORAGE, "Storage", 50.0, day=15), refund(gone, "Azure Cognitive Search", 3.5))
    async with stand_in(Options()) as arm:
        usual = {row[1]: row[0] for row in await rows(arm, asked(("Dimension", "ResourceId")))}
    async with stand_in(Options(billing=Billing(bookings=given))) as arm:
        found = {row[1]: row[0] for row in await rows(arm, asked(("Dimension", "ResourceId")), GROUP)}
        daily = await rows(arm, asked(("Dimension", "Meter"), dataset={"granularity": "Daily"}), STORAGE)
        await arm.ok("PATCH", STORAGE, {"tags": {"team": "ai"}})
        tagged = await rows(arm, asked(("Dimension", "Meter"), ("TagKey", "team")), STORAGE)
    assert found[STORAGE.casefold()] == pytest.approx(usual[STORAGE.casefold()] - 50)
    assert found[gone.casefold()] == -3.5
    assert [(row[0], row[1] % 100) for row in daily if row[2] == "Storage Refund"] == [(-50.0, 15)]
    assert {(row[1], row[3]) for row in tagged} == {("Storage", "ai"), ("Storage Refund", "ai")}


async def test_a_subscription_is_billed_in_its_currency(stand_in: StandIn) -> None:
    """`Cost` is in it, `CostUSD` in dollars, and the column `Currency` names it; each subscription has its own."""
    other = "/subscriptions/abcdef99-0000-4000-8000-000000000000"
    told = {SUBSCRIPTION: ("EUR", 0.5), name_of(other).upper(): ("SEK", 10.0)}
    async with stand_in(Options(billing=Billing(told, (support_plan(SUBSCRIPTION),)))) as arm:
        put(arm, other)
        put(arm, f"{other}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv")
        found = await rows(arm, asked(("Dimension", "ResourceId"), dataset={"aggregation": BOTH}))
        ((crowns, dollars, currency),) = await rows(arm, asked(dataset={"aggregation": BOTH}), other)
    assert {row[3] for row in found} == {"EUR"}
    assert [row[0] for row in found] == [pytest.approx(row[1] / 2) for row in found]
    assert {row[2]: row[1] for row in found}[""] == 29.0
    assert (crowns, currency) == (pytest.approx(10 * dollars), "SEK")


async def test_an_export_tells_currency_and_purchases_too(stand_in: StandIn) -> None:
    """A purchase's row has no resource, and every row names the billing currency."""
    export = f"{SCOPE}/providers/Microsoft.CostManagement/exports/monthly"
    destination = {"resourceId": STORAGE, "container": "costs"}
    body = {
        "definition": {"type": "ActualCost", "timeframe": "TheLastMonth"},
        "deliveryInfo": {"destination": destination},
    }
    euros = Billing({SUBSCRIPTION: ("EUR", 0.5)}, (support_plan(SUBSCRIPTION),))
    async with stand_in(Options(billing=euros, operation_seconds=0.0)) as arm:
        await arm.ok("PUT", export, {"properties": body})
        await arm.ok("POST", f"{export}/run")

        async def written() -> Any:  # noqa: ANN401 - any JSON
            return await arm.ok("GET", f"{arm.azure.url}/_standin/exports")

        (file,) = await eventually(written)
        async with arm.session.get(f"{arm.azure.url}/_standin/exports/costs/{file['name']}") as answer:
            found = list(csv.DictReader(io.StringIO(await answer.text())))
    (bought,) = [row for row in found if not row["ResourceId"]]
    assert (bought["SubscriptionId"], bought["ResourceName"], bought["ConsumedService"]) == (SUBSCRIPTION, "", "")
    assert float(bought["CostInBillingCurrency"]) == 14.5
    assert {row["BillingCurrencyCode"] for row in found} == {"EUR"}


async def test_charges_need_no_stand_in(arm: Arm) -> None:
    """From the documents and the seed alone they come to what the query tells, and another seed to something else."""
    store = Store()
    for document in documents(ESTATE):
        store.put(document)
    last = arm.azure.clock.now().date().replace(day=1) - timedelta(days=1)
    sums = [sum(one.cost for one in charges(store, seed, SCOPE, last.replace(day=1), last)) for seed in (0, 1)]
    ((told, _),) = await rows(arm, asked())
    assert told == pytest.approx(sums[0])
    assert told != pytest.approx(sums[1])


@pytest.mark.parametrize(
    ("scope", "counted"), [(SCOPE, 1), (GROUP, 1), (ACCOUNT, 1), (STORAGE, 0), (f"{GROUP}-two", 0)]
)
def test_what_is_booked_counts_in_every_scope_around_it(scope: str, counted: int) -> None:
    """In its group and subscription, not beside it; letter case is no difference."""
    billing = Billing(bookings=(Booking(ACCOUNT.upper(), "Support", "Support", 1.0, day=2),))
    days = date(2026, 1, 1), date(2026, 1, 31)
    assert len(list(charges(Store(), 0, scope, *days, billing=billing))) == counted
