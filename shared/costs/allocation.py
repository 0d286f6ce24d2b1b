"""
Allocation: a month's bills split by whom the costs belong to, so that the parts add up to the bill exactly.

Every charge is laid to the resource that bears it, under the attribution that was in force at the end of its day, and
split among that attribution's portions. What has no cost centre is unallocated, with the reason; nothing is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.costs.month import Month

if TYPE_CHECKING:  # an app that is only indexed must not load it
    import pyarrow as pa

LINE_COLUMNS = (
    "subscription",  # its GUID
    "currency",
    "hub",  # ARM id, lower case; empty where no single hub has it
    "project",  # ARM id, lower case; empty for none
    "cost_center",  # empty where there is none
    "owner",  # empty where there is none
    "origin",  # where the cost centre comes from, an `Origin`; empty where there is none
    "reason",  # why it is not allocated, a `Reason`; empty where it is
    "why",  # the same in words, for the ones that differ from resource to resource
    "service",  # Azure's name of the service
    "resource_id",  # the id on the bill, lower case; empty for a charge without a resource
    "bearer",  # the id of the resource that bears it, lower case; empty for none
    "early",  # whether it dates from before the first look, under the first known attribution
    "cost",  # billionths of the currency's unit
    "usd",  # billionths of a dollar
)


@dataclass(frozen=True)
class Allocation:
    """A month, split."""

    month: Month
    closed: bool
    """Whether the figures no longer change."""
    lines: "pa.Table"
    """One row for each way in which a resource's cost belongs to somebody: `LINE_COLUMNS`."""
    by_tag: "pa.Table"
    """The same money by each of finance's tags: `currency`, `tag`, `value` (empty for none), `cost`, `usd`."""
    billed: Mapping[str, int]
    """What Azure billed, by currency, in billionths."""
    allocated: Mapping[str, int]
    unallocated: Mapping[str, int]
