"""A bill from Cost Management: what is asked, how pages are read, and what is no bill at all."""

import json
import logging
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.adapters.cost_management import CostManagement
from shared.adapters.cost_pages import Page, loads
from shared.costs.allocation import allocate
from shared.costs.bill import nano
from shared.costs.sidecar import sidecar
from shared.model.errors import BillIncomplete, DependencyDown, Forbidden, HubwardenError, Rejected, Throttled
from shared.model.facts import Gap, Kind
from shared.model.resource_id import ResourceId
from tests.adapters.cost_answers import COLUMNS, HUB, OCTOBER, ROW, SCOPE, SUBSCRIPTION, october, page, total
from tests.adapters.script import TOKEN, Script
from tests.costs.money import NOW, SCHEMA, period

QUERY = f"{SCOPE}/providers/Microsoft.CostManagement/query"


async def test_two_questions_make_a_bill(costs: CostManagement, script: Script) -> None:
    """One asks for rows by day, resource and service, one for the sum; both for the same days and no other."""
    script.answer(200, page(ROW))
    script.answer(200, total((1.5, "EUR")))
    bill = await october(costs)

    sums = {"cost": {"name": "Cost", "function": "Sum"}, "usd": {"name": "CostUSD", "function": "Sum"}}
    grouping = [{"type": "Dimension", "name": "ResourceId"}, {"type": "Dimension", "name": "ServiceName"}]
    period = {"from": "2026-10-01T00:00:00Z", "to": "2026-10-10T23:59:59Z"}
    asked = {"type": "ActualCost", "timeframe": "Custom", "timePeriod": period}
    assert [one.body for one in script.asked] == [
        {**asked, "dataset": {"granularity": "Daily", "aggregation": sums, "grouping": grouping}},
        {**asked, "dataset": {"granularity": "None", "aggregation": sums}},
    ]
    assert {(one.method, one.path, one.query["api-version"]) for one in script.asked} == {("POST", QUERY, "2025-03-01")}
    assert (bill.subscription, bill.month, bill.through) == (SUBSCRIPTION.lower(), OCTOBER, date(2026, 10, 10))
    assert bill.stated == {"EUR": nano("1.5")}


async def test_a_query_names_its_client(costs: CostManagement, script: Script) -> None:
    """Each carries the app's token and the client type that has a bucket of its own."""
    script.answer(204)
    await october(costs)

    names = {(one.headers["Authorization"], one.headers["ClientType"]) for one in script.asked}
    assert names == {(f"Bearer {TOKEN}", "hubwarden")}


async def test_columns_are_found_by_name(costs: CostManagement, script: Script) -> None:
    """Whatever their order, their case and what else comes; ids in lower case, empty where there is no resource."""
    columns = ["currency", "ServiceName", "BillingMonth", "RESOURCEID", "UsageDate", "costUSD", "Cost"]
    script.answer(
        200,
        page(
            ["EUR", "Storage", "x", HUB, 20261001, 0.1, 0.2],
            ["EUR", None, "x", None, 20261010, -3, -1],
            columns=columns,
        ),
    )
    script.answer(200, total((-0.8, "EUR")))
    bill = await october(costs)

    fields = ("resource_id", "day", "service", "currency", "cost", "usd")
    assert [tuple(row[name] for name in fields) for row in bill.rows.to_pylist()] == [
        (HUB.lower(), date(2026, 10, 1), "Storage", "EUR", nano("0.2"), nano("0.1")),
        ("", date(2026, 10, 10), "", "EUR", nano(-1), nano(-3)),
    ]


async def test_an_id_joins_the_export_and_meets_its_bearer(costs: CostManagement, script: Script) -> None:
    """A letter that case folding would change is as a lake's `lower` has it, and the hub is found all the same."""
    hub = HUB.replace("RG AI", "Straße")
    script.answer(200, page([1.0, 1.0, 20261007, f"{hub}/computes/GPU", "Virtual Machines", "EUR"]))
    script.answer(200, total((1.0, "EUR")))
    bill = await october(costs)
    belongs = period(hub)

    (line,) = allocate(OCTOBER, [bill], [belongs], SCHEMA, NOW).lines.to_pylist()
    assert (line["cost_center"], line["cost"]) == ("CC-1", nano(1))
    joined = sidecar(OCTOBER, [bill], [belongs], SCHEMA).column("ResourceId").to_pylist()
    assert joined == [hub.lower(), f"{hub}/computes/GPU".lower()]


