"""
Everything from the environment, read once. Each field's docstring names its variable, its meaning and its default.

Nothing here is a secret: Hubwarden signs in with a managed identity and holds no keys.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from shared.model.errors import BadResourceId, SettingsInvalid
from shared.model.resource_id import ResourceId

VERSION = "0.1.0"

_CONTAINER = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")


class Mode(StrEnum):
    """Whether anything may be written at all."""

    AUDIT = "audit"
    ENFORCE = "enforce"


class Keys(StrEnum):
    """Whether keys may be looked at, and changed; each takes a role of its own."""

    OFF = "off"
    CHECK = "check"
    ROTATE = "rotate"


@dataclass(frozen=True)
class Settings:
    """The settings of one Function App."""

    mode: Mode
    """HUBWARDEN_MODE: `audit` (default) or `enforce`."""
    subscriptions: tuple[str, ...]
    """HUBWARDEN_SUBSCRIPTIONS: the governed subscriptions' GUIDs, separated by commas. Events of others are dropped."""
    principal_id: str
    """HUBWARDEN_PRINCIPAL_ID: object id of the app's own identity, to know its echo among the events."""
    client_id: str
    """AZURE_CLIENT_ID: client id of the user-assigned identity; empty for a system-assigned one."""
    arm_endpoint: str
    """HUBWARDEN_ARM_ENDPOINT: default https://management.azure.com."""
    arm_audience: str
    """HUBWARDEN_ARM_AUDIENCE: whom the tokens for ARM are for; default https://management.azure.com."""
    table_endpoint: str
    """HUBWARDEN_TABLE_ENDPOINT: the table service; default AzureWebJobsStorage__tableServiceUri."""
    logs_endpoint: str
    """HUBWARDEN_LOGS_ENDPOINT: the ingestion endpoint of the data collection rule."""
    logs_query_endpoint: str
    """HUBWARDEN_LOGS_QUERY_ENDPOINT: where a rotation asks who used a key; default https://api.loganalytics.io."""
    logs_rule_id: str
    """HUBWARDEN_LOGS_RULE_ID: the rule's immutable id, `dcr-…`."""
    alert_topic_endpoint: str
    """HUBWARDEN_ALERT_TOPIC_ENDPOINT: the Event Grid custom topic for alerts."""
    reports_endpoint: str
    """HUBWARDEN_REPORTS_ENDPOINT: the blob service; default AzureWebJobsStorage__blobServiceUri; empty, no reports."""
    reports_container: str
    """HUBWARDEN_REPORTS_CONTAINER: the container for reports, made when missing; default `hubwarden-reports`."""
    keys: Keys
    """HUBWARDEN_KEYS: `off` (default), `check` to look at who holds which key, or `rotate` to renew them as well."""
    data_plane: str
    """HUBWARDEN_DATA_PLANE: one URL before the paths of all services, on a machine without Azure; empty for Azure."""
    directory_endpoint: str
    """HUBWARDEN_DIRECTORY_ENDPOINT: Microsoft Graph, to learn who has left; empty (default), nobody is looked up."""
    policy_directory: Path
    """HUBWARDEN_POLICY_DIRECTORY: default `policy` beside function_app.py."""
    app_id: ResourceId
    """HUBWARDEN_APP_ID: ARM id of this Function App, on which its findings about itself stand."""

    @classmethod
    def read(cls, environment: Mapping[str, str], directory: Path) -> "Settings":
        """Read them all. Raises SettingsInvalid with one line for each that is missing or wrong."""
        reader = _Reader(environment)
        settings = cls(
            mode=reader.take("HUBWARDEN_MODE", Mode, "audit or enforce", "audit"),
            subscriptions=reader.take("HUBWARDEN_SUBSCRIPTIONS", _guids, "subscription ids, separated by commas"),
            principal_id=reader.take("HUBWARDEN_PRINCIPAL_ID", _lower, "the object id of the app's identity"),
            client_id=reader.take("AZURE_CLIENT_ID", str, "the client id of the app's identity", ""),
            arm_endpoint=reader.take("HUBWARDEN_ARM_ENDPOINT", _url, "an https URL", "https://management.azure.com"),
            arm_audience=reader.take("HUBWARDEN_ARM_AUDIENCE", _url, "an https URL", "https://management.azure.com"),
            table_endpoint=reader.take(
                "HUBWARDEN_TABLE_ENDPOINT",
                _url,
                "an https URL",
                environment.get("AzureWebJobsStorage__tableServiceUri"),
            ),
            logs_endpoint=reader.take("HUBWARDEN_LOGS_ENDPOINT", _url, "an https URL"),
            logs_query_endpoint=reader.take(
                "HUBWARDEN_LOGS_QUERY_ENDPOINT", _url, "an https URL", "https://api.loganalytics.io"
            ),
            logs_rule_id=reader.take("HUBWARDEN_LOGS_RULE_ID", _rule_id, "an immutable id such as dcr-0a1b…"),
            alert_topic_endpoint=reader.take("HUBWARDEN_ALERT_TOPIC_ENDPOINT", _url, "an https URL"),
            reports_endpoint=reader.take(
                "HUBWARDEN_REPORTS_ENDPOINT",
                _url_or_none,
                "an https URL",
                environment.get("AzureWebJobsStorage__blobServiceUri"),
            ),
            reports_container=reader.take(
                "HUBWARDEN_REPORTS_CONTAINER",
                _container,
                "a container name of 3 to 63 lower case letters, digits and single dashes",
                "hubwarden-reports",
            ),
            keys=reader.take("HUBWARDEN_KEYS", Keys, "off, check or rotate", "off"),
            data_plane=reader.take("HUBWARDEN_DATA_PLANE", _url_or_none, "an https URL", ""),
            directory_endpoint=reader.take("HUBWARDEN_DIRECTORY_ENDPOINT", _url_or_none, "an https URL", ""),
            policy_directory=directory / environment.get("HUBWARDEN_POLICY_DIRECTORY", "policy"),
            app_id=reader.take("HUBWARDEN_APP_ID", ResourceId.parse, "the ARM id of this Function App"),
        )
        if reader.problems:
            raise SettingsInvalid("\n".join(reader.problems))
        return settings


class _Reader:
    """Takes settings one by one and remembers what was wrong, so that one look mends them all."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def take[T](self, name: str, convert: Callable[[str], T], expected: str, default: str | None = None) -> T:
        text = self._environment.get(name, default)
        try:
            return convert(text or "")
        except (ValueError, BadResourceId):
            found = f"found {text!r}" if text else "it is not set"
            self.problems.append(f"setting {name}: expected {expected}, {found}; see docs/settings.md")
            return None  # type: ignore[return-value]  # never seen: read() raises when there is a problem


def _guids(text: str) -> tuple[str, ...]:
    guids = tuple(part.strip().casefold() for part in text.split(",") if part.strip())
    if not guids or any(len(guid) != 36 or guid.count("-") != 4 for guid in guids):  # noqa: PLR2004 - the form of a GUID
        raise ValueError
    return guids


def _lower(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text.strip().casefold()


def _url(text: str) -> str:
    if not text.startswith("https://"):
        raise ValueError
    return text.rstrip("/")


def _url_or_none(text: str) -> str:
    return _url(text) if text else ""


def _container(text: str) -> str:
    if not _CONTAINER.fullmatch(text):
        raise ValueError
    return text


def _rule_id(text: str) -> str:
    if not text.startswith("dcr-"):
        raise ValueError
    return text
