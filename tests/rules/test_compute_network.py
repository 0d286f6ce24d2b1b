"""Rules about how computes can be reached from the internet."""

from typing import Any

import pytest

from shared.model.finding import Verdict
from shared.rules.compute_network import NO_PUBLIC_ADDRESS, SSH_CLOSED
from tests.builders import Document, cluster, instance, recorded
from tests.rules.asking import ask, verdict

CLUSTER, INSTANCE, CREATING = recorded("computes.json")["value"]
OPEN = {"sshPublicAccess": "Enabled"}
SHOWN = {"publicIpAddress": "192.0.2.4"}
KUBERNETES: Document = {**cluster(), "properties": {"computeType": "Kubernetes"}}


def opened(**inner: Any) -> Document:  # noqa: ANN401 - JSON
    """An instance whose SSH port is open."""
    return instance(sshSettings=OPEN, **inner)


def local(document: Document, *, disabled: bool) -> Document:
    """The same compute, which takes identities alone or does not."""
    return {**document, "properties": {**document["properties"], "disableLocalAuth": disabled}}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(instance(), Verdict.PASS, id="closed"),
        pytest.param(opened(), Verdict.PASS, id="open, no address"),
        pytest.param(opened(enableNodePublicIp=True), Verdict.FAIL, id="open, with address"),
        pytest.param(opened(connectivityEndpoints=SHOWN), Verdict.FAIL, id="open, address shown"),
        pytest.param(opened(enableNodePublicIp=None), Verdict.UNKNOWN, id="open, who knows whether reached"),
        pytest.param(instance(enableNodePublicIp=True), Verdict.PASS, id="closed, with address"),
        pytest.param(instance(sshSettings=None), Verdict.PASS, id="who knows whether open, no address"),
        pytest.param(instance(sshSettings=None, enableNodePublicIp=True), Verdict.UNKNOWN, id="who knows whether open"),
        pytest.param(local(opened(enableNodePublicIp=True), disabled=True), Verdict.PASS, id="no local logins"),
        pytest.param(local(opened(enableNodePublicIp=True), disabled=False), Verdict.FAIL, id="local logins"),
        pytest.param(cluster(), Verdict.PASS, id="cluster closed"),
        pytest.param(
            cluster(remoteLoginPortPublicAccess="Enabled", enableNodePublicIp=True), Verdict.FAIL, id="cluster open"
        ),
        pytest.param(cluster(remoteLoginPortPublicAccess="Enabled"), Verdict.PASS, id="cluster open, no addresses"),
        pytest.param(
            cluster(remoteLoginPortPublicAccess="NotSpecified", enableNodePublicIp=True), Verdict.UNKNOWN, id="not said"
        ),
        pytest.param(CREATING, Verdict.UNKNOWN, id="recorded, being created"),
        pytest.param(KUBERNETES, None, id="attached"),
        pytest.param({**instance(), "properties": None}, None, id="no properties"),
    ],
)
def test_ssh(document: Document, expected: Verdict | None) -> None:
    """Open is what anybody can try: a port that is open, at an address that is public."""
    assert verdict(ask(SSH_CLOSED, document)) is expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(instance(), Verdict.PASS, id="none"),
        pytest.param(instance(enableNodePublicIp=True), Verdict.FAIL, id="one"),
        pytest.param(instance(enableNodePublicIp=None, connectivityEndpoints=SHOWN), Verdict.FAIL, id="one shown"),
        pytest.param(instance(enableNodePublicIp=None), Verdict.UNKNOWN, id="null"),
        pytest.param(cluster(), Verdict.PASS, id="cluster"),
        pytest.param(cluster(enableNodePublicIp=True), Verdict.FAIL, id="cluster with addresses"),
        pytest.param(CREATING, Verdict.UNKNOWN, id="recorded, being created"),
        pytest.param(KUBERNETES, None, id="attached"),
    ],
)
def test_address(document: Document, expected: Verdict | None) -> None:
    """Also in a managed network, for there too a compute is made with an address unless somebody says otherwise."""
    assert verdict(ask(NO_PUBLIC_ADDRESS, document)) is expected


def test_both_say_that_it_must_be_made_anew() -> None:
    """Neither can be changed afterwards, and nothing is proposed to be written."""
    for rule, document in (
        (SSH_CLOSED, opened(enableNodePublicIp=True)),
        (NO_PUBLIC_ADDRESS, cluster(enableNodePublicIp=True)),
    ):
        judgement = ask(rule, document)
        assert judgement is not None
        assert ("make the compute anew" in judgement.message, judgement.fix) == (True, None)