async def test_pages_are_posted_for(costs: CostManagement, script: Script) -> None:
    """A page's link is POSTed as it came with the same body, over empty pages; both questions may have pages."""
    script.answer(200, page(ROW, link="{url}/x?$skiptoken=a%2Bb"))
    script.answer(200, page(link="{url}/x?$skiptoken=c"))
    script.answer(200, page(ROW))
    script.answer(200, total((2.0, "EUR"), link="{url}/y"))
    script.answer(200, total((1.0, "EUR")))
    bill = await october(costs)

    assert [(one.method, one.path, one.query.get("$skiptoken")) for one in script.asked] == [
        ("POST", QUERY, None),
        ("POST", "/x", "a+b"),
        ("POST", "/x", "c"),
        ("POST", QUERY, None),
        ("POST", "/y", None),
    ]
    assert [one.body for one in script.asked[:3]] == [script.asked[0].body] * 3
    assert (bill.rows.num_rows, bill.stated) == (2, {"EUR": nano(3)})


@pytest.mark.parametrize("status", [200, 204])
async def test_nothing_charged_is_an_empty_bill(costs: CostManagement, script: Script, status: int) -> None:
    """An answer without a body is a bill without rows, and no error."""
    script.answer(status)
    bill = await october(costs)

    assert (bill.rows.num_rows, bill.stated, bill.sums()) == (0, {}, {})


async def test_a_lost_page_is_no_bill(costs: CostManagement, script: Script) -> None:
    """Rows that do not come to the sum that Azure states are told as incomplete, with both sums."""
    script.answer(200, page(ROW))
    script.answer(200, total((3.0, "EUR")))

    with pytest.raises(BillIncomplete, match=r"rows come to 1\.50 EUR, and Azure states 3\.00"):
        await october(costs)


@pytest.mark.parametrize("link", ["https://evil.example/x", "{url}.evil.example/x", "/x"])
async def test_a_page_elsewhere_is_not_followed(costs: CostManagement, script: Script, link: str) -> None:
    """A link to another host is refused before our token goes there."""
    script.answer(200, page(ROW, link=link))

    with pytest.raises(Rejected, match=r"page 1.*not our ARM endpoint"):
        await october(costs)
    assert len(script.asked) == 1


async def test_pages_in_a_circle_end(costs: CostManagement, script: Script) -> None:
    """A link that was followed before ends the query with an error, not with an endless run."""
    script.answer(200, page(ROW, link="{url}/x?$skiptoken=a"))

    with pytest.raises(DependencyDown, match=r"page 2.*circle"):
        await october(costs)


@pytest.mark.parametrize("column", COLUMNS)
async def test_a_missing_column_is_named(costs: CostManagement, script: Script, column: str) -> None:
    """Each column is needed; the error names it and the page."""
    left = {name: value for name, value in zip(COLUMNS, ROW, strict=True) if name != column}
    script.answer(200, page(ROW, link="{url}/x"))
    script.answer(200, page(list(left.values()), columns=list(left)))

    with pytest.raises(DependencyDown, match=f"page 2: column {column} is missing"):
        await october(costs)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"Cost": "12.5"}, "column Cost holds a value of type str"),
        ({"Cost": None}, "column Cost holds a value of type NoneType"),
        ({"CostUSD": True}, "column CostUSD holds a value of type bool"),
        ({"Cost": 1e300}, "column Cost holds a number that is too large"),
        ({"Cost": 10**10}, "column Cost holds a number that is too large"),
        ({"UsageDate": 20261032}, "column UsageDate holds a number that is no day"),
        ({"UsageDate": 2026107}, "column UsageDate holds a number that is no day"),
        ({"UsageDate": "20261007"}, "column UsageDate holds a value of type str"),
        ({"UsageDate": 20251007}, "column UsageDate holds a day that is not within 2026-10-01 to 2026-10-10"),
        ({"UsageDate": 20261011}, "column UsageDate holds a day that is not within"),
        ({"ResourceId": 7}, "column ResourceId holds a value of type int"),
        ({"ServiceName": ["x"]}, "column ServiceName holds a value of type list"),
        ({"Currency": ""}, "column Currency holds an empty text"),
        ({"Currency": None}, "column Currency holds a value of type NoneType"),
    ],
)
async def test_a_value_that_cannot_be_is_named(
    costs: CostManagement, script: Script, changed: dict[str, object], told: str
) -> None:
    """No value is guessed at: not an amount, not a day, not the day of another year that Azure may answer for."""
    script.answer(200, page(ROW, [changed.get(name, value) for name, value in zip(COLUMNS, ROW, strict=True)]))

    with pytest.raises(DependencyDown, match=f"query, page 1: {told}"):
        await october(costs)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "no properties"),
        ({"properties": None}, "no properties"),
        ({"properties": {"rows": []}}, "no columns"),
        ({"properties": {"columns": ["Cost"], "rows": []}}, "no columns"),
        (page(ROW[1:]), "not as long as the 6 columns"),
        (page(ROW, [*ROW, 1]), "not as long as the 6 columns"),
        ({"properties": {"columns": [], "rows": None}}, "not as long"),
        (page(ROW, link={}), "nextLink is no text"),
        ('{"properties": {"columns": [], "rows": [[NaN]]}}', "no JSON"),
        ("[]", "no object"),
    ],
)
async def test_an_answer_that_is_no_page(costs: CostManagement, script: Script, body: object, told: str) -> None:
    """A page that is not whole is a dependency that is down, never half a bill."""
    script.answer(200, body)

    with pytest.raises(DependencyDown, match=told):
        await october(costs)


