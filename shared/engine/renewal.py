"""Renewal: which instances policy wants taken down for their image, and how long they must have stood stopped. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from shared.engine.around import home_of, hub_of
from shared.images.ladder import may_be_taken_down
from shared.images.machine import Machine
from shared.model.estate import Estate
from shared.model.facts import Fact
from shared.model.resource_id import ResourceId
from shared.policy.policy import Effect, Policy
from shared.rules.recreation import IMAGE_TAKEN_DOWN


def taken_down_from(fact: Fact, due: datetime | None, estate: Estate, policy: Policy, now: datetime) -> datetime | None:
    """From when on at the earliest an instance may be taken down; None for one without a date, or where it is not."""
    rest = renewing([fact], estate, policy, now).get(fact.id)
    return None if due is None or rest is None else may_be_taken_down(Machine.of(fact), due, rest, now)


def renewing(computes: Iterable[Fact], estate: Estate, policy: Policy, now: datetime) -> Mapping[ResourceId, timedelta]:
    """How long each must have stood stopped that policy wants taken down; without those that somebody has waived."""
    found: dict[ResourceId, timedelta] = {}
    for fact in computes:
        setting = policy.rules[IMAGE_TAKEN_DOWN.id].setting(fact, home_of(estate, fact))
        is_waived = policy.exemption(IMAGE_TAKEN_DOWN.id, fact, hub_of(estate, fact), now) is not None
        if setting.effect is Effect.ENFORCE and Machine.of(fact).is_instance and not is_waived:
            found[fact.id] = timedelta(hours=setting.parameters["stopped_hours"])
    return found
