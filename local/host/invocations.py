"""Runs functions for every listener: one place for ids, log lines, the time limit, outputs and the count of runs.

A listener says what triggered (a `Call`); this sends it to the worker, writes the output bindings, and raises
InvocationFailed for whatever goes wrong, so that each trigger only decides what failure means to it.
"""

import asyncio
import logging
import uuid
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from azure.core.exceptions import AzureError

from local.host.definitions import FunctionDefinition
from local.host.errors import InvocationFailed
from local.host.logs import Invocation, correlated
from local.host.outputs import QueueOutputs
from local.host.protos import ParameterBinding, TypedData
from local.host.worker import Worker

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """What a trigger hands to a function."""

    function: FunctionDefinition
    data: TypedData
    reason: str
    """Why it runs, for the log: the queue, the schedule, the request."""
    metadata: Mapping[str, TypedData] = field(default_factory=dict)
    retry_count: int = 0


class Invoker:
    """Runs calls, at most `timeout` long each, and knows how many are running."""

    def __init__(self, worker: Worker, outputs: QueueOutputs, timeout: timedelta | None) -> None:
        self._worker = worker
        self._outputs = outputs
        self._timeout = timeout
        self._tasks: set[asyncio.Task[object]] = set()

    async def run(self, call: Call) -> TypedData | None:
        """Run a function and write its queue outputs; what it returned comes back.

        Raises InvocationFailed when it raised, ran out of time, or an output could not be written.
        """
        invocation = Invocation(str(uuid.uuid4()), call.function.name)
        with correlated(invocation):
            log.info("Executing 'Functions.%s' (Reason='%s', Id=%s)", invocation.function, call.reason, invocation.id)
            try:
                returned = await self._answer(call, invocation)
            except InvocationFailed as error:
                failed = "Executed 'Functions.%s' (Failed, Id=%s): %s"
                log.error(failed, invocation.function, invocation.id, error)  # noqa: TRY400 - our own stack says nothing
                log.debug("%s", "\n".join(getattr(error, "__notes__", [])))
                raise
            log.info("Executed 'Functions.%s' (Succeeded, Id=%s)", invocation.function, invocation.id)
            return returned

    def start[Result](self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Start `work` as a task that a stopping listener does not cancel and that `drain` waits for."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self, seconds: float) -> int:
        """Wait up to `seconds` for started work to end, cancel the rest, and say how many that were."""
        if not self._tasks:
            return 0
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)

    async def _answer(self, call: Call, invocation: Invocation) -> TypedData | None:
        limit = self._timeout.total_seconds() if self._timeout else None
        try:
            async with asyncio.timeout(limit):
                answer = await self._worker.invoke(_request(call, invocation))
        except TimeoutError:
            raise InvocationFailed(f"ran longer than functionTimeout ({self._timeout})") from None
        for output in answer.output_data:
            await self._write(call.function, output)
        returned: TypedData | None = answer.return_value
        return returned

    async def _write(self, function: FunctionDefinition, output: ParameterBinding) -> None:
        binding = function.outputs[output.name]
        try:
            await self._outputs.write(binding, output.data)
        except (AzureError, ValueError) as error:
            queue = binding.properties["queueName"]
            reason = str(error).splitlines()[0]
            raise InvocationFailed(
                f"output '{output.name}' could not be written to queue '{queue}': {reason}"
            ) from error


def _request(call: Call, invocation: Invocation) -> SimpleNamespace:
    maximum = call.function.retry.maximum_count if call.function.retry else 0
    return SimpleNamespace(
        invocation_id=invocation.id,
        function_id=call.function.id,
        input_data=[ParameterBinding(name=call.function.trigger.name, data=call.data)],
        trigger_metadata=call.metadata,
        trace_context=SimpleNamespace(
            trace_parent=f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01", trace_state="", attributes={}
        ),
        retry_context=SimpleNamespace(retry_count=call.retry_count, max_retry_count=maximum, exception=None),
    )
