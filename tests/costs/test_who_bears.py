"""Who bears a charge: a bill names what was used, and the tags are on what it was used for."""

import pytest

from shared.costs.reason import Reason
from tests.builders import GROUP, SUBSCRIPTION, workspace_id
from tests.costs.money import HUB, OTHER_HUB, STORAGE, bill, charge, lines, moment, period, portion, split

ENDPOINT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-net/providers/Microsoft.Network/privateEndpoints/pe"
PROJECT = workspace_id("project")
SCORE = f"{PROJECT}/onlineEndpoints/score"
MODEL = f"{GROUP}/providers/Microsoft.SaaS/resources/partner-model"


def test_a_resource_bears_its_own_charges() -> None:
    """What has an attribution bears what it is charged for, also where a resource above it has one."""
    allocation = split(bill(charge(SCORE)), period(PROJECT, portion("CC-1")), period(SCORE, portion("CC-2")))
    assert lines(allocation, "cost_center", "reason") == [("CC-2", "", 1.0)]


def test_a_private_endpoint_is_borne_by_what_it_leads_to() -> None:
    """A private endpoint lies in the group of its network; the resource that names it bears it."""
    allocation = split(bill(charge(ENDPOINT, 7.0)), period(STORAGE, bears=[ENDPOINT]))
    assert lines(allocation, "resource_id", "bearer") == [(ENDPOINT.lower(), STORAGE.lower(), 7.0)]


def test_an_endpoint_that_came_within_the_month_is_borne() -> None:
    """A private endpoint that a resource names only since the middle of the month is borne for all of it."""
    before, after = period(STORAGE, since=moment(1)), period(STORAGE, since=moment(15), bears=[ENDPOINT])
    assert lines(split(bill(charge(ENDPOINT, day=20)), before, after), "bearer") == [(STORAGE.lower(), 1.0)]


def test_of_two_that_name_an_endpoint_the_smaller_key_bears_it() -> None:
    """Two that name the same private endpoint do not depend on their order."""
    both = [period(OTHER_HUB, bears=[ENDPOINT]), period(HUB, bears=[ENDPOINT])]
    for order in (both, both[::-1]):
        assert lines(split(bill(charge(ENDPOINT)), *order), "bearer") == [(HUB.lower(), 1.0)]


def test_what_is_gone_bears_no_endpoint_that_another_names() -> None:
    """A private endpoint made anew for another resource is not borne by the one it led to in summer."""
    gone = period(HUB, until=moment(1, month=9), bears=[ENDPOINT])
    assert lines(split(bill(charge(ENDPOINT)), gone, period(OTHER_HUB, bears=[ENDPOINT])), "bearer") == [
        (OTHER_HUB.lower(), 1.0)
    ]


@pytest.mark.parametrize("below", ["computes/gpu", "onlineEndpoints/score/deployments/blue", "computes/a/nodes/b"])
def test_what_lies_below_a_workspace_rolls_up_to_it(below: str) -> None:
    """Computes, deployments and nodes are borne by the workspace they lie in."""
    allocation = split(bill(charge(f"{PROJECT}/{below}")), period(PROJECT))
    assert lines(allocation, "bearer") == [(PROJECT.lower(), 1.0)]


def test_the_nearest_above_bears() -> None:
    """A deployment is borne by its endpoint where that has an attribution, and not by the workspace above."""
    allocation = split(bill(charge(f"{SCORE}/deployments/blue")), period(PROJECT), period(SCORE))
    assert lines(allocation, "bearer") == [(SCORE.lower(), 1.0)]


def test_a_partners_model_is_borne_by_its_resource_group() -> None:
    """A model that is billed through the Marketplace has no tags on the bill, so its resource group bears it."""
    assert lines(split(bill(charge(MODEL, 3.0)), period(GROUP, portion("CC-7"))), "cost_center", "bearer") == [
        ("CC-7", GROUP.lower(), 3.0)
    ]


def test_a_resource_group_bears_nothing_else() -> None:
    """What is in a resource group for other reasons is not governed because the group has tags."""
    allocation = split(bill(charge(f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm")), period(GROUP))
    assert lines(allocation, "reason", "bearer") == [(Reason.NOT_GOVERNED, "", 1.0)]


@pytest.mark.parametrize(
    ("on", "reason"),
    [
        (OTHER_HUB, Reason.NOT_GOVERNED),
        (MODEL, Reason.NOT_GOVERNED),
        ("microsoft.capacity/reservationorders/1", Reason.NOT_GOVERNED),
        (f"{HUB}/../other", Reason.NOT_GOVERNED),
        ("", Reason.NO_RESOURCE),
    ],
)
def test_what_nobody_bears_is_kept_with_the_reason(on: str, reason: Reason) -> None:
    """A charge without a resource, of one that is not governed, or with what is no id, is unallocated for that."""
    allocation = split(bill(charge(on, 5.0)), period(HUB))
    assert lines(allocation, "resource_id", "reason", "cost_center", "hub") == [(on.lower(), reason, "", "", 5.0)]
    assert allocation.unallocated == {"USD": 5_000_000_000}


def test_case_does_not_count() -> None:
    """Ids compare as Azure compares them, whatever case a bill has them in."""
    rows = [("/".join(part.swapcase() for part in charge(HUB)[0].split("/")), *charge()[1:]), charge(HUB.upper())]
    allocation = split(bill(*rows), period(HUB))
    assert lines(allocation, "resource_id") == [(HUB.lower(), 2.0)]


def test_without_a_cost_centre_a_line_says_why() -> None:
    """What has a bearer but no cost centre is unallocated, and the line has the words of the attribution."""
    allocation = split(bill(charge()), period(HUB, portion(None, Owner="jane@contoso.example")))
    assert lines(allocation, "reason", "why", "owner", "origin") == [
        (Reason.NO_COST_CENTER, "nobody said", "jane@contoso.example", "none", 1.0)
    ]
    assert allocation.allocated == {"USD": 0}


def test_a_line_says_whose_it_is() -> None:
    """A line has the hub, the project, the owner and where the cost centre comes from."""
    owned = portion("CC-1", Owner="jane@contoso.example")
    allocation = split(bill(charge(PROJECT)), period(PROJECT, owned, project=PROJECT))
    assert lines(allocation, "subscription", "hub", "project", "cost_center", "owner", "origin", "service") == [
        (SUBSCRIPTION, HUB.lower(), PROJECT.lower(), "CC-1", "jane@contoso.example", "resource", "AI", 1.0)
    ]
