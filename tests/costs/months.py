"""
Months as nobody would think of them: hubs that share, portions without cost centre or weight, histories with gaps.

Small enough to split a hundred of them in seconds; ids in every case, refunds, odd billionths, two currencies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from shared.costs.attribution import Period, Portion
from shared.costs.bill import Bill, Charge
from shared.model.cost_tags import CostTags
from tests.builders import GROUP, SUBSCRIPTION, workspace_id
from tests.costs.money import BY_DIRECT_COST, SCHEMA, bill, period, portion

HUBS = tuple(workspace_id(name) for name in ("one", "two", "three"))
_DEPENDENT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st"
_ENDPOINT = f"{GROUP}/providers/Microsoft.Network/privateEndpoints/pe"
_MODEL = f"{GROUP}/providers/Microsoft.SaaS/resources/model"
_OWN = (*HUBS, _DEPENDENT, GROUP)
"""What may have an attribution."""
_BILLED = (*_OWN, _ENDPOINT, _MODEL, f"{HUBS[0]}/computes/gpu", f"{HUBS[1]}/onlineEndpoints/s/deployments/d", "", "odd")
_FIRST = datetime(2026, 9, 20, tzinfo=UTC)

_cases: st.SearchStrategy[Callable[[str], str]] = st.sampled_from([str.lower, str.lower, str.upper])
_cost_centers = st.sampled_from(["CC-1", "CC-2", "CC-3", None])
_amounts = st.integers(-(10**12), 10**13) | st.integers(-5, 5)
_moments = st.integers(0, 45 * 24).map(lambda hours: _FIRST + timedelta(hours=hours))
_days = st.integers(1, 31).map(lambda day: date(2026, 10, day))


@dataclass(frozen=True)
class Generated:
    """A month's bills and the history of tags."""

    bills: tuple[Bill, ...]
    periods: tuple[Period, ...]
    schema: CostTags


@st.composite
def months(draw: st.DrawFn) -> Generated:
    """A month with one or two bills."""
    found = draw(st.lists(_charges(), max_size=25))
    cut = draw(st.integers(0, len(found)))
    bills = (bill(*found[:cut]), bill(*found[cut:], subscription=SUBSCRIPTION.replace("1", "9")))
    moments = draw(st.lists(_moments, max_size=12, unique=True))
    periods = tuple(draw(_periods(moment)) for moment in moments)
    return Generated(bills, periods, draw(st.sampled_from([SCHEMA, BY_DIRECT_COST])))


def _charges() -> st.SearchStrategy[Charge]:
    ids = st.tuples(_cases, st.sampled_from(_BILLED)).map(lambda drawn: drawn[0](drawn[1]))
    services, currencies = st.sampled_from(["AI", "Storage"]), st.sampled_from(["USD", "EUR"])
    return st.tuples(ids, _days, services, currencies, _amounts, _amounts)


@st.composite
def _periods(draw: st.DrawFn, since: datetime) -> Period:
    of = draw(st.sampled_from(_OWN))
    hubs = draw(st.lists(st.sampled_from(HUBS), min_size=1, max_size=3, unique=True))
    bears = (_ENDPOINT,) if of != GROUP and draw(st.booleans()) else ()
    until = draw(st.none() | st.integers(1, 20).map(lambda days: since + timedelta(days=days)))
    return period(of, *(draw(_portions(hub)) for hub in hubs), since=since, until=until, bears=bears)


@st.composite
def _portions(draw: st.DrawFn, hub: str) -> Portion:
    owner = draw(st.sampled_from([{}, {"Owner": "jane"}]))
    return portion(draw(_cost_centers), hub=hub, weight=draw(st.integers(0, 7)), **owner)
