"""What the promises are held against: a memory, and two clouds, the fake and Azure's stand-in behind the adapters."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, Self

from azure.core.credentials import AccessToken

from local.azure.arm.containers import imply
from local.azure.stand_in import AzureStandIn
from shared.adapters.actuator import AzureActuator
from shared.adapters.api_versions import KEY_VAULT
from shared.adapters.arm import Arm
from shared.adapters.graph import PATH, Graph
from shared.adapters.inventory import AzureInventory
from shared.adapters.vault_secrets import VaultSecrets
from shared.cost_ports import TagHistory
from shared.key_ports import KeyInventory
from shared.model.action import Action
from shared.model.plan import Step, StepStatus
from shared.model.resource_id import ResourceId
from shared.ports import Actuator, FindingStore, HubLease, Inventory, Lineage
from tests.contracts.estate import Names, documents
from tests.fakes import GRAPH, FakeCloud

READABLE = (
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.CognitiveServices/accounts/connections",
    "Microsoft.KeyVault/vaults/secrets",
    "Microsoft.MachineLearningServices/workspaces",
    "Microsoft.MachineLearningServices/workspaces/computes",
    "Microsoft.MachineLearningServices/workspaces/connections",
    "Microsoft.Storage/storageAccounts",
)


@dataclass(frozen=True)
class Memory:
    """What the app remembers, behind four ports."""

    findings: FindingStore
    lease: HubLease
    lineage: Lineage
    history: TagHistory


def step(target: ResourceId, action: Action) -> Step:
    """A ready step."""
    return Step("HW-TEST-001", target, action, None, None, None, StepStatus.READY)


class CloudWorld(Protocol):
    """A cloud whose state a test can set."""

    names: Names
    inventory: Inventory
    holders: KeyInventory
    """The same as the inventory, for whoever rotates keys."""
    actuator: Actuator

    def put(self, document: dict[str, Any]) -> None:
        """Someone creates or replaces a resource."""

    async def put_secret(self, secret: ResourceId, body: dict[str, Any]) -> None:
        """Someone sets a secret in a vault, maybe a new one, as ARM takes it: with its `value` in `properties`."""

    async def settle(self) -> None:
        """What Azure has accepted so far is carried out."""

    def hold(self) -> None:
        """What Azure accepts is carried out at `settle` and no sooner."""

    def deny_reads(self, kind: str) -> None:
        """Reading resources of a type answers 403."""

    def deny_graph(self) -> None:
        """Resource Graph answers 403."""

    def fail_reads(self, resource: ResourceId) -> None:
        """Reading a resource answers 503, again and again."""

    def throttle_reads(self, resource: ResourceId) -> None:
        """Reading a resource answers 429 and asks for an hour's patience."""


@dataclass
class FakeWorld:
    """The fake."""

    names: Names
    cloud: FakeCloud = field(init=False)

    def __post_init__(self) -> None:
        """Fill the cloud."""
        self.cloud = FakeCloud(documents(self.names))
        self.cloud.visible = {self.names.subscription.casefold()}
        self.inventory: Inventory = self.cloud
        self.holders: KeyInventory = self.cloud
        self.actuator: Actuator = self.cloud

    def put(self, document: dict[str, Any]) -> None:
        """See `CloudWorld`."""
        self.cloud.put(document)

    async def put_secret(self, secret: ResourceId, body: dict[str, Any]) -> None:
        """See `CloudWorld`."""
        given = {name: value for name, value in body["properties"].items() if name != "value"}
        self.cloud.put({"id": str(secret), **body, "properties": {**given, "secretUri": secret_uri(secret)}})

    async def settle(self) -> None:
        """See `CloudWorld`; the fake does all at once, unless it is held."""
        self.cloud.finish()

    def hold(self) -> None:
        """See `CloudWorld`."""
        self.cloud.accept_only("microsoft.machinelearningservices/workspaces/computes")

    def deny_reads(self, kind: str) -> None:
        """See `CloudWorld`."""
        self.cloud.deny(kind.casefold(), f"{kind}/read")

    def deny_graph(self) -> None:
        """See `CloudWorld`."""
        self.cloud.deny(GRAPH)

    def fail_reads(self, resource: ResourceId) -> None:
        """See `CloudWorld`."""
        self.cloud.down(resource)

    def throttle_reads(self, resource: ResourceId) -> None:
        """See `CloudWorld`."""
        self.cloud.throttle(resource, 3600)


