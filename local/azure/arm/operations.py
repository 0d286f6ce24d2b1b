"""Long-running operations as Azure ML really answers them: long signed URLs that must be replayed verbatim.

Recorded shape (CONTRACTS 7): an empty 202, `Azure-AsyncOperation` and `Location` that carry ARM's signature of about
3 kB, no Retry-After, and a poll that says only `InProgress` and then `Succeeded`.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from local.azure.arm.call import Call, Reply
from local.azure.arm.errors import ArmError, bad_request
from local.azure.arm_ids import subscription_of
from local.azure.clock import Clock, timestamp
from local.azure.faults import Faults
from local.azure.faults.fates import Ending

CERTIFICATE_BYTES = 1536
SIGNATURE_BYTES = 256
PLANNED_FAILURE = ArmError(500, "InternalServerError", "Planned fault: the operation failed.")


type Finish = Callable[[], Awaitable[None] | None]


class OperationKind(StrEnum):
    """The path segment under which Azure ML keeps its operations."""

    WORKSPACE = "workspaceOperationsStatus"
    COMPUTE = "computeOperationsStatus"
    ENDPOINT = "mfeOperationsStatus"
    EVENT_GRID = "operationsStatus"

    @property
    def provider(self) -> str:
        """The provider that keeps them."""
        return "Microsoft.EventGrid" if self is OperationKind.EVENT_GRID else "Microsoft.MachineLearningServices"


@dataclass(slots=True)
class Operation:
    """One piece of work that goes on after its 202."""

    path: str
    api_version: str
    signature: dict[str, str] = field(repr=False)
    kind: OperationKind
    status: str = "InProgress"
    error: dict[str, Any] | None = None
    result: dict[str, Any] | None = field(default=None, repr=False)
    """What `Location` answers in the end, where the operation has something to tell."""
    on_success: Callable[[], None] | None = field(default=None, repr=False)
    on_failure: Callable[[], None] | None = field(default=None, repr=False)

    def async_header(self, base_url: str) -> dict[str, str]:
        """`Azure-AsyncOperation`."""
        marker = {"service": "new"} if self.kind is OperationKind.COMPUTE else {"type": "async"}
        return {"Azure-AsyncOperation": self._url(base_url, marker)}

    def location_header(self, base_url: str) -> dict[str, str]:
        """`Location`, the older way to poll."""
        return {"Location": self._url(base_url, {"type": "location"})}

    def both_headers(self, base_url: str) -> dict[str, str]:
        """What PATCH and DELETE of a workspace answer."""
        return self.async_header(base_url) | self.location_header(base_url)

    def _url(self, base_url: str, marker: dict[str, str]) -> str:
        query = urlencode({"api-version": self.api_version, **marker, **self.signature})
        return f"{base_url}{self.path}?{query}"


@dataclass(slots=True)
class Operations:
    """All operations by path; each runs as a task of its own until `close`."""

    clock: Clock
    seconds: float
    faults: Faults
    failed: Callable[[str], None]
    """Told the id of the resource whose operation failed, to mark it."""
    _known: dict[str, Operation] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, call: Call, kind: OperationKind, location: str, finish: Finish) -> Operation:
        """Begins an operation whose effect `finish` brings about at its end; ArmError there fails it."""
        path = (
            f"/subscriptions/{subscription_of(call.path)}/providers/{kind.provider}"
            f"/locations/{location}/{kind}/{secrets.token_urlsafe(32)}"
        )
        signature = {
            "t": str(int(self.clock.seconds() * 10_000_000)),
            "c": secrets.token_urlsafe(CERTIFICATE_BYTES),
            "s": secrets.token_urlsafe(SIGNATURE_BYTES),
            "h": secrets.token_urlsafe(32),
        }
        operation = Operation(path, call.api_version, signature, kind)
        self._known[path.casefold()] = operation
        ending = self.faults.operation(call.route.method, call.path, call.claims["oid"])
        if ending is not Ending.NEVER:
            task = self.clock.start(self._run(operation, call, finish, ending))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return operation

    def poll(self, call: Call) -> Reply:
        """The answer to a status URL; a URL whose signature was not replayed verbatim is refused."""
        operation = self._known.get(call.path.casefold())
        if operation is None:
            raise ArmError(404, "NotFound", "The operation of this status URL is not known.")
        if any(call.query.get(name) != value for name, value in operation.signature.items()):
            raise bad_request(
                "InvalidOperationStatusUrl", "The status URL must be requested exactly as it was returned."
            )
        running = operation.status == "InProgress"
        if call.query.get("type") == "location":
            headers = operation.location_header(call.base_url) if running else {}
            return Reply(202, headers=headers) if running else Reply(200, operation.result)
        body: dict[str, Any] = {"status": operation.status}
        body |= {} if running else {"percentComplete": 100.0}
        body |= {"error": operation.error} if operation.error else {}
        return Reply(200, body)

    async def close(self) -> None:
        """Ends the operations still running, without their effect."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, operation: Operation, call: Call, finish: Finish, ending: Ending) -> None:
        await self.clock.sleep(self.seconds)
        try:
            if ending is Ending.FAILS:
                raise PLANNED_FAILURE
            if (rest := finish()) is not None:
                await rest
        except ArmError as error:
            operation.status = "Failed"
            operation.error = error.body(timestamp(self.clock.now()))["error"]
            self.failed(call.target)
            if operation.on_failure:
                operation.on_failure()
        else:
            operation.status = "Succeeded"
            if operation.on_success:
                operation.on_success()
