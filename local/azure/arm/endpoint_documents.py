"""What endpoints and deployments of each family look like once made, and what a request for one must hold.

Shapes: the types of 2025-12-01. Addresses follow Azure's own patterns, though nothing listens there.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local.azure.arm.documents import text
from local.azure.arm.errors import ArmError, FrontEndError
from local.azure.arm_ids import resource_type
from local.azure.store import Document

PROVIDER = "Microsoft.MachineLearningServices/workspaces"
ONLINE = f"{PROVIDER}/onlineEndpoints"
BATCH = f"{PROVIDER}/batchEndpoints"
SERVERLESS = f"{PROVIDER}/serverlessEndpoints"
NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{1,30}[a-zA-Z0-9]")
WHOLE_TRAFFIC = 100
PROBE: Document = {
    "initialDelay": "PT10S",
    "period": "PT10S",
    "timeout": "PT2S",
    "successThreshold": 1,
    "failureThreshold": 30,
}


@dataclass(frozen=True, slots=True)
class Family:
    """One type of endpoint or deployment: its defaults, what it adds when made, and its authentication modes."""

    defaults: Document
    address: Callable[[str, str], Document]
    modes: tuple[str, ...] = ()


def _nowhere(name: str, location: str) -> Document:
    del name, location
    return {}


def _online_address(name: str, location: str) -> Document:
    host = f"https://{name}.{location}.inference.ml.azure.com"
    return {"scoringUri": f"{host}/score", "swaggerUri": f"{host}/swagger.json"}


def _batch_address(name: str, location: str) -> Document:
    host = f"https://{name}.{location}.inference.ml.azure.com"
    return {"scoringUri": f"{host}/jobs", "swaggerUri": f"{host}/swagger.json"}


def _serverless_address(name: str, location: str) -> Document:
    uri = f"https://{name}.{location}.models.ai.azure.com"
    return {"inferenceEndpoint": {"uri": uri, "headers": {}}, "endpointState": "Online"}


FAMILIES: Mapping[str, Family] = {
    ONLINE.casefold(): Family(
        {
            "description": None,
            "properties": {},
            "compute": None,
            "traffic": {},
            "mirrorTraffic": {},
            "publicNetworkAccess": "Enabled",
        },
        _online_address,
        ("Key", "AMLToken", "AADToken"),
    ),
    BATCH.casefold(): Family(
        {"description": None, "properties": {}, "defaults": {"deploymentName": None}},
        _batch_address,
        ("AADToken", "AMLToken", "Key"),
    ),
    SERVERLESS.casefold(): Family(
        {"contentSafety": {"contentSafetyStatus": "Enabled"}, "marketplaceSubscriptionId": None},
        _serverless_address,
        ("Key", "AAD", "KeyAndAAD"),
    ),
    f"{ONLINE}/deployments".casefold(): Family(
        {
            "description": None,
            "properties": {},
            "endpointComputeType": "Managed",
            "instanceType": "Standard_DS3_v2",
            "appInsightsEnabled": False,
            "egressPublicNetworkAccess": "Enabled",
            "scaleSettings": {"scaleType": "Default"},
            "requestSettings": {
                "requestTimeout": "PT5S",
                "maxConcurrentRequestsPerInstance": 1,
                "maxQueueWait": "PT0.5S",
            },
            "livenessProbe": PROBE,
            "readinessProbe": PROBE,
            "environmentVariables": {},
        },
        _nowhere,
    ),
    f"{BATCH}/deployments".casefold(): Family(
        {
            "description": None,
            "properties": {},
            "errorThreshold": -1,
            "miniBatchSize": 10,
            "maxConcurrencyPerInstance": 1,
            "outputAction": "AppendRow",
            "outputFileName": "predictions.csv",
            "retrySettings": {"maxRetries": 3, "timeout": "PT30S"},
            "environmentVariables": {},
        },
        _nowhere,
    ),
}


def family_of(resource_id: str) -> Family:
    """The family of an endpoint's or deployment's id."""
    return FAMILIES[resource_type(resource_id).casefold()]


def check(name: str, family: Family, body: Document, given: Document) -> None:
    """Raises ArmError 400 for a name, location or authentication mode that Azure does not take."""
    if not text(body, "location"):
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    if not NAME.fullmatch(name):
        raise _invalid(f"The name '{name}' must be 3 to 32 letters, digits and hyphens, a letter first.")
    if family.modes and text(given, "authMode") not in family.modes:
        raise _invalid(f"'authMode' must be one of {', '.join(family.modes)}.")


def check_traffic(given: Document, deployments: set[str]) -> None:
    """Raises ArmError 400 unless traffic adds up to 0 or 100 and goes to deployments that exist."""
    traffic: dict[str, int] = given.get("traffic") or {}
    unknown = {name.casefold() for name in traffic} - deployments
    if unknown:
        raise _invalid(f"Traffic is sent to deployments that do not exist: {', '.join(sorted(unknown))}.")
    if sum(traffic.values()) not in (0, WHOLE_TRAFFIC):
        raise _invalid(f"The traffic of all deployments must add up to 0 or {WHOLE_TRAFFIC}.")


def _invalid(message: str) -> ArmError:
    return FrontEndError(400, "BadArgument", message)
