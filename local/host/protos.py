"""The messages host and worker exchange, as plain Python objects instead of protobuf ones.

azure-functions-runtime takes the message classes from whoever drives it, and imports no protobuf itself; the worker
Microsoft writes in Rust hands it a pure-Python stand-in for the same reason. So objects with the field names of
FunctionRpc.proto are the intended way in, not a trick. `worker` sends these, every trigger builds them.
"""

import json
from datetime import datetime
from types import SimpleNamespace


class Message(SimpleNamespace):
    """A message with the fields it was given; reading one it was not given raises AttributeError."""


class TypedData(Message):
    """One value on the wire, in exactly one of: `string`, `json`, `bytes`, `http`, `int`, `double`."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name; the runtime calls it
        """Name of the field that is set."""
        return next(iter(vars(self)), None)


class ParameterBinding(Message):
    """A named argument; `data` is its TypedData."""

    def WhichOneof(self, _group: str) -> str:  # noqa: N802 - protobuf's name; the runtime calls it
        """Name of the field that holds the value; the other one, shared memory, is not offered."""
        return "data"


class StatusResult(Message):
    """How a request ended, with the numbers of FunctionRpc.proto."""

    Failure = 0
    Success = 1


class BindingInfo(Message):
    """A binding as the runtime registers it."""

    undefined = 0
    out = 1
    inout = 2


class RpcHttpCookie(Message):
    """A cookie an HTTP function sets; `SameSite` numbers are those of FunctionRpc.proto."""

    SameSite = SimpleNamespace(**{"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3})


_PLAIN = (
    "FunctionEnvironmentReloadResponse",
    "FunctionLoadResponse",
    "FunctionMetadataResponse",
    "InvocationResponse",
    "NullableBool",
    "NullableDouble",
    "NullableString",
    "NullableTimestamp",
    "RpcException",
    "RpcFunctionMetadata",
    "RpcHttp",
    "RpcRetryOptions",
    "Timestamp",
    "WorkerInitResponse",
    "WorkerMetadata",
)
_WITH_BEHAVIOUR = (BindingInfo, ParameterBinding, RpcHttpCookie, StatusResult, TypedData)

PROTOS = SimpleNamespace(
    **{name: type(name, (Message,), {}) for name in _PLAIN},
    **{kind.__name__: kind for kind in _WITH_BEHAVIOUR},
)
"""What the runtime is handed as `protos`: every message class it names."""


def json_data(value: object) -> TypedData:
    """`value` as JSON text; times become ISO 8601."""
    return TypedData(json=json.dumps(value, default=_iso))


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a message cannot carry a {type(value).__name__}")
