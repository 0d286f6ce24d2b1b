"""Records of rotations: one with every field filled, and any that could be."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Demand, Phase, Proof, Record, Sighting

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
ACCOUNT = ResourceId.parse(
    "/subscriptions/0B1F6471-0000-4000-8000-000000000001/resourceGroups/rg AI (prod)/providers"
    "/Microsoft.CognitiveServices/accounts/AI-Contoso",
)

_offsets = st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=_offsets)  # noqa: DTZ001 - bounds only
_texts = st.text(max_size=40)
_names = st.text("abzAZ09_-é ßИ漢", min_size=1, max_size=20).map(lambda text: f"n{text}n")
_ids = st.builds(
    lambda group, name: ResourceId.parse(f"/subscriptions/s/resourceGroups/{group}/providers/Microsoft.X/y/{name}"),
    _names,
    _names,
)


def holder(number: int) -> ResourceId:
    """One of many projects' connections, with a name as long as Azure allows."""
    workspaces = f"{ACCOUNT.group_id}/providers/Microsoft.MachineLearningServices/workspaces"
    return ResourceId.parse(f"{workspaces}/project-{number:03}-{'x' * 20}/connections/{'c' * 29}{number:03}")


def full(account: ResourceId = ACCOUNT, phase: Phase = Phase.WAITING) -> Record:
    """A record in which nothing has its default."""
    return Record(
        account,
        seen=NOW - timedelta(days=100),
        phase=phase,
        fresh=Slot.SECOND,
        demand=Demand(Cause.EMERGENCY, "it was in a notebook — «oops»", "jane@contoso.example", NOW, "c-1"),
        begun=NOW + timedelta(minutes=1),
        since=NOW + timedelta(minutes=2),
        born={Slot.FIRST: NOW - timedelta(days=90), Slot.SECOND: NOW},
        holders={holder(1): Slot.FIRST, holder(2): Slot.SECOND, holder(3): Slot.QUERY},
        proof=Proof(None, "the service has no such call", NOW + timedelta(minutes=3)),
        approved="ana@contoso.example: nobody else has it",
        sighting=Sighting("bob@contoso.example", "Microsoft.CognitiveServices/accounts/listKeys/action", NOW, "c-2"),
        ended=NOW - timedelta(days=90),
        trouble="chat/openai could not be moved: 409 Conflict",
    )


records = st.builds(
    Record,
    account=_ids,
    seen=_moments,
    phase=st.sampled_from(Phase),
    fresh=st.none() | st.sampled_from(Slot),
    demand=st.none() | st.builds(Demand, st.sampled_from(Cause), _texts, _texts, _moments, _texts),
    begun=st.none() | _moments,
    since=st.none() | _moments,
    born=st.dictionaries(st.sampled_from(Slot), _moments),
    holders=st.dictionaries(_ids, st.sampled_from(Slot), max_size=5),
    proof=st.none() | st.builds(Proof, st.none() | st.booleans(), _texts, _moments),
    approved=_texts,
    sighting=st.none() | st.builds(Sighting, _texts, _texts, _moments, _texts),
    ended=st.none() | _moments,
    trouble=_texts,
)
"""Any record that nobody has saved yet."""
