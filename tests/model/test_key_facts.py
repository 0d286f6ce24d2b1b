"""Whose key a connection keeps: what it says of itself is believed only where its target is a host of Azure's own."""

import pytest

from shared.model.facts import Fact
from shared.model.key_facts import account_of

ACCOUNT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai"
CONNECTION = (
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/hub/connections/one"
)


def connection(target: str) -> Fact:
    """A connection by key that names the account as its own."""
    properties = {"authType": "ApiKey", "target": target, "metadata": {"ResourceId": ACCOUNT}}
    return Fact.of({"id": CONNECTION, "properties": properties})


@pytest.mark.parametrize(
    "target",
    [
        "https://ai.openai.azure.com/",
        "HTTPS://AI.OpenAI.Azure.com:443/openai?x=1#y",
        "https://somebody@ai.cognitiveservices.azure.com",
        "https://ai.services.ai.azure.com/",
        "ai",
        "",
    ],
)
def test_the_key_of_the_account(target: str) -> None:
    """A host of the service itself, or no URL at all: some connections name the account and nothing else."""
    assert account_of(connection(target)) is not None


@pytest.mark.parametrize(
    "target",
    [
        "https://gateway.contoso.example/openai",
        "https://evil.example?x=@ai.openai.azure.com",
        "https://evil.example#@ai.openai.azure.com/",
        "https://evil.example\\@ai.openai.azure.com/",
        "https://ai.openai.azure.com@evil.example/",
        "https://ai.openai.azure.com.evil.example/",
        "https://evilopenai.azure.com/",
    ],
)
def test_somebody_elses_host(target: str) -> None:
    """It keeps the key of whatever stands there, and an account's key must never be sent to it."""
    assert account_of(connection(target)) is None
