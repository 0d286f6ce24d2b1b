"""
The whole house on one machine: Azurite, the Azure stand-in and the Functions host, each a process on loopback.

The demo plays on it, the end-to-end test asserts on it, the benchmarks measure it. All of it speaks TLS with one local
authority, and the app signs in to all of it with its managed identity, as it would in Azure.
"""

import json
import os
import ssl
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp

from local.azure.options import APP_CLIENT_ID, APP_OBJECT_ID, TENANT, Options
from local.azurite import Azurite, Tls
from local.certificates import ensure_certificates
from local.host.keys import Keys
from local.processes import Child, ProcessError
from shared.adapters.directory import PERMISSION

REPOSITORY = Path(__file__).resolve().parent.parent
ARM_AUDIENCE = "https://management.azure.com"
SENDS = ("Microsoft.Insights/Telemetry/Write", "Microsoft.EventGrid/events/send/action")
"""What Monitoring Metrics Publisher on the collection rule and EventGrid Data Sender on the topic give the app."""

NEVER = "0 0 0 29 2 *"
"""A schedule for those who ask for each sweep and report: once in four years."""
_KEY_ROLES = {"check": ("key-reader",), "rotate": ("key-reader", "rotation-reader")}
"""What the setting HUBWARDEN_KEYS takes besides, whatever the mode."""
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


@dataclass(frozen=True, kw_only=True)
class StageOptions:
    """What is played, and where its logs go."""

    directory: Path
    """For certificates and the children's logs."""
    estate: Path
    subscription: str
    mode: str = "enforce"
    policy: Path = REPOSITORY / "policy"
    environment: Mapping[str, str] = field(default_factory=dict)
    """Settings of the app besides those the stage gives it."""
    weather: tuple[str, ...] = ()
    """More arguments of the Azure stand-in, such as `--faults storm --seed 3`."""


