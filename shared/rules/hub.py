"""Rules about hubs: who can reach them, and what they can reach."""

from collections.abc import Sequence

from shared.model.action import Fix, PatchWorkspace
from shared.model.facts import Fact, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.rules.rule import Context, Judgement, Parameter, Rule, Type, failed, passed

ISOLATED = ("AllowOnlyApprovedOutbound", "AllowInternetOutbound")
"""The isolation modes of a managed network, the stricter first; `Disabled` is the third."""

UNSETTLED = frozenset({"Creating", "Updating", "Deleting", "Unknown"})
"""Provisioning states of a workspace that an operation is running on."""


def _public_access(hub: Fact, _: Context) -> Judgement:
    actual = hub.get("properties", "publicNetworkAccess") or None
    if actual == "Disabled":
        return passed("The hub refuses public network access.", actual)
    refusal = (
        ""
        if _approved_private_endpoints(hub)
        else ("no approved private endpoint: nobody could reach the hub any more; approve one first")
    )
    fix = Fix(
        PatchWorkspace({"publicNetworkAccess": "Disabled"}),
        before={"publicNetworkAccess": actual},
        after={"publicNetworkAccess": "Disabled"},
        undo=PatchWorkspace({"publicNetworkAccess": actual or "Enabled"}),
        refusal=refusal,
        wait=_wait(hub),
    )
    how = "is open to public networks" if actual else "does not say, and Azure then leaves it open to public networks"
    return failed(f"The hub {how}.", expected="Disabled", actual=actual, fix=fix)


def _approved_private_endpoints(hub: Fact) -> list[object]:
    connections = hub.get("properties", "privateEndpointConnections")
    if not isinstance(connections, list):
        return []
    return [c for c in connections if isinstance(c, dict) and _state(c) == "Approved"]


def _state(connection: dict[str, object]) -> object:
    properties = connection.get("properties")
    state = properties.get("privateLinkServiceConnectionState") if isinstance(properties, dict) else None
    return state.get("status") if isinstance(state, dict) else None


def _wait(hub: Fact) -> str:
    """A hub takes one operation at a time, and answers with its old values until that has ended."""
    state = hub.text("properties", "provisioningState")
    return f"another operation runs on the hub ({state}); its end will be looked at" if state in UNSETTLED else ""


def _is_stricter(actual: str, wanted: Sequence[str]) -> bool:
    """Whether a mode isolates more than any that complies: nobody is to be opened up for the sake of a list."""
    return actual in ISOLATED and all(ISOLATED.index(actual) < ISOLATED.index(mode) for mode in wanted)


def _managed_network(hub: Fact, context: Context) -> Judgement:
    wanted = context.parameters["modes"]
    actual = hub.text("properties", "managedNetwork", "isolationMode") or "Disabled"
    if actual in wanted or _is_stricter(actual, wanted):
        return passed(f"The hub's managed network isolates it: {actual}.", actual)
    fix = Fix(
        PatchWorkspace({"managedNetwork": {"isolationMode": wanted[0]}}),
        before={"managedNetwork": {"isolationMode": actual}},
        after={"managedNetwork": {"isolationMode": wanted[0]}},
        wait=_wait(hub),
    )
    return failed(f"The hub's managed network is {actual}.", expected=list(wanted), actual=actual, fix=fix)


PUBLIC_ACCESS = Rule(
    id="HW-NET-001",
    title="Hub refuses public network access",
    why="An open hub lets anyone who holds a token or a key reach the models and data of all its projects.",
    kinds=frozenset({Kind.HUB}),
    severity=Severity.HIGH,
    safety=Safety.GATED,
    controls=("WS-01",),
    check=_public_access,
    permissions=(PatchWorkspace.permission,),
)

MANAGED_NETWORK = Rule(
    id="HW-NET-002",
    title="Hub has an isolated managed network",
    why="Without isolation a compute can send data anywhere. It cannot be undone and may add a firewall bill.",
    kinds=frozenset({Kind.HUB}),
    severity=Severity.MEDIUM,
    safety=Safety.GATED,
    controls=("WS-06",),
    check=_managed_network,
    parameters={
        "modes": Parameter(
            Type.CHOICES, ISOLATED, "Modes that comply; the first is the one we would set", choices=ISOLATED
        ),
    },
    permissions=(PatchWorkspace.permission,),
)
