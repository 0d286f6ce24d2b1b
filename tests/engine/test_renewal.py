"""Which instances policy wants made anew: by scope and effect, and not where somebody has waived that."""

from datetime import timedelta

from shared.engine.renewal import renewing, taken_down_from
from shared.model.estate import Estate
from shared.model.facts import Fact
from shared.policy.policy import Effect, Exemption, Match, Scope
from tests.builders import NOW, cluster, hub, policy, rid
from tests.images.sample import owned

RULE = "HW-IMG-003"
JANE, MIA, GPU = owned("ci-jane", state="Stopped"), owned("ci-mia"), cluster()
ESTATE = Estate.of([Fact.of(one) for one in (hub(), JANE, MIA, GPU)])
COMPUTES = [ESTATE.facts[rid(one)] for one in (JANE, MIA, GPU)]
DAY = timedelta(days=1)


def test_only_where_policy_enforces_it() -> None:
    """With the hours that hold there; a cluster has nothing to be made anew."""
    narrow = Scope(Match(name="ci-mia"), Effect.ENFORCE, parameters={"stopped_hours": 24})
    told = policy(effects={RULE: Effect.AUDIT})
    some = policy(effects={RULE: Effect.AUDIT}, scopes={RULE: (narrow,)})

    assert renewing(COMPUTES, ESTATE, policy(), NOW) == {rid(JANE): 3 * DAY, rid(MIA): 3 * DAY}
    assert renewing(COMPUTES, ESTATE, some, NOW) == {rid(MIA): DAY}
    assert renewing(COMPUTES, ESTATE, told, NOW) == {}


def test_a_waiver_ends_it() -> None:
    """Whoever has one is told no day; nor is whoever was told no date."""
    waived = policy(exemptions=(Exemption(RULE, rid(JANE), "jane@contoso.example", "CHG-1", NOW + DAY),))
    jane = ESTATE.facts[rid(JANE)]

    assert renewing(COMPUTES, ESTATE, waived, NOW).keys() == {rid(MIA)}
    assert taken_down_from(jane, NOW + DAY, ESTATE, waived, NOW) is None
    assert taken_down_from(jane, NOW + DAY, ESTATE, policy(), NOW) == NOW + DAY
    assert taken_down_from(jane, None, ESTATE, policy(), NOW) is None
