"""How subscriptions are billed, which no ARM document tells: in what currency, and for what beside usage.

Purchases belong to no resource (their ResourceId is empty), and refunds are negative charges: both are in real bills.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from local.azure.arm_ids import subscription_of

DOLLARS = ("USD", 1.0)
SUPPORT_MONTH = 29.0
"""What Azure's smallest support plan costs a month, in US dollars."""


@dataclass(frozen=True, slots=True)
class Booking:
    """What is charged once a month, beside all usage."""

    scope: str
    """The id of a resource; or of a subscription, for what belongs to no resource."""
    service: str
    meter: str
    usd: float
    """US dollars; a refund is below zero."""
    day: int = 1
    """Of every month."""


@dataclass(frozen=True, slots=True)
class Billing:
    """What applies to some subscriptions; the others are billed in US dollars, for their usage alone."""

    currencies: Mapping[str, tuple[str, float]] = field(default_factory=dict[str, tuple[str, float]])
    """By subscription id (a GUID): the billing currency, and how much of it one US dollar costs."""
    bookings: tuple[Booking, ...] = ()

    def currency_of(self, resource_id: str) -> tuple[str, float]:
        """The currency that a resource, group or subscription is billed in, and how much of it one US dollar costs."""
        subscription = subscription_of(resource_id).casefold()
        return next((told for known, told in self.currencies.items() if known.casefold() == subscription), DOLLARS)


def support_plan(subscription: str) -> Booking:
    """The purchase of a support plan on the 1st of every month, by a subscription's id (a GUID)."""
    return Booking(f"/subscriptions/{subscription}", "Azure Support", "Developer Support Plan", SUPPORT_MONTH)


def refund(resource_id: str, service: str, usd: float, day: int = 1) -> Booking:
    """So many US dollars given back for a service of a resource, on one day of every month."""
    return Booking(resource_id, service, f"{service} Refund", -usd, day)
