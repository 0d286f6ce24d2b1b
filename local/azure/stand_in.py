"""The stand-in as one object: starts all its endpoints on loopback, and stops them.

In a test: `async with AzureStandIn(Options(estate=path)) as azure:` then `azure.url`, `azure.state`, `azure.ledger`.
"""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from local.azure import estate
from local.azure.admin import Admin
from local.azure.arm.compute_documents import TYPE as COMPUTE
from local.azure.arm.front_door import FrontDoor
from local.azure.clock import Clock
from local.azure.cloud import PRINCIPAL, Cloud
from local.azure.dataplane.routes import data_plane
from local.azure.directory import Directory, named_in
from local.azure.events.delivery import EventGrid
from local.azure.events.senders import Senders
from local.azure.events.topics import Topics
from local.azure.faults.wire import Wire
from local.azure.identity import ManagedIdentity, SignIn
from local.azure.keyring import KeyRing
from local.azure.ledger import Ledger
from local.azure.ledger.http import LedgerRoutes
from local.azure.microsoft_graph import MicrosoftGraph, PeopleRoutes
from local.azure.monitor.ingestion import Ingestion
from local.azure.monitor.logs_query import LogsQuery
from local.azure.monitor.tables import LogTables, load_schemas
from local.azure.options import Options
from local.azure.store import Store
from local.azure.tokens import TokenIssuer
from local.certificates import Certificates, ensure_certificates

if TYPE_CHECKING:
    from local.azure.events.storage import StorageWay

HOST = "127.0.0.1"
IDENTITY_PATH = "/msi/token"
BODY_BYTES = 8 * 1024 * 1024
SHUTDOWN_SECONDS = 1.0


class PortInUseError(Exception):
    """A port that could not be listened on; names it and the way out."""


