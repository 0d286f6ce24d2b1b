"""
One harmless call with a key to the service that it opens.

Each service refuses a key in words of its own, and what its network rules keep out in others. What is not surely about
the key tells nothing of it. No key is in what is told, nor in anything that is raised or logged.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from azure.core import AsyncPipelineClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from shared.adapters.arm_wire import CONNECT, Headers, text_of
from shared.adapters.azure_errors import asking, code_and_message
from shared.adapters.proxies import proxied
from shared.adapters.secret import Secret
from shared.model.cleaned import cleaned
from shared.model.errors import HubwardenError
from shared.model.facts import Fact, Kind

OPENAI: Final = "2024-10-21"
"""The api-version of Azure OpenAI's own API, of which `models` is a list that costs nothing."""
SEARCH: Final = "2024-07-01"
"""The api-version of AI Search's own API."""

_READ: Final = 10
"""Seconds between two reads from a connection."""
_SENDABLE: Final = re.compile(r"[!-~]+")
"""What a header carries as it is."""
_ADDRESS: Final = re.compile(r"https://[a-z0-9.-]+(:\d+)?", re.IGNORECASE)
"""Whom a key is shown to: a host by name over TLS."""
_LONGEST_CODE: Final = 80
"""Characters of an error's code that are told."""
_OK, _REDIRECT, _UNAUTHORIZED, _FORBIDDEN = 200, 300, 401, 403
_BLOB_REFUSALS: Final = frozenset({"AuthenticationFailed", "KeyBasedAuthenticationNotPermitted"})
"""Storage refuses a key with these; its network rules answer `AuthorizationFailure`, which is a 403 too."""


@dataclass(frozen=True)
class _Answer:
    """What a service said; what it was asked with is not in it."""

    status: int
    """0 when there was no question, or no answer that can be read."""
    code: str = ""
    said: str = field(default="", repr=False)


class DataPlanes:
    """Where services listen, and what they say to a key."""

    def __init__(self, base: str = "") -> None:
        """
        Call the hosts that accounts' documents name.

        With a base, such as `https://127.0.0.1:8443/dataplane`, each service is under it by path: a stand-in's.
        """
        self._base = base.rstrip("/")

    def silence(self, account: Fact) -> str:
        """Why there is no call to make with a key of an account; empty where there is one."""
        if account.kind not in _REFUSED:
            return f"{account.id.name}: every call that its key opens does work, so none was made"
        if not self._address(account):
            return f"{account.id.name}: its document does not say where it listens, so no call was made"
        return ""

    async def opened(self, account: Fact, key: Secret) -> tuple[bool | None, str]:
        """
        Whether a key opens an account that is not silent, and what it answered; raises nothing of ours.

        None where nobody can tell: it was not reached, has no such call, or refused for another reason than the key.
        """
        doing = f"GET {self._url(account)}"
        try:
            async with asking(doing):
                answer = await self._asked(account, key)
        except HubwardenError as error:
            return None, f"not reached from here: {error}"
        # Taken out before anything is shortened, for half a key is none to find.
        code, said = (text.replace(key.reveal(), "***") for text in (answer.code, answer.said))
        told = f"{doing} answered {answer.status or 'nothing'} {code[:_LONGEST_CODE]}".rstrip()
        told += f": {cleaned(said)}" if said else ""
        if _OK <= answer.status < _REDIRECT:
            return True, told
        if _REFUSED[account.kind](answer):
            return False, told
        return None, f"not reachable from here: {told}" if answer.status == _FORBIDDEN else told

    async def _asked(self, account: Fact, key: Secret) -> _Answer:
        if account.kind is Kind.STORAGE:
            return await _containers(self._url(account), account.id.name.lower(), key)
        query = f"?api-version={OPENAI}" if account.kind is Kind.AI_ACCOUNT else f"?api-version={SEARCH}&$select=name"
        return await _got(f"{self._url(account)}{query}", key)

    def _url(self, account: Fact) -> str:
        path = {Kind.AI_ACCOUNT: "/openai/models", Kind.SEARCH: "/indexes"}.get(account.kind, "")
        return f"{self._address(account)}{path}"

    def _address(self, account: Fact) -> str:
        """
        Where an account listens, without a slash at the end; empty where its document does not say.

        A search service's document names its host only at later api-versions; before, it is made of its name. Assumed:
        no recording shows another cloud's.
        """
        name = account.id.name.lower()
        match account.kind:
            case Kind.AI_ACCOUNT:
                service, named = "cognitiveservices", account.text("properties", "endpoint")
            case Kind.SEARCH:
                service = "search"
                named = account.text("properties", "endpoint") or f"https://{name}.search.windows.net"
            case _:
                service, named = "storage", account.text("properties", "primaryEndpoints", "blob")
        if self._base:
            return f"{self._base}/{service}/{name}"
        named = named.rstrip("/")
        return named if _ADDRESS.fullmatch(named) else ""


