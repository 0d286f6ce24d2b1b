"""The management SDKs of the services a hub leans on, unpatched but for endpoint and authority."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport
from azure.identity import ManagedIdentityCredential as SynchronousIdentity
from azure.identity.aio import ManagedIdentityCredential
from azure.keyvault.secrets.aio import SecretClient
from azure.mgmt.authorization.aio import AuthorizationManagementClient
from azure.mgmt.cognitiveservices.aio import CognitiveServicesManagementClient
from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient
from azure.mgmt.resource.resources.aio import ResourceManagementClient
from azure.mgmt.resourcegraph.aio import ResourceGraphClient
from azure.mgmt.search.aio import SearchManagementClient
from azure.mgmt.storage.aio import StorageManagementClient

from tests.local.azure.client import HUB, SUBSCRIPTION, VERSION, Arm

GROUP = "rg-ai"

type Client = Callable[..., Any]


@pytest.fixture
def client(arm: Arm, app_credential: ManagedIdentityCredential) -> Client:
    """A client of any management SDK, signed in as the app."""

    def make(kind: Callable[..., Any], *arguments: object, **options: object) -> Any:  # noqa: ANN401 - each SDK has its own
        return kind(
            app_credential,
            *arguments,
            base_url=arm.azure.url,
            transport=AioHttpTransport(connection_verify=str(arm.azure.ca_file)),
            credential_scopes=["https://management.azure.com/.default"],
            **options,
        )

    return make


async def test_ai_services_and_the_keys_that_a_rotation_needs(client: Client) -> None:
    """The account is read and tagged; a regenerated key replaces the old one and leaves the other."""
    async with client(CognitiveServicesManagementClient, SUBSCRIPTION) as services:
        account = await services.accounts.get(GROUP, "ai-one")
        before = await services.accounts.list_keys(GROUP, "ai-one")
        after = await services.accounts.regenerate_key(GROUP, "ai-one", "Key1")

    assert account.kind == "AIServices"
    assert (after.key1 != before.key1, after.key2 == before.key2) == (True, True)


async def test_search_and_its_admin_keys(client: Client) -> None:
    """Both keys are there, and one is renewed alone."""
    async with client(SearchManagementClient, SUBSCRIPTION) as search:
        found = await search.services.get(GROUP, "search-one")
        before = await search.admin_keys.get(GROUP, "search-one")
        after = await search.admin_keys.regenerate(GROUP, "search-one", "secondary")

    assert found.name == "search-one"
    assert (after.primary_key == before.primary_key, after.secondary_key != before.secondary_key) == (True, True)


async def test_storage_and_its_keys(client: Client) -> None:
    """A key that was never renewed has no age that Azure would tell; a renewed one has."""
    async with client(StorageManagementClient, SUBSCRIPTION) as storage:
        account = await storage.storage_accounts.get_properties(GROUP, "stone")
        renewed = await storage.storage_accounts.regenerate_key(GROUP, "stone", {"keyName": "key1"})

    ages = {key.key_name: key.creation_time for key in renewed.keys_property}
    assert account.name == "stone"
    assert (ages["key1"] is not None, ages["key2"]) == (True, None)


async def test_groups_resources_tags_and_providers(client: Client) -> None:
    """The generic client reads groups and resources, and merges tags where others stay."""
    async with client(ResourceManagementClient, SUBSCRIPTION) as resources:
        groups = [group.name async for group in resources.resource_groups.list()]
        kinds = {found.type.casefold() async for found in resources.resources.list()}
        patch = {"operation": "Merge", "properties": {"tags": {"CostCenter": "CC-1"}}}
        poller = await resources.tags.begin_update_at_scope(HUB, patch)
        tags = (await poller.result()).properties.tags
        provider = await resources.providers.get("Microsoft.MachineLearningServices")

    assert GROUP in groups
    assert "microsoft.machinelearningservices/workspaces" in kinds
    assert tags == {"Owner": "jane", "CostCenter": "CC-1"}
    assert provider.registration_state == "Registered"


async def test_resource_graph(client: Client) -> None:
    """A query over the estate, in rows of objects."""
    async with client(ResourceGraphClient) as graph:
        answer = await graph.resources(
            {
                "subscriptions": [SUBSCRIPTION],
                "query": "resources | where type =~ 'microsoft.machinelearningservices/workspaces' | project id, name",
            }
        )

    assert {row["name"] for row in answer.data} >= {"hub-one", "project-one"}


async def test_role_assignments(client: Client) -> None:
    """A role is given, found again by its principal, and taken back."""
    role = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
    reader = f"{role}acdd72a7-3385-48ef-bd42-f606fba81ae7"
    principal, name = "cccccccc-0000-4000-8000-000000000001", "dddddddd-0000-4000-8000-000000000001"
    body = {"properties": {"roleDefinitionId": reader, "principalId": principal, "principalType": "ServicePrincipal"}}
    async with client(AuthorizationManagementClient, SUBSCRIPTION) as roles:
        made = await roles.role_assignments.create(HUB, name, body)
        filtered = roles.role_assignments.list_for_scope(HUB, filter=f"principalId eq '{principal}'")
        found = [assignment.name async for assignment in filtered]
        await roles.role_assignments.delete(HUB, name)
        with pytest.raises(ResourceNotFoundError):
            await roles.role_assignments.get(HUB, name)

    assert made.principal_id == principal
    assert found == [name]


async def test_secrets_of_a_key_vault(arm: Arm, app_credential: ManagedIdentityCredential) -> None:
    """A secret is set, read and listed by its versions."""
    vault = f"{HUB.rsplit('/providers/', 1)[0]}/providers/Microsoft.KeyVault/vaults/kv-sdk"
    properties = {
        "tenantId": arm.azure.options.tenant,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
    }
    await arm("PUT", vault, {"location": "eastus2", "properties": properties}, version="2023-07-01")
    url = f"{arm.azure.url}/dataplane/vaults/kv-sdk"
    transport = AioHttpTransport(connection_verify=str(arm.azure.ca_file))
    async with SecretClient(url, app_credential, transport=transport, verify_challenge_resource=False) as secrets:
        await secrets.set_secret("aoai-key", "first")
        second = await secrets.set_secret("aoai-key", "second", tags={"CredentialId": "key2"})
        read = await secrets.get_secret("aoai-key")
        versions = [version.version async for version in secrets.list_properties_of_secret_versions("aoai-key")]

    assert (read.value, read.properties.tags) == ("second", {"CredentialId": "key2"})
    assert len(versions) == 2
    assert second.properties.version in versions


async def test_the_synchronous_ml_client(arm: Arm, app_credential: ManagedIdentityCredential) -> None:
    """It is another pipeline over another transport; it reads the same hub."""
    assert app_credential is not None  # its environment is what the synchronous one reads

    def name_and_tags() -> tuple[object, object]:
        with (
            SynchronousIdentity() as credential,
            MachineLearningServicesMgmtClient(
                credential,
                SUBSCRIPTION,
                base_url=arm.azure.url,
                api_version=VERSION,
                transport=RequestsTransport(connection_verify=str(arm.azure.ca_file)),
                credential_scopes=["https://management.azure.com/.default"],
            ) as machine_learning,
        ):
            hub = machine_learning.workspaces.get(GROUP, "hub-one")
            return hub.name, hub.tags

    assert await asyncio.to_thread(name_and_tags) == ("hub-one", {"Owner": "jane"})


async def test_what_is_not_there_is_the_sdks_own_error(client: Client) -> None:
    """The provider's error body is one that its SDK can read."""
    async with client(CognitiveServicesManagementClient, SUBSCRIPTION) as services:
        with pytest.raises(ResourceNotFoundError) as error:
            await services.accounts.get(GROUP, "ai-none")

    assert error.value.error is not None
    assert error.value.error.code == "ResourceNotFound"