class AzureStandIn:
    """Azure on one machine. Enter it to start; all its public attributes are ready from then on."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._exit.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    @property
    def url(self) -> str:
        """`https://127.0.0.1:PORT`: ARM, ingestion, query, topics and `/_standin`."""
        return self.cloud.url

    @property
    def ca_file(self) -> Path:
        """The PEM file clients must trust."""
        return self.certificates.ca

    @property
    def state(self) -> Store:
        """Every ARM document as it is now."""
        return self.cloud.store

    @property
    def ledger(self) -> Ledger:
        """Every request and state change so far."""
        return self.cloud.ledger

    @property
    def clock(self) -> Clock:
        """The clock all parts share; `advance` it."""
        return self.cloud.clock

    @property
    def events(self) -> EventGrid:
        """Event Grid: subscriptions, raised events, deliveries, dead letters."""
        return self.cloud.events

    @property
    def directory(self) -> Directory:
        """The principals and what each may do."""
        return self.cloud.directory

    @property
    def keys(self) -> KeyRing:
        """The live keys of every resource that has keys."""
        return self.cloud.keys

    @property
    def tokens(self) -> TokenIssuer:
        """Issues tokens without the way over HTTP."""
        return self.cloud.tokens

    def identity_environment(self) -> dict[str, str]:
        """What a child process needs in its environment to be the app: identity endpoint and trusted authority.

        SSL_CERT_FILE must be set before that process imports aiohttp, which reads it once.
        """
        ca = str(self.ca_file)
        return {
            "IDENTITY_ENDPOINT": self.identity_endpoint,
            "IDENTITY_HEADER": self._identity.header,
            "SSL_CERT_FILE": ca,
            "REQUESTS_CA_BUNDLE": ca,
        }

    async def _start(self) -> None:
        options = self.options
        tables = LogTables(load_schemas(options.tables))
        self._exit.callback(tables.close)
        self.cloud = Cloud(options, Clock(), tables)
        self._exit.callback(self.cloud.graph.close)
        if options.estate is not None:
            estate.load(options.estate, self.cloud.store, options.tenant)
            for person in (one for compute in self.state.of_type(COMPUTE) for one in named_in(compute)):
                self.directory.join(person)
        self.certificates = self._certificates()
        self.cloud.events.open(Senders(self._storage))
        self._exit.push_async_callback(self.cloud.events.close)
        self._exit.push_async_callback(self.cloud.operations.close)
        if options.storage is not None:
            self.cloud.exports.open(self._export_to_storage)
        self._exit.push_async_callback(self.cloud.exports.close)
        self._exit.push_async_callback(self.cloud.vaults.close)
        await self._listen()
        for subscription in options.event_subscriptions:
            await self.cloud.events.subscribe(subscription)

    def _storage(self) -> "StorageWay":
        from local.azure.events.storage import StorageWay  # noqa: PLC0415 - the SDKs take 0.3 s, and few runs need them

        places = self.options.storage
        return StorageWay(self.ca_file, self.options.tenant, places.connection_string if places else "")

    async def _export_to_storage(self, container: str, name: str, content: bytes) -> int:
        places, way = self.options.storage, self._storage()
        url = f"{places.blob_uri if places else ''}/{container}"
        await way.create_container(url)
        return await way.put_blob(url, name, content)

    def _certificates(self) -> Certificates:
        if self.options.certificates is not None:
            return ensure_certificates(self.options.certificates)
        folder = self._exit.enter_context(tempfile.TemporaryDirectory(prefix="azure-stand-in-"))
        return ensure_certificates(Path(folder))

    async def _listen(self) -> None:
        self._identity = ManagedIdentity(self.cloud)
        self.topics = Topics(self.cloud)
        self._wire = Wire(self.cloud)
        plain = web.Application(middlewares=[self._wire.middleware])
        plain.router.add_get(IDENTITY_PATH, self._identity.handle)
        identity_port = await self._serve(plain, self.options.identity_port, tls=False)
        self.identity_endpoint = f"http://{HOST}:{identity_port}{IDENTITY_PATH}"
        port = await self._serve(self._application(), self.options.port, tls=True)
        self.cloud.url = f"https://{HOST}:{port}"

    def _application(self) -> web.Application:
        sign_in, logs = SignIn(self.cloud), LogsQuery(self.cloud)
        application = web.Application(middlewares=[self._record, self._wire.middleware], client_max_size=BODY_BYTES)
        application.add_routes(
            [
                *Admin(self.cloud, self.topics).routes(),
                *LedgerRoutes(self.cloud).routes(),
                *PeopleRoutes(self.cloud).routes(),
                *MicrosoftGraph(self.cloud).routes(),
                web.post("/{tenant}/oauth2/v2.0/token", sign_in.token),
                web.get("/{tenant}/v2.0/.well-known/openid-configuration", sign_in.discovery),
                web.post("/dataCollectionRules/{rule}/streams/{stream}", Ingestion(self.cloud).handle),
                web.post("/v1/workspaces/{workspace}/query", logs.handle),
                web.post("/v1/{resource:subscriptions/.+}/query", logs.handle_resource),
                web.post("/topics/{topic}/api/events", self.topics.handle),
                *data_plane(self.cloud),
                web.route("*", "/{path:.*}", FrontDoor(self.cloud).handle),
            ]
        )
        return application

    async def _serve(self, application: web.Application, port: int, *, tls: bool) -> int:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        self._exit.push_async_callback(_close, runner)
        context = await asyncio.to_thread(self.certificates.server_context) if tls else None
        try:
            await web.TCPSite(runner, HOST, port, ssl_context=context).start()
        except OSError as error:
            raise PortInUseError(
                f"Port {port} on {HOST} cannot be used ({error.strerror}). Choose another one, or 0 for a free one."
            ) from None
        return int(runner.addresses[0][1])

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        response = await handler(request)
        if not request.path.startswith("/_standin/"):
            spent = time.perf_counter() - started
            self.ledger.request(request.get(PRINCIPAL, ""), request.method, request.path, response.status, spent)
        return response


async def _close(runner: web.AppRunner) -> None:
    """Stops serving. A client that holds its connection open would keep TLS's farewell, and so the socket, waiting."""
    open_connections = runner.server.connections if runner.server else []
    transports = [connection.transport for connection in open_connections]
    await runner.cleanup()
    for transport in transports:
        if transport is not None:
            transport.abort()
    await asyncio.sleep(0)