@given(st.lists(st.floats(-9e9, 9e9), min_size=1, max_size=20), st.integers(-(9 * 10**9), 9 * 10**9))
@example([0.1234567895, 0.1234567885, -0.0, 5e-324, 8999999999.999999, 1.0000000005, 1e-9, 4.9999999999999995e-10], 7)
def test_amounts_are_exact(floats: list[float], whole: int) -> None:
    """Every number that Azure can write becomes the billionths that `nano` makes of it."""
    text = json.dumps(page(*([amount, whole, *ROW[2:]] for amount in floats)))
    rows = Page.of(loads(text), "a page").charges(OCTOBER.first, OCTOBER.last)

    assert rows["cost"].to_pylist() == [nano(amount) for amount in floats]
    assert rows["usd"].to_pylist() == [nano(whole)] * len(floats)


async def test_another_months_day_is_not_asked_for(costs: CostManagement, script: Script) -> None:
    """A last day outside the month is a mistake of the caller's, and costs no request."""
    for day in (date(2026, 9, 30), date(2026, 11, 1)):
        with pytest.raises(ValueError, match="no day of 2026-10"):
            await costs.bill(SUBSCRIPTION, OCTOBER, day)
    assert script.asked == []


async def test_a_query_that_is_forbidden(costs: CostManagement, script: Script) -> None:
    """A 403 names the permission, also when Azure does not."""
    script.answer(403, {"error": {"code": "RBACAccessDenied", "message": "Does not have access to the scope."}})

    with pytest.raises(Forbidden) as told:
        await october(costs)
    assert told.value.permission == "Microsoft.CostManagement/query/read"


@pytest.mark.parametrize(("status", "kind"), [(400, Rejected), (404, Rejected), (503, DependencyDown)])
async def test_other_refusals(costs: CostManagement, script: Script, status: int, kind: type[HubwardenError]) -> None:
    """They are the errors that they are everywhere."""
    script.answer(status, {"error": {"code": "X", "message": "no"}}, Retry_After="0")

    with pytest.raises(kind, match=f"{status} X: no"):
        await october(costs)


async def test_no_row_is_logged(costs: CostManagement, script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """A log at its most talkative says which page and how many rows, but no token and nothing of a row."""
    script.answer(200, page(ROW))
    script.answer(200, total((1.5, "EUR")))
    with caplog.at_level(logging.DEBUG):
        await october(costs)

    assert "page 1: 1 rows" in caplog.text
    assert [text for text in (TOKEN, HUB.lower(), "Virtual Machines") if text in caplog.text] == []


async def test_budgets_are_listed(costs: CostManagement, script: Script) -> None:
    """A list's budgets over all its pages, one that cannot be read among them."""
    group = ResourceId.parse(f"{SCOPE}/resourceGroups/RG AI")
    path = f"{group}/providers/Microsoft.Consumption/budgets"
    good = {"amount": 100, "timeGrain": "Monthly", "timePeriod": {"startDate": "2026-10-01T00:00:00Z"}}
    script.answer(200, {"value": [{"id": f"{path}/a", "name": "a", "properties": good}, None], "nextLink": "{url}/x"})
    script.answer(200, {"value": [{"id": f"{path}/b", "name": "b", "properties": {**good, "amount": "many"}}]})
    found = await costs.budgets(group)

    assert not isinstance(found, Gap)
    assert [(one.name, one.amount, one.problem) for one in found] == [
        ("a", nano(100), ""),
        ("", 0, "it has no amount"),
        ("b", 0, "its amount is no number"),
    ]
    assert (script.asked[0].path, script.asked[0].query) == (path, {"api-version": "2023-05-01"})


async def test_budgets_that_may_not_be_read_are_a_gap(costs: CostManagement, script: Script) -> None:
    """A 403 is a gap that names the permission; a 429 is no gap, for the whole comes again later."""
    scope = ResourceId.parse(SCOPE)
    script.answer(403, {"error": {"code": "AuthorizationFailed", "message": "no"}})
    script.answer(429, None, **{"x-ms-ratelimit-microsoft.consumption-tenant-retry-after": "99"})
    gap = await costs.budgets(scope)

    assert isinstance(gap, Gap)
    assert (gap.parent, gap.kind, gap.permission) == (scope, Kind.BUDGET, "Microsoft.Consumption/budgets/read")
    with pytest.raises(Throttled) as told:
        await costs.budgets(scope)
    assert told.value.retry_after == 99
