"""host.json, read and checked once at start.

Only what this host acts on is read. As on the real host, an app setting `AzureFunctionsJobHost__a__b` overrides
the key `a.b` of the file, so a demo can poll fast without touching the file that is deployed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from local.host.errors import HostError

_OVERRIDE = "AzureFunctionsJobHost__"
_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):([0-5]\d):([0-5]\d(?:\.\d+)?)")
_MOST_IN_A_BATCH = 32
_SHORTEST_POLL = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """`extensions.queues`, with the defaults Microsoft documents."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    """Fetch the next batch once this many messages, or fewer, are being worked on."""
    max_dequeue_count: int = 5
    visibility_timeout: timedelta = timedelta()
    """How long a failed message stays hidden before it is tried again."""
    max_polling_interval: timedelta = timedelta(minutes=1)
    base64: bool = True
    """Whether message text is base64 (`messageEncoding`)."""


@dataclass(frozen=True, slots=True)
class HostSettings:
    """The parts of host.json that this host acts on."""

    queues: QueueSettings
    route_prefix: str = "api"
    function_timeout: timedelta | None = timedelta(minutes=30)
    """None when host.json says -1: a function may then run for ever. 30 minutes is the default of a Flex plan."""


def read_host_json(app_dir: Path, environment: Mapping[str, str]) -> HostSettings:
    """The settings of the app in `app_dir`, with the overrides in `environment`.

    Raises HostError naming the file, the key, what was found and what is expected.
    """
    path = app_dir / "host.json"
    document = _document(path)
    for name, value in environment.items():
        if name.startswith(_OVERRIDE):
            _override(document, name.removeprefix(_OVERRIDE).split("__"), value)
    reader = _Reader(path, document)
    reader.one_of("version", "", ("2.0",))
    batch_size = reader.integer("extensions.queues.batchSize", 16, least=1, most=_MOST_IN_A_BATCH)
    return HostSettings(
        queues=QueueSettings(
            batch_size=batch_size,
            new_batch_threshold=reader.integer("extensions.queues.newBatchThreshold", batch_size // 2, least=0),
            max_dequeue_count=reader.integer("extensions.queues.maxDequeueCount", 5, least=1),
            visibility_timeout=reader.span("extensions.queues.visibilityTimeout", timedelta()),
            max_polling_interval=reader.span(
                "extensions.queues.maxPollingInterval", timedelta(minutes=1), least=_SHORTEST_POLL
            ),
            base64=reader.one_of("extensions.queues.messageEncoding", "base64", ("base64", "none")) == "base64",
        ),
        route_prefix=reader.text("extensions.http.routePrefix", "api").strip("/"),
        function_timeout=reader.timeout("functionTimeout", timedelta(minutes=30)),
    )


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HostError(f"no host.json in {path.parent}: is that the folder of the Functions app?") from None
    except json.JSONDecodeError as error:
        raise HostError(f"{path}:{error.lineno}: not JSON ({error.msg}): mend that line") from None
    if not isinstance(document, dict):
        raise HostError(f"{path}: must hold a JSON object")
    return document


def _override(document: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        document = document.setdefault(key, {})
    document[keys[-1]] = value


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one key at a time and says exactly which one is wrong."""

    path: Path
    document: dict[str, Any]

    def _get(self, key: str) -> object:
        found: object = self.document
        for part in key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def _wrong(self, key: str, found: object, expected: str) -> HostError:
        return HostError(f"{self.path}: {key} is {json.dumps(found)}; expected {expected}")

    def integer(self, key: str, default: int, *, least: int, most: int | None = None) -> int:
        found = self._get(key)
        if found is None:
            return default
        bounds = f"a whole number of at least {least}" + (f" and at most {most}" if most else "")
        number = int(found) if isinstance(found, str) and found.isdecimal() else found
        if not isinstance(number, int) or isinstance(number, bool) or number < least or (most and number > most):
            raise self._wrong(key, found, bounds)
        return number

    def text(self, key: str, default: str) -> str:
        found = self._get(key)
        if found is None:
            return default
        if not isinstance(found, str):
            raise self._wrong(key, found, "text")
        return found

    def one_of(self, key: str, default: str, allowed: tuple[str, ...]) -> str:
        found = self.text(key, default)
        if found not in allowed:
            raise self._wrong(key, found, " or ".join(json.dumps(value) for value in allowed))
        return found

    def span(self, key: str, default: timedelta, *, least: timedelta = timedelta()) -> timedelta:
        text = self.text(key, "")
        if not text:
            return default
        found = _SPAN.fullmatch(text)
        value = _span(found) if found else None
        if value is None or value < least:
            raise self._wrong(key, text, f'a time as "hh:mm:ss" of at least {least.total_seconds():g} s')
        return value

    def timeout(self, key: str, default: timedelta) -> timedelta | None:
        return None if self._get(key) == "-1" else self.span(key, default, least=timedelta(seconds=1))


def _span(found: re.Match[str]) -> timedelta:
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
