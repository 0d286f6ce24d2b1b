"""Who the app is to Azure: one credential per process, shared by every adapter."""

from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential

type Credential = ManagedIdentityCredential | DefaultAzureCredential


def app_identity(client_id: str) -> ManagedIdentityCredential:
    """The function app's own managed identity; the client id names a user-assigned one, empty means system-assigned."""
    return ManagedIdentityCredential(client_id=client_id or None)


def person_identity() -> DefaultAzureCredential:
    """Whoever is signed in on this machine, for the command line; never a browser window."""
    return DefaultAzureCredential(exclude_interactive_browser_credential=True)
