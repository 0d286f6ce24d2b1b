"""host.json: defaults, values, overrides, and what is refused."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from local.host.errors import HostError
from local.host.settings import HostSettings, QueueSettings, read_host_json


def read(folder: Path, document: Mapping[str, object], **environment: str) -> HostSettings:
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **document}))
    return read_host_json(folder, environment)


def test_defaults(tmp_path: Path) -> None:
    """An empty host.json means Microsoft's documented defaults."""
    assert read(tmp_path, {}) == HostSettings(queues=QueueSettings())


def test_values(tmp_path: Path) -> None:
    """Every key this host acts on is read; newBatchThreshold follows batchSize when it is left out."""
    queues = {
        "batchSize": 10,
        "maxDequeueCount": 2,
        "visibilityTimeout": "00:00:30",
        "maxPollingInterval": "00:00:02.500",
        "messageEncoding": "none",
    }
    document = {"functionTimeout": "1.00:00:01", "extensions": {"queues": queues, "http": {"routePrefix": "/v1/"}}}
    expected = HostSettings(
        queues=QueueSettings(10, 5, 2, timedelta(seconds=30), timedelta(seconds=2.5), base64=False),
        route_prefix="v1",
        function_timeout=timedelta(days=1, seconds=1),
    )
    assert read(tmp_path, document) == expected


def test_no_timeout(tmp_path: Path) -> None:
    """A functionTimeout of -1 is none."""
    assert read(tmp_path, {"functionTimeout": "-1"}).function_timeout is None


def test_override(tmp_path: Path) -> None:
    """An app setting wins over the file."""
    document = {"extensions": {"queues": {"batchSize": 4}}}
    settings = read(tmp_path, document, AzureFunctionsJobHost__extensions__queues__batchSize="7")
    assert settings.queues.batch_size == 7


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("batchSize", 0, "expected a whole number of at least 1 and at most 32"),
        ("batchSize", 33, "expected a whole number of at least 1 and at most 32"),
        ("batchSize", True, "expected a whole number"),
        ("batchSize", "many", "expected a whole number"),
        ("newBatchThreshold", -1, "expected a whole number of at least 0"),
        ("maxDequeueCount", 0, "expected a whole number of at least 1"),
        ("visibilityTimeout", "30", 'expected a time as "hh:mm:ss"'),
        ("visibilityTimeout", 30, "expected text"),
        ("maxPollingInterval", "00:00:00", "of at least 0.1 s"),
        ("messageEncoding", "utf8", 'expected "base64" or "none"'),
    ],
)
def test_refused(tmp_path: Path, key: str, value: object, expected: str) -> None:
    """A value out of bounds is refused, naming file, key, value and what is expected."""
    with pytest.raises(HostError) as refused:
        read(tmp_path, {"extensions": {"queues": {key: value}}})
    assert f"{tmp_path / 'host.json'}: extensions.queues.{key} is {json.dumps(value)}; " in str(refused.value)
    assert expected in str(refused.value)
