"""The built-in roles that matter around AI hubs, under the ids they have in every tenant."""

from dataclasses import dataclass

AI = "Microsoft.CognitiveServices"
ML = "Microsoft.MachineLearningServices/workspaces"
BLOBS = "Microsoft.Storage/storageAccounts/blobServices"
INDEXES = "Microsoft.Search/searchServices/indexes/documents"
SECRETS = "Microsoft.KeyVault/vaults/secrets"
SUPPORT = ("Microsoft.Authorization/*/read", "Microsoft.Resources/subscriptions/resourceGroups/read")


@dataclass(frozen=True, slots=True)
class Role:
    """What a role allows and what it leaves out of that, as action globs; data actions apart."""

    guid: str
    name: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()


BUILT_IN = (
    Role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", ("*",)),
    Role(
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "Contributor",
        ("*",),
        (
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ),
    ),
    Role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", ("*/read",)),
    Role(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        ("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
    ),
    Role(
        "4a9ae827-6dc8-4573-8ac7-8239d42aa03f",
        "Tag Contributor",
        (*SUPPORT, "Microsoft.Resources/subscriptions/resourceGroups/resources/read", "Microsoft.Resources/tags/*"),
    ),
    Role(
        "b78c5d69-af96-48a3-bf8d-a8b4d589de94",
        "Azure AI Administrator",
        (*SUPPORT, f"{AI}/*", f"{ML}/*", "Microsoft.Search/searchServices/*", "Microsoft.Insights/*"),
    ),
    Role(
        "64702f94-c441-49e6-a78b-ef80e0188fee",
        "Azure AI Developer",
        (*SUPPORT, f"{ML}/*/read", f"{ML}/*/action", f"{ML}/*/delete", f"{ML}/*/write"),
        (f"{ML}/delete", f"{ML}/write", f"{ML}/listKeys/action", f"{ML}/hubs/write", f"{ML}/hubs/delete"),
        (f"{AI}/accounts/OpenAI/*",),
    ),
    Role(
        "f6c7c914-8db3-469d-8ca1-694a8f32e121",
        "AzureML Data Scientist",
        (f"{ML}/*/read", f"{ML}/*/action", f"{ML}/*/delete", f"{ML}/*/write"),
        (
            f"{ML}/delete",
            f"{ML}/write",
            f"{ML}/computes/*/write",
            f"{ML}/computes/*/delete",
            f"{ML}/computes/listKeys/action",
            f"{ML}/listKeys/action",
            f"{ML}/hubs/write",
            f"{ML}/hubs/delete",
            f"{ML}/hubs/join/action",
        ),
    ),
    Role(
        "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
        "Cognitive Services OpenAI User",
        (f"{AI}/*/read",),
        data_actions=(f"{AI}/accounts/OpenAI/*/read", f"{AI}/accounts/OpenAI/deployments/*/action"),
    ),
    Role(
        "a001fd3d-188f-4b5d-821b-7da978bf7442",
        "Cognitive Services OpenAI Contributor",
        (f"{AI}/*/read", f"{AI}/accounts/deployments/write", f"{AI}/accounts/deployments/delete"),
        data_actions=(f"{AI}/accounts/OpenAI/*",),
    ),
    Role(
        "a97b65f3-24c7-4388-baec-2e87135dc908",
        "Cognitive Services User",
        (f"{AI}/*/read", f"{AI}/accounts/listkeys/action"),
        data_actions=(f"{AI}/*",),
    ),
    Role(
        "81a9662b-bebf-436f-a333-f67b29880f12",
        "Storage Account Key Operator Service Role",
        ("Microsoft.Storage/storageAccounts/listkeys/action", "Microsoft.Storage/storageAccounts/regeneratekey/action"),
    ),
    Role(
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        "Storage Blob Data Contributor",
        (f"{BLOBS}/containers/delete", f"{BLOBS}/containers/read", f"{BLOBS}/containers/write"),
        data_actions=(f"{BLOBS}/containers/blobs/*",),
    ),
    Role(
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        "Storage Blob Data Owner",
        (f"{BLOBS}/containers/*",),
        data_actions=(f"{BLOBS}/containers/blobs/*",),
    ),
    Role(
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        "Storage Blob Data Reader",
        (f"{BLOBS}/containers/read",),
        data_actions=(f"{BLOBS}/containers/blobs/read",),
    ),
    Role(
        "4633458b-17de-408a-b874-0445c86b69e6",
        "Key Vault Secrets User",
        data_actions=(f"{SECRETS}/getSecret/action", f"{SECRETS}/readMetadata/action"),
    ),
    Role("b86a8fe4-44ce-4948-aee5-eccb2c155cd7", "Key Vault Secrets Officer", data_actions=(f"{SECRETS}/*",)),
    Role(
        "7ca78c08-252a-4471-8644-bb5ff32d4ba0",
        "Search Service Contributor",
        (*SUPPORT, "Microsoft.Search/searchServices/*"),
    ),
    Role("1407120a-92aa-4202-b7e9-c0e197c71c8f", "Search Index Data Reader", data_actions=(f"{INDEXES}/read",)),
    Role("8ebe5a00-799e-43f5-93ac-243d3dce84a7", "Search Index Data Contributor", data_actions=(f"{INDEXES}/*",)),
    Role(
        "3913510d-42f4-4e42-8a64-420c390055eb",
        "Monitoring Metrics Publisher",
        ("Microsoft.Insights/Register/Action",),
        data_actions=("Microsoft.Insights/Metrics/Write", "Microsoft.Insights/Telemetry/Write"),
    ),
    Role(
        "72fafb9e-0641-4937-9268-a91bfd8191a3",
        "Cost Management Reader",
        ("Microsoft.Consumption/*/read", "Microsoft.CostManagement/*/read", *SUPPORT),
    ),
)
