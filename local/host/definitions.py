"""What the host knows of each function once the worker has indexed the app: trigger, outputs, retry policy.

`worker` reads these from the runtime's metadata; every listener is built from one. A trigger or binding this host
does not know is refused here, before anything listens, rather than silently never firing.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from local.host.errors import HostError

EVENT_GRID: Final = "eventgridtrigger"
HTTP: Final = "httptrigger"
QUEUE: Final = "queuetrigger"
TIMER: Final = "timertrigger"

_TRIGGERS = frozenset({EVENT_GRID, HTTP, QUEUE, TIMER})
_OUTPUTS = frozenset({"queue", "http"})
_SETTING = re.compile(r"%([^%]+)%")


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding as the decorators declared it, `%SETTING%` already replaced by the setting's value."""

    name: str
    type: str
    """Lower case, for example `queuetrigger`."""
    properties: Mapping[str, Any]
    """Everything declared, with the names of function.json: queueName, connection, schedule, route, …"""


@dataclass(frozen=True, slots=True)
class Retry:
    """A retry policy; `maximum_count` -1 means without end."""

    maximum_count: int
    first_delay: timedelta
    longest_delay: timedelta


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """An indexed function."""

    name: str
    id: str
    trigger: Binding
    outputs: Mapping[str, Binding]
    """By parameter name; an HTTP function's answer is `$return`."""
    retry: Retry | None


def definition(metadata: Any, settings: Mapping[str, str]) -> FunctionDefinition:  # noqa: ANN401 - a duck-typed message
    """The function that one RpcFunctionMetadata describes.

    Raises HostError for a trigger or binding this host does not run, and for a `%SETTING%` that is not set.
    """
    declared = [json.loads(raw) for raw in metadata.raw_bindings]
    bindings = [_binding(metadata.name, properties, settings) for properties in declared]
    triggers = [binding for binding in bindings if binding.type.endswith("trigger")]
    outputs = [binding for binding in bindings if binding not in triggers]
    _refuse_unknown(metadata.name, triggers, _TRIGGERS)
    _refuse_unknown(metadata.name, outputs, _OUTPUTS)
    return FunctionDefinition(
        name=metadata.name,
        id=metadata.function_id,
        trigger=triggers[0],
        outputs={binding.name: binding for binding in outputs},
        retry=_retry(metadata.retry_options),
    )


def _binding(function: str, declared: Mapping[str, Any], settings: Mapping[str, str]) -> Binding:
    def value_of(match: re.Match[str]) -> str:
        if match[1] not in settings:
            raise HostError(f"function '{function}' uses {match[0]}, but there is no app setting {match[1]}: set it")
        return settings[match[1]]

    properties = {
        key: _SETTING.sub(value_of, value) if isinstance(value, str) else value for key, value in declared.items()
    }
    return Binding(properties["name"], properties["type"].lower(), properties)


def _refuse_unknown(function: str, bindings: list[Binding], known: frozenset[str]) -> None:
    for binding in bindings:
        if binding.type not in known:
            raise HostError(
                f"function '{function}' has a binding of type '{binding.properties['type']}'; the local host runs only "
                f"{', '.join(sorted(known))}: use 'func start' for this app"
            )


def _retry(options: Any) -> Retry | None:  # noqa: ANN401 - a duck-typed message
    if options is None:
        return None
    if options.retry_strategy == "fixed_delay":
        return Retry(options.max_retry_count, options.delay_interval, options.delay_interval)
    return Retry(options.max_retry_count, options.minimum_interval, options.maximum_interval)