class Stage:
    """Everything up and connected between entering and leaving."""

    def __init__(self, options: StageOptions) -> None:
        self.options = options
        self._exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start all, then subscribe the app to the stand-in's events. Raises ProcessError or AzuriteError."""
        try:
            await self._start()
        except BaseException:
            await self._exit.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop all, in the opposite order."""
        await self._exit.aclose()

    @property
    def app_id(self) -> str:
        """The Function App's own ARM id, on which its findings about itself stand."""
        group = f"/subscriptions/{self.options.subscription}/resourceGroups/rg-hubwarden"
        return f"{group}/providers/Microsoft.Web/sites/func-hubwarden"

    async def _start(self) -> None:
        directory = self.options.directory
        directory.mkdir(parents=True, exist_ok=True)
        certificates = ensure_certificates(directory / "tls")
        self._tls = ssl.create_default_context(cafile=certificates.ca)
        self.session = await self._exit.enter_async_context(aiohttp.ClientSession())
        self.azurite = await self._exit.enter_async_context(Azurite(Tls(certificates.server, certificates.key)))
        estate = ["--estate", str(self.options.estate), "--certificates", str(directory / "tls"), *self.options.weather]
        self.azure = await self._exit.enter_async_context(
            Child("the Azure stand-in", ["azure", *estate], _inherited(), directory / "azure.log")
        )
        self.azure_url = str(self.azure.ready["url"])
        await self._give_role()
        self.host = await self._exit.enter_async_context(
            Child("the Functions host", ["host", "--port", "0"], self.app_environment(), directory / "host.log")
        )
        self.host_url = f"http://127.0.0.1:{self.host.ready['port']}"
        await self._subscribe()

    def app_environment(self) -> dict[str, str]:
        """What another process needs to be the app on this stage."""
        workspace = Options()
        return {
            **_inherited(),
            **self.azure.ready["environment"],
            "AzureWebJobsStorage__blobServiceUri": self.azurite.blob_service_uri,
            "AzureWebJobsStorage__queueServiceUri": self.azurite.queue_service_uri,
            "AzureWebJobsStorage__tableServiceUri": self.azurite.table_service_uri,
            "AzureWebJobsStorage__credential": "managedidentity",
            "AZURE_CLIENT_ID": APP_CLIENT_ID,
            "HUBWARDEN_MODE": self.options.mode,
            "HUBWARDEN_SUBSCRIPTIONS": self.options.subscription,
            "HUBWARDEN_PRINCIPAL_ID": APP_OBJECT_ID,
            "HUBWARDEN_ARM_ENDPOINT": self.azure_url,
            "HUBWARDEN_LOGS_ENDPOINT": self.azure_url,
            "HUBWARDEN_LOGS_QUERY_ENDPOINT": f"{self.azure_url}/v1",
            "HUBWARDEN_DATA_PLANE": f"{self.azure_url}/dataplane",
            "HUBWARDEN_DIRECTORY_ENDPOINT": f"{self.azure_url}/graph",
            "HUBWARDEN_LOGS_RULE_ID": workspace.dcr_immutable_id,
            "HUBWARDEN_ALERT_TOPIC_ENDPOINT": f"{self.azure_url}/topics/hubwarden/api/events",
            "HUBWARDEN_POLICY_DIRECTORY": str(self.options.policy),
            "HUBWARDEN_APP_ID": self.app_id,
            "HUBWARDEN_SWEEP_SCHEDULE": NEVER,
            "HUBWARDEN_COSTS_SCHEDULE": NEVER,
            "HUBWARDEN_KEYS_SCHEDULE": NEVER,
            "HUBWARDEN_ROTATION_SCHEDULE": NEVER,
            **self.options.environment,
        }

    async def _give_role(self) -> None:
        """The app's identity may do what its roles say, look people up, and no more: what it lacks shows here."""
        files = [REPOSITORY / "infra" / f"{name}-role.json" for name in role_names(self.options)]
        roles = [json.loads(file.read_text()) for file in files]
        actions = [action for role in roles for action in (*role["Actions"], *role["DataActions"])]
        await self.standin("POST", "permissions", {"actions": [*actions, *SENDS]})
        await self.standin("POST", "graph-permissions", {"permissions": [PERMISSION]})

    async def _subscribe(self) -> None:
        key = Keys().eventgrid_extension
        endpoint = f"{self.host_url}/runtime/webhooks/EventGrid?functionName=on_resource_event&code={key}"
        await self.standin("POST", "event-subscriptions", {"name": "hubwarden", "endpoint": endpoint})

    async def standin(self, method: str, what: str, body: object = None) -> Any:  # noqa: ANN401 - whatever JSON it says
        """Ask or tell the stand-in itself. Raises ProcessError when it refuses."""
        url = f"{self.azure_url}/_standin/{what}"
        async with self.session.request(method, url, json=body, ssl=self._tls) as answer:
            said = await answer.json()
            if not answer.ok:
                raise ProcessError(f"the stand-in refused {method} {what}: {said}")
            return said

    async def token(self, who: str, audience: str) -> str:
        """A person's token for an audience."""
        form = {"client_id": who, "scope": f"{audience}/.default", "grant_type": "client_credentials"}
        url = f"{self.azure_url}/{TENANT}/oauth2/v2.0/token"
        async with self.session.post(url, data=form, ssl=self._tls) as answer:
            return str((await answer.json())["access_token"])

    async def arm(self, who: str, method: str, path: str, body: object = None, version: str = "2025-12-01") -> Any:  # noqa: ANN401 - ARM's JSON
        """What a person does in Azure. Raises ProcessError when Azure refuses."""
        headers = {"Authorization": f"Bearer {await self.token(who, ARM_AUDIENCE)}"}
        url = f"{self.azure_url}{path}?api-version={version}"
        async with self.session.request(method, url, json=body, headers=headers, ssl=self._tls) as answer:
            text = await answer.text()
            if not answer.ok:
                raise ProcessError(f"Azure refused {method} {path}: {answer.status} {text[:300]}")
            return await answer.json() if text else None

    async def call(self, path: str, headers: dict[str, str]) -> int:
        """The status of a call to a service's own data plane."""
        url = f"{self.azure_url}/dataplane/{path}"
        async with self.session.get(url, headers=headers, ssl=self._tls) as answer:
            return answer.status

    async def invoke(self, function: str) -> None:
        """Start a timer function now, as an administrator may."""
        url, headers = f"{self.host_url}/admin/functions/{function}", {"x-functions-key": Keys().master}
        async with self.session.post(url, json={"input": ""}, headers=headers) as answer:
            if not answer.ok:
                raise ProcessError(f"the host refused to run {function}: {answer.status}")

    async def get(self, path: str) -> Any:  # noqa: ANN401 - the app's JSON
        """An HTTP function's answer."""
        headers = {"x-functions-key": Keys().function}
        async with self.session.get(f"{self.host_url}/api/{path}", headers=headers) as answer:
            return await answer.json()


def role_names(options: StageOptions) -> list[str]:
    """The roles in `infra` that the app's mode and its HUBWARDEN_KEYS take."""
    keys = options.environment.get("HUBWARDEN_KEYS", "")
    enforces = options.mode == "enforce"
    writes = ["key-rotator"] if enforces and keys == "rotate" else []
    return ["enforcer" if enforces else "reader", *_KEY_ROLES.get(keys, ()), *writes]


def _inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
