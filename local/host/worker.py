"""The language worker: azure-functions-runtime on an event loop and thread of its own, driven as the host drives it.

In production the runtime sits in a process of its own behind gRPC. Here it shares our process but not our loop, so a
function that blocks stalls the other functions, as it would in Azure, and never the listeners. The runtime keeps its
registry in module globals: one worker per process.
"""

import asyncio
import os
import re
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime

from local.host.definitions import FunctionDefinition, definition
from local.host.errors import HostError, InvocationFailed
from local.host.protos import PROTOS, StatusResult

_PLACEHOLDER = Path("/nonexistent")
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
_ADVICE = re.compile(r"\. Cannot find module\..*", re.DOTALL)
_STOP_SECONDS = 2


class _NoAnswer(Exception):
    """What left the app's code and was no Exception; the real host would now wait until functionTimeout."""


class Worker:
    """Indexes one app and runs its functions."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="functions-worker", daemon=True)
        self._thread.start()

    async def start(self, app_dir: Path) -> None:
        """Index the app in `app_dir`, as a worker that is started for one app does.

        Raises HostError with the root cause and its file and line when the app cannot be indexed.
        """
        sys.path.insert(0, str(app_dir))
        os.chdir(app_dir)
        runtime.start_threadpool_executor()
        message = SimpleNamespace(capabilities={}, function_app_directory=str(app_dir))
        await self._index(app_dir, "worker_init_request", message)

    async def specialise(self, app_dir: Path, environment: Mapping[str, str]) -> None:
        """Index the app as a Flex plan does on a cold start.

        The worker starts without an app, in a placeholder; then the runtime clears `os.environ`, fills it with
        `environment`, and appends the app's folder to `sys.path`. Code that read its environment earlier fails here.
        Raises HostError as `start` does.
        """
        runtime.start_threadpool_executor()
        placeholder = SimpleNamespace(capabilities={}, function_app_directory=str(_PLACEHOLDER))
        await self._index(app_dir, "worker_init_request", placeholder)
        reload = SimpleNamespace(function_app_directory=str(app_dir), environment_variables=dict(environment))
        await self._index(app_dir, "function_environment_reload_request", reload)

    async def functions(self, settings: Mapping[str, str]) -> list[FunctionDefinition]:
        """The functions of the indexed app, `%SETTING%` in their bindings replaced from `settings`."""
        answer = await self._request("functions_metadata_request", SimpleNamespace())
        return [definition(metadata, settings) for metadata in answer.function_metadata_results or []]

    async def load(self, function: FunctionDefinition) -> None:
        """Announce a function before its first run, as the host does."""
        await self._request("function_load_request", SimpleNamespace(function_id=function.id))

    async def invoke(self, request: SimpleNamespace) -> Any:  # noqa: ANN401 - the runtime's duck-typed InvocationResponse
        """Run one InvocationRequest. Raises InvocationFailed with the function's error, its stack in a note."""
        try:
            answer = await self._request("invocation_request", request)
        except _NoAnswer as escaped:
            raise InvocationFailed(
                f"{escaped} left the function, so the worker gives no answer and the real host would wait until "
                "functionTimeout: catch it at the function's edge"
            ) from None
        if answer.result.status != StatusResult.Success:
            failed = InvocationFailed(answer.result.exception.message)
            failed.add_note(answer.result.exception.stack_trace)
            raise failed
        return answer

    async def stop(self) -> None:
        """Cancel what still runs and stop the loop; a loop that is blocked for seconds is left behind."""
        runtime.get_threadpool_executor().shutdown(wait=False, cancel_futures=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()

    async def _request(self, verb: str, message: SimpleNamespace) -> Any:  # noqa: ANN401 - a duck-typed message
        request = SimpleNamespace(
            name=verb,
            request=SimpleNamespace(**{verb: message}),
            properties={"protos": PROTOS, "host": "127.0.0.1"},
        )
        future = asyncio.run_coroutine_threadsafe(_answer(getattr(runtime, verb), request), self._loop)
        return await asyncio.wrap_future(future)

    async def _index(self, app_dir: Path, verb: str, message: SimpleNamespace) -> None:
        try:
            result = (await self._request(verb, message)).result
        except _NoAnswer as escaped:
            raise HostError(f"the app cannot be indexed: {escaped} was raised while it was imported") from None
        if result.status != StatusResult.Success:
            cause, place = _cause(result.exception.message), _place(app_dir, result.exception.stack_trace)
            raise HostError(f"the app cannot be indexed: {cause} ({place})")


async def _answer(verb: Callable[[Any], Awaitable[Any]], request: SimpleNamespace) -> Any:  # noqa: ANN401 - a duck-typed message
    """The runtime's answer. It catches `Exception` only, so what else leaves a function ends here as _NoAnswer.

    Let through, SystemExit would end the loop, and CancelledError would look like a cancellation of our own.
    """
    try:
        return await verb(request)
    except SystemExit as escaped:
        raise _NoAnswer(repr(escaped)) from None
    except asyncio.CancelledError as escaped:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise _NoAnswer(repr(escaped)) from None


async def _cancel_others() -> None:
    """Cancel every task of the running loop but this one, and wait until they have ended."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _cause(message: str) -> str:
    return _ADVICE.sub("", message).splitlines()[0]


def _place(app_dir: Path, stack: str) -> str:
    """The deepest line of the app's own code in a stack trace; installed packages are not its own."""
    own = [
        frame
        for frame in _FRAME.finditer(stack)
        if Path(frame["file"]).is_relative_to(app_dir) and "site-packages" not in frame["file"]
    ]
    return f"{own[-1]['file']}:{own[-1]['line']}" if own else str(app_dir / "function_app.py")