async def _got(url: str, key: Secret) -> _Answer:
    """Ask with the key in a header: once, and no redirect is followed."""
    if not _SENDABLE.fullmatch(key.reveal()):
        return _Answer(0, said="the key has a form that no header carries")
    policies = [Headers(), UserAgentPolicy(base_user_agent="hubwarden")]
    client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
        url, policies=policies, use_env_settings=proxied(), connection_timeout=CONNECT, read_timeout=_READ
    )
    async with client:
        response = await client.send_request(HttpRequest("GET", url, headers={"api-key": key.reveal()}))
    code, said = code_and_message(text_of(response))
    return _Answer(response.status_code, code, "" if _OK <= response.status_code < _REDIRECT else said)


async def _containers(url: str, account: str, key: Secret) -> _Answer:
    """List one container, signed with the key."""
    from azure.storage.blob.aio import BlobServiceClient  # noqa: PLC0415 - 47 MiB of memory, as in `report_blobs`

    client = BlobServiceClient(
        url,
        AzureNamedKeyCredential(account, key.reveal()),
        retry_total=0,
        connection_timeout=CONNECT,
        read_timeout=_READ,
        use_env_settings=proxied(),
        permit_redirects=False,
    )
    async with client:
        try:
            await anext(client.list_containers(results_per_page=1).by_page())
        except HttpResponseError as error:
            # Without a status nothing was sent; with a good one, the answer could not be read.
            status = error.status_code or 0
            code = getattr(error, "error_code", None)
            said = str(getattr(code, "value", code) or type(error).__name__)
            return _Answer(status if status >= _REDIRECT else 0, said)
        except (AttributeError, TypeError, ValueError):  # the SDK's own words for XML that is no list of containers
            return _Answer(0, said="no list of containers")
    return _Answer(_OK)


def _by_openai(answer: _Answer) -> bool:
    """401 for a wrong key, `AuthenticationTypeDisabled` where keys are off; network rules answer another 403."""
    off = answer.status == _FORBIDDEN and answer.code == "AuthenticationTypeDisabled"
    return off or answer.status == _UNAUTHORIZED


def _by_search(answer: _Answer) -> bool:
    """A 403 whose message is about the API key; one of its firewall, and most others, have the same empty code."""
    about_the_key = answer.status == _FORBIDDEN and "api key" in answer.said.casefold()
    return about_the_key or answer.status == _UNAUTHORIZED


def _by_storage(answer: _Answer) -> bool:
    return answer.status == _FORBIDDEN and answer.code in _BLOB_REFUSALS


_REFUSED: Final[dict[Kind, Callable[[_Answer], bool]]] = {
    Kind.AI_ACCOUNT: _by_openai,
    Kind.SEARCH: _by_search,
    Kind.STORAGE: _by_storage,
}
"""Whether an answer refuses the key itself, by kind of account."""
