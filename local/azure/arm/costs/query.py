"""Cost Management's query: columns and rows, grouped by dimension or tag, paged by a link that is POSTed again.

Ids in rows are lower case, as Azure returns them; a scope without any cost answers an empty 204 (CONTRACTS 6).
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from urllib.parse import urlencode

from local.azure.arm.call import Call, Reply
from local.azure.arm.costs.filters import passes
from local.azure.arm.costs.period import guarded_days
from local.azure.arm.costs.usage import Charge, charges
from local.azure.arm.documents import text
from local.azure.arm.errors import bad_request
from local.azure.arm.plain import require
from local.azure.arm_ids import group_of, subscription_of
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPES = ("ActualCost", "AmortizedCost", "Usage")
COSTS: Mapping[str, Callable[[Charge], float]] = {
    "Cost": lambda charge: charge.cost,
    "CostUSD": lambda charge: charge.usd,
    "PreTaxCost": lambda charge: charge.cost,
    "PreTaxCostUSD": lambda charge: charge.usd,
}
MOST_AGGREGATIONS = 2
MOST_GROUPINGS = 2
DIMENSIONS: Mapping[str, Callable[[Charge], str]] = {
    "resourceid": lambda charge: charge.resource_id.casefold(),
    "resourcetype": lambda charge: charge.resource_type.casefold(),
    "resourcegroup": lambda charge: group_of(charge.resource["id"]).casefold(),
    "resourcegroupname": lambda charge: group_of(charge.resource["id"]).casefold(),
    "resourcelocation": lambda charge: str(charge.resource.get("location") or ""),
    "subscriptionid": lambda charge: subscription_of(charge.resource["id"]),
    "servicename": lambda charge: charge.service,
    "metercategory": lambda charge: charge.service,
    "meter": lambda charge: charge.meter,
}


def run(cloud: Cloud, call: Call) -> Reply:
    """Answers one page of a query."""
    require(cloud, call.scope)
    headers = cloud.query_units.charge(call.claims["oid"], call.client_type)
    body = call.document()
    if body.get("type") not in TYPES:
        raise bad_request("BadRequest", f"'type' must be one of {', '.join(TYPES)}.")
    dataset = call.part(body, "dataset")
    asked = dataset.get("filter") or {}
    first, last = guarded_days(body, text(dataset, "granularity"), cloud.clock.now().date())
    columns, rows = _table(dataset, [one for one in charged(cloud, call.scope, first, last) if wanted(asked, one)])
    if not rows:
        return Reply(204, headers=headers, changed=False)
    size, start = cloud.options.cost_page_size, _start(call)
    link = None
    if start + size < len(rows):
        link = f"{call.base_url}{call.path}?{urlencode({**call.query, '$skiptoken': start + size})}"
    name = str(uuid.uuid4())
    own = {"id": f"{call.scope[1:]}/providers/Microsoft.CostManagement/query/{name}", "name": name}
    properties = {"nextLink": link, "columns": columns, "rows": rows[start : start + size]}
    return Reply(200, {**own, "type": "Microsoft.CostManagement/query", "properties": properties}, headers)


def charged(cloud: Cloud, scope: str, first: date, last: date) -> Iterator[Charge]:
    """What a scope of this Azure costs from the first to the last day, billed as its options say."""
    return charges(cloud.store, cloud.options.seed, scope, first, last, billing=cloud.options.billing)


def dimension(charge: Charge, kind: str, name: str) -> str:
    """What a charge says under a dimension or a tag; raises ArmError 400 for a dimension that is not known."""
    if kind.casefold() in ("tag", "tagkey"):
        tags = {str(known).casefold(): str(value) for known, value in (charge.resource.get("tags") or {}).items()}
        return tags.get(name.casefold(), "")
    if name.casefold() not in DIMENSIONS:
        raise bad_request("BadRequest", f"The dimension '{name}' is not known. Use one of: {', '.join(DIMENSIONS)}.")
    return DIMENSIONS[name.casefold()](charge)


def wanted(asked: Document, charge: Charge) -> bool:
    """Whether a charge passes a filter."""
    return passes(asked, lambda kind, name: dimension(charge, kind, name))


def _table(dataset: Document, found: list[Charge]) -> tuple[list[Document], list[list[object]]]:
    sums = dataset.get("aggregation") or {"totalCost": {"name": "Cost", "function": "Sum"}}
    if any(one.get("name") not in COSTS or one.get("function") != "Sum" for one in sums.values()):
        raise bad_request("BadRequest", f"An aggregation must be the Sum of one of {', '.join(COSTS)}.")
    if len(sums) > MOST_AGGREGATIONS:
        raise bad_request("BadRequest", f"A query has at most {MOST_AGGREGATIONS} aggregations.")
    groupings = [(text(one, "type"), text(one, "name")) for one in dataset.get("grouping") or []]
    if len(groupings) > MOST_GROUPINGS:
        raise bad_request("BadRequest", f"A query groups by at most {MOST_GROUPINGS} things.")
    day_column, day_of = _granularity(text(dataset, "granularity"))
    measures = [COSTS[one["name"]] for one in sums.values()]
    totals: defaultdict[tuple[object, ...], list[float]] = defaultdict(lambda: [0.0] * len(measures))
    for charge in found:
        total = totals[*day_of(charge.day), *_group(charge, groupings), charge.currency]
        for place, measure in enumerate(measures):
            total[place] += measure(charge)
    named = [{"name": one["name"], "type": "Number"} for one in sums.values()]
    grouped = [{"name": name, "type": "String"} for kind, one in groupings for name in _names(kind, one)]
    rows = [[*(round(sum_, 6) for sum_ in total), *key] for key, total in totals.items()]
    return [*named, *day_column, *grouped, {"name": "Currency", "type": "String"}], rows


def _names(kind: str, name: str) -> tuple[str, ...]:
    return ("TagKey", "TagValue") if kind.casefold() in ("tag", "tagkey") else (name,)


def _group(charge: Charge, groupings: list[tuple[str, str]]) -> list[str]:
    values: list[str] = []
    for kind, name in groupings:
        told = dimension(charge, kind, name)
        values += [name.casefold(), told] if len(_names(kind, name)) > 1 else [told]
    return values


def _granularity(word: str) -> tuple[list[Document], Callable[[date], tuple[object, ...]]]:
    match word.casefold():
        case "daily":
            return [{"name": "UsageDate", "type": "Number"}], lambda day: (int(f"{day:%Y%m%d}"),)
        case "monthly":
            return [{"name": "BillingMonth", "type": "Datetime"}], lambda day: (f"{day:%Y-%m}-01T00:00:00",)
        case "none" | "":
            return [], lambda _: ()
    raise bad_request("BadRequest", f"The granularity '{word}' is not known. Use None, Daily or Monthly.")


def _start(call: Call) -> int:
    token = call.query.get("$skiptoken", "0")
    if not token.isdecimal():
        raise bad_request("BadRequest", "'$skiptoken' is opaque: follow nextLink as it was returned.")
    return int(token)
