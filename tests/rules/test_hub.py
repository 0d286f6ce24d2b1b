"""Rules about hubs: public network access and the managed network."""

from typing import Any

import pytest

from shared.model.action import PatchWorkspace
from shared.model.finding import Verdict
from shared.rules.hub import MANAGED_NETWORK, PUBLIC_ACCESS
from shared.rules.rule import Rule
from tests.builders import hub, recorded
from tests.rules.asking import ask

APPROVED = [{"properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}}]


def _without(key: str) -> dict[str, Any]:
    document = hub()
    del document["properties"][key]
    return document


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(hub(publicNetworkAccess="Disabled"), Verdict.PASS, id="disabled"),
        pytest.param(hub(publicNetworkAccess="Enabled"), Verdict.FAIL, id="enabled"),
        pytest.param(hub(publicNetworkAccess=None), Verdict.FAIL, id="null is open"),
        pytest.param(hub(publicNetworkAccess=""), Verdict.FAIL, id="empty is open"),
        pytest.param(_without("publicNetworkAccess"), Verdict.FAIL, id="absent is open"),
        pytest.param({**hub(), "properties": None}, Verdict.FAIL, id="no properties is open"),
        pytest.param(hub(publicNetworkAccess="SecuredByPerimeter"), Verdict.FAIL, id="a word nobody knows"),
        pytest.param(recorded("workspaces.json")["value"][1], Verdict.FAIL, id="recorded"),
    ],
)
def test_public_access(document: dict[str, Any], expected: Verdict) -> None:
    """A hub complies only when it says that it refuses public access; what it leaves out, Azure leaves open."""
    said = ask(PUBLIC_ACCESS, document)
    assert said is not None
    assert said.verdict is expected


@pytest.mark.parametrize("actual", ["Enabled", None, ""], ids=repr)
def test_public_access_fix(actual: str | None) -> None:
    """The fix closes the hub, and its undo opens it as it was, or as Azure takes silence."""
    said = ask(PUBLIC_ACCESS, hub(publicNetworkAccess=actual, privateEndpointConnections=APPROVED))
    assert said is not None
    assert said.fix is not None
    assert (said.fix.action, said.fix.before, said.fix.after, said.fix.undo, said.fix.refusal) == (
        PatchWorkspace({"publicNetworkAccess": "Disabled"}),
        {"publicNetworkAccess": actual or None},
        {"publicNetworkAccess": "Disabled"},
        PatchWorkspace({"publicNetworkAccess": "Enabled"}),
        "",
    )


@pytest.mark.parametrize(
    "endpoints",
    [
        None,
        [],
        "text",
        ["text", None],
        [{"properties": None}],
        [{"properties": {"privateLinkServiceConnectionState": None}}],
        [{"properties": {"privateLinkServiceConnectionState": {"status": "Pending"}}}],
        [{"properties": {"privateLinkServiceConnectionState": {"status": "Rejected"}}}],
    ],
    ids=str,
)
def test_public_access_refused(endpoints: object) -> None:
    """A hub that no approved private endpoint leads to is not closed: nobody could reach it any more."""
    said = ask(PUBLIC_ACCESS, hub(publicNetworkAccess="Enabled", privateEndpointConnections=endpoints))
    assert said is not None
    assert said.fix is not None
    assert said.fix.refusal.startswith("no approved private endpoint")


def test_outbound_rule_is_no_endpoint() -> None:
    """An outbound rule of type PrivateEndpoint lets the hub out, nobody in; it does not make closing safe."""
    rules = {"to-storage": {"type": "PrivateEndpoint", "status": "Active"}}
    network = {"isolationMode": "AllowOnlyApprovedOutbound", "outboundRules": rules}
    said = ask(PUBLIC_ACCESS, hub(publicNetworkAccess="Enabled", managedNetwork=network))
    assert said is not None
    assert said.fix is not None
    assert said.fix.refusal != ""


@pytest.mark.parametrize(
    ("network", "expected", "actual"),
    [
        pytest.param(
            {"isolationMode": "AllowOnlyApprovedOutbound"}, Verdict.PASS, "AllowOnlyApprovedOutbound", id="strict"
        ),
        pytest.param({"isolationMode": "AllowInternetOutbound"}, Verdict.PASS, "AllowInternetOutbound", id="internet"),
        pytest.param({"isolationMode": "Disabled"}, Verdict.FAIL, "Disabled", id="disabled"),
        pytest.param({"isolationMode": None}, Verdict.FAIL, "Disabled", id="null mode"),
        pytest.param({"isolationMode": ""}, Verdict.FAIL, "Disabled", id="empty mode"),
        pytest.param({}, Verdict.FAIL, "Disabled", id="empty"),
        pytest.param(None, Verdict.FAIL, "Disabled", id="null"),
    ],
)
def test_managed_network(network: dict[str, Any] | None, expected: Verdict, actual: str) -> None:
    """A managed network that was never set is as good as none."""
    said = ask(MANAGED_NETWORK, hub(managedNetwork=network))
    assert said is not None
    assert (said.verdict, said.actual) == (expected, actual)


def test_managed_network_absent() -> None:
    """A hub whose document has no managed network has none."""
    said = ask(MANAGED_NETWORK, _without("managedNetwork"))
    assert said is not None
    assert (said.verdict, said.actual) == (Verdict.FAIL, "Disabled")


def test_managed_network_modes() -> None:
    """Policy may ask for the strict mode alone; the fix sets the first it names, and has no way back."""
    document = hub(managedNetwork={"isolationMode": "AllowInternetOutbound"})
    said = ask(MANAGED_NETWORK, document, modes=("AllowOnlyApprovedOutbound",))
    assert said is not None
    assert said.fix is not None
    assert (said.verdict, said.fix.action, said.fix.before, said.fix.after, said.fix.undo) == (
        Verdict.FAIL,
        PatchWorkspace({"managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}}),
        {"managedNetwork": {"isolationMode": "AllowInternetOutbound"}},
        {"managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}},
        None,
    )


@pytest.mark.parametrize("rule", [PUBLIC_ACCESS, MANAGED_NETWORK], ids=lambda rule: rule.id)
@pytest.mark.parametrize(
    ("state", "waits"), [("Updating", True), ("Creating", True), ("Succeeded", False), ("Failed", False), (None, False)]
)
def test_a_fix_waits_for_another_operation(rule: Rule, state: str | None, waits: bool) -> None:  # noqa: FBT001 - a column of the table
    """A hub takes one operation at a time, and shows its old values until that has ended."""
    said = ask(rule, hub(publicNetworkAccess="Enabled", managedNetwork=None, provisioningState=state))
    assert said is not None
    assert said.fix is not None
    assert bool(said.fix.wait) is waits


def test_a_stricter_mode_than_policy_asks_for_complies() -> None:
    """Nobody is to be opened up for the sake of a list."""
    said = ask(
        MANAGED_NETWORK,
        hub(managedNetwork={"isolationMode": "AllowOnlyApprovedOutbound"}),
        modes=("AllowInternetOutbound",),
    )
    assert said is not None
    assert said.verdict is Verdict.PASS