@dataclass
class StandInWorld:
    """The adapters, speaking to the stand-in over TLS; a test has a subscription of its own there."""

    names: Names
    azure: AzureStandIn
    arm: Arm

    def __post_init__(self) -> None:
        """Fill the subscription."""
        azure = AzureInventory(self.arm, Graph(self.arm, [self.names.subscription]))
        self.inventory: Inventory = azure
        self.holders: KeyInventory = azure
        self.actuator: Actuator = AzureActuator(self.arm)
        self.vaults = VaultSecrets(AppCredential(self.azure), data_plane=f"{self.azure.url}/dataplane")
        for document in documents(self.names):
            self.put(document)

    def put(self, document: dict[str, Any]) -> None:
        """See `CloudWorld`."""
        imply(self.azure.state, document, self.azure.options.tenant)
        self.azure.state.put(document)

    async def put_secret(self, secret: ResourceId, body: dict[str, Any]) -> None:
        """See `CloudWorld`."""
        vault = secret.parent
        if vault is not None and self.azure.state.get(str(vault)) is None:
            named = {"id": str(vault), "name": vault.name, "type": "Microsoft.KeyVault/vaults"}
            self.put({**named, "location": "westeurope", "properties": {"enableRbacAuthorization": True}})
        await self.arm.send("PUT", str(secret), KEY_VAULT, body)

    async def settle(self) -> None:
        """See `CloudWorld`."""
        await self.azure.clock.elapse(self.azure.options.operation_seconds)

    def hold(self) -> None:
        """See `CloudWorld`: time stands still but for `settle`."""
        self.azure.clock.freeze()

    def deny_reads(self, kind: str) -> None:
        """See `CloudWorld`."""
        left = tuple(f"{other}/read" for other in READABLE if other.casefold() != kind.casefold())
        self.azure.directory.limit(self.azure.options.app_object_id, left)

    def deny_graph(self) -> None:
        """See `CloudWorld`."""
        self._plan("POST", PATH, 403)

    def fail_reads(self, resource: ResourceId) -> None:
        """See `CloudWorld`."""
        self._plan("GET", str(resource), 503, retryAfter=0)

    def throttle_reads(self, resource: ResourceId) -> None:
        """See `CloudWorld`."""
        self._plan("GET", str(resource), 429, retryAfter=3600)

    async def close(self) -> None:
        """Close all connections."""
        await self.vaults.close()
        await self.arm.close()

    def heal(self) -> None:
        """End all troubles, for the next test in the same stand-in."""
        self.azure.cloud.faults.clear()
        self.azure.clock.run()
        self.azure.directory.limit(self.azure.options.app_object_id, None)

    def _plan(self, method: str, path: str, status: int, **more: int) -> None:
        self.azure.cloud.faults.plan({"next": [{"method": method, "path": path, "status": status, "times": 99} | more]})


@dataclass(frozen=True)
class StandInClock:
    """The stand-in's clock: a wait is over at once, and what was to happen there meanwhile has happened."""

    azure: AzureStandIn

    def now(self) -> datetime:
        """See `Clock.now`."""
        return self.azure.clock.now()

    async def pause(self, seconds: float) -> None:
        """See `Clock.pause`."""
        await self.azure.clock.elapse(seconds)


def secret_uri(secret: ResourceId) -> str:
    """Where ARM says that a secret's value is."""
    assert secret.parent is not None
    return f"https://{secret.parent.name.casefold()}.vault.azure.net/secrets/{secret.name}"


@dataclass(frozen=True)
class AppCredential:
    """The app's tokens, straight from the stand-in's issuer."""

    azure: AzureStandIn

    async def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """A token for the first scope."""
        token = self.azure.tokens.issue(scopes[0].removesuffix("/.default"), self.azure.directory.app())
        return AccessToken(token.value, token.expires_on)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass
