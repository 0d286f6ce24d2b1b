"""The ids around one hub: where it lies, and what it shares with its neighbours."""

from dataclasses import dataclass
from typing import Self

from local.synthetic.chance import Chance
from local.synthetic.words import ENVIRONMENTS, PEOPLE, REGIONS, SHORT_REGIONS, TEAMS

HUBS_A_SUBSCRIPTION = 40
HUBS_AN_ACCOUNT = 8
HUBS_A_SEARCH = 5
HUBS_A_REGISTRY = 10
"""All three divide the first, so that nothing is shared across subscriptions."""


@dataclass(frozen=True)
class Names:
    """One hub by its number; the same seed always gives the same names."""

    seed: int
    number: int
    environment: str
    """What the hub is for: prod, test, dev or sandbox."""
    region: str
    """Where it lies, as ARM writes it."""
    team: str
    """Whose it is."""

    @classmethod
    def of(cls, seed: int, number: int, chance: Chance) -> Self:
        """Names drawn for one hub."""
        return cls(seed, number, chance.weighted(ENVIRONMENTS), chance.weighted(REGIONS), chance.one(TEAMS))

    @property
    def owner(self) -> str:
        """Who answers for what the team has."""
        return PEOPLE[TEAMS.index(self.team) % len(PEOPLE)]

    @property
    def stem(self) -> str:
        """What the names of its own resources have in common."""
        return f"{self.team}-{self.environment}-{self.number:04}"

    @property
    def subscription(self) -> str:
        """Its subscription's id."""
        tail = f"{self.seed % 0x10000:04x}{self.number // HUBS_A_SUBSCRIPTION:08x}"
        return f"/subscriptions/5f3c0d1e-0000-4000-8000-{tail}"

    @property
    def subscription_name(self) -> str:
        """What its subscription is called."""
        return f"ai-hubs-{self.number // HUBS_A_SUBSCRIPTION:03}"

    @property
    def platform(self) -> str:
        """The id of the resource group that holds what hubs of a subscription share."""
        return f"{self.subscription}/resourceGroups/rg-platform"

    @property
    def group(self) -> str:
        """Its resource group's id."""
        return f"{self.subscription}/resourceGroups/rg-{self.stem}-{SHORT_REGIONS[self.region]}"

    @property
    def hub(self) -> str:
        """The hub."""
        return self.workspace(f"hub-{self.stem}")

    @property
    def storage(self) -> str:
        """Its storage account."""
        return self._own("Microsoft.Storage/storageAccounts", f"st{self.team}{self.number:05}")

    @property
    def vault(self) -> str:
        """Its key vault, in the casing a workspace's own properties have it."""
        return self._own("Microsoft.Keyvault/vaults", f"kv-{self.team[:6]}-{self.number:04}")

    @property
    def private_endpoint(self) -> str:
        """The private endpoint that leads to it."""
        return self._own("Microsoft.Network/privateEndpoints", f"pe-{self.stem}")

    @property
    def logs(self) -> str:
        """The Log Analytics workspace of its subscription."""
        return self._shared("Microsoft.OperationalInsights/workspaces", "log-platform")

    @property
    def account(self) -> str:
        """The AI services account it shares with seven neighbours."""
        return self._shared("Microsoft.CognitiveServices/accounts", f"ai-shared-{self.number // HUBS_AN_ACCOUNT:03}")

    @property
    def search(self) -> str:
        """The search service it shares with four neighbours."""
        return self._shared("Microsoft.Search/searchServices", f"srch-shared-{self.number // HUBS_A_SEARCH:03}")

    @property
    def registry(self) -> str:
        """The container registry it shares with nine neighbours."""
        return self._shared("Microsoft.ContainerRegistry/registries", f"crshared{self.number // HUBS_A_REGISTRY:03}")

    @property
    def shared_storage(self) -> str:
        """The storage account that some hubs of a subscription share, against all advice."""
        return self._shared("Microsoft.Storage/storageAccounts", f"stshared{self.number // HUBS_A_SUBSCRIPTION:03}")

    def workspace(self, name: str) -> str:
        """A workspace in the hub's group."""
        return self._own("Microsoft.MachineLearningServices/workspaces", name)

    def bought(self, model: str) -> str:
        """The Marketplace resource that a model of another company is billed by."""
        return self._own("Microsoft.SaaS/resources", f"{model}-{self.stem}")

    def _own(self, kind: str, name: str) -> str:
        return f"{self.group}/providers/{kind}/{name}"

    def _shared(self, kind: str, name: str) -> str:
        return f"{self.platform}/providers/{kind}/{name}"
