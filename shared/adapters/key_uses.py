"""
Who uses a key, from the resource logs of its account, and when one may have been made, from the activity log.

Of the accounts in a rotation only storage logs which key a request was signed with. Sources, of 2026:

* https://learn.microsoft.com/azure/azure-monitor/reference/tables/storagebloblogs, and the same of `StorageFileLogs`,
  `StorageQueueLogs` and `StorageTableLogs`: `AuthenticationType`, `AuthenticationHash`, `CallerIpAddress` ("including
  the port number"), `UserAgentHeader`, `Protocol`.
* https://learn.microsoft.com/azure/storage/blobs/monitor-blob-storage-reference#resource-logs and the same of files:
  `AuthenticationHash` is `key1(<SHA-256 of the key>)` for an account key, `key1(…),SasSignature(…)` for what was signed
  with one, another hash for OAuth, and "for other authentication types, there is no tokenHash field".
* https://learn.microsoft.com/azure/azure-monitor/reference/supported-logs/microsoft-storage-storageaccounts-blobservices-logs:
  the categories StorageRead, StorageWrite and StorageDelete, which each of the four services logs by itself.

The hash of a key stays where it is: a query compares the text before it, and asks for no column that holds it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from shared.adapters.api_versions import ACTIVITY_LOG, DIAGNOSTIC_SETTINGS
from shared.adapters.arm import Arm
from shared.adapters.clock import SystemClock
from shared.adapters.log_query import ResourceLogs
from shared.adapters.together import together
from shared.model.cleaned import cleaned
from shared.model.errors import DependencyDown, HubwardenError
from shared.model.facts import Fact, Json, Kind, kind_of
from shared.model.key_facts import Slot, slot_name
from shared.model.resource_id import ResourceId
from shared.model.rotation import NO_LOGS, Use
from shared.ports import Clock

MOST_CALLERS: Final = 5
KEPT: Final = timedelta(days=89)
"""How far back the activity log is asked: it keeps 90 days, and refuses whoever asks for more."""
READ_LATELY: Final = timedelta(days=30)
"""Within this there must be a row of an account, or nobody knows whether its logs can be read here."""
_REGENERATES: Final[Mapping[str, str]] = {
    "microsoft.cognitiveservices/accounts": "regeneratekey",
    "microsoft.machinelearningservices/workspaces/onlineendpoints": "regeneratekeys",
    "microsoft.machinelearningservices/workspaces/serverlessendpoints": "regeneratekeys",
    "microsoft.search/searchservices": "regenerateadminkey",
    "microsoft.storage/storageaccounts": "regeneratekey",
}
MAKES: Final = frozenset(
    operation for kind, verb in _REGENERATES.items() for operation in (f"{kind}/{verb}/action", f"{kind}/write")
)
"""
The operations after which a key may be a new one, casefolded: the activity log spells them in several ways.

It tells a creation as it tells any other write.
"""

_SERVICES: Final = ("blob", "file", "queue", "table")
_ALL: Final = "union isfuzzy=true StorageBlobLogs, StorageFileLogs, StorageQueueLogs, StorageTableLogs"
"""Fuzzy, for a table that no row ever reached does not exist, and need not."""
_WANTED: Final = ("StorageRead", "StorageWrite")
_EVERYTHING: Final = "allLogs"
"""The group of all categories. What the group `audit` holds of storage no page says, so it does not count."""
_HOST: Final = r"replace_regex(CallerIpAddress, @'^([0-9.]+|\[.+\]):[0-9]+$', @'\1')"
_NEEDS_SETTINGS: Final = "Microsoft.Insights/diagnosticSettings/read"
_NEEDS_EVENTS: Final = "Microsoft.Insights/eventtypes/values/read"


class AzureKeyUses:
    """What Azure's logs tell of keys."""

    def __init__(self, arm: Arm, logs: ResourceLogs, clock: Clock | None = None) -> None:
        """Ask the activity log and for settings through ARM, and for what they send in Log Analytics."""
        self._arm = arm
        self._logs = logs
        self._clock = clock or SystemClock()

    async def since(self, account: Fact, slot: Slot, moment: datetime) -> Use:
        """
        See `KeyUses.since`: one query where the key was used, one more and four lists where it was not.

        A use that is seen is known, whatever else is not logged. That none is seen means something only where

        * each service of the account (`properties.primaryEndpoints`; all four where it does not say) has a diagnostic
          setting that sends both StorageRead and StorageWrite, or allLogs, to Log Analytics: a service without one may
          be used all day and shows nothing;
        * a row of any authentication type has come back from the account's logs within `READ_LATELY`: Azure answers
          without rows, not with a refusal, for a workspace or a table that we may not see;
        * no SMB client came by anything but Kerberos. It may have come with a key, whose name its rows leave out
          (assumed: no recording shows such a row).

        Otherwise it is not known, and `why` says what lacks. A setting counts from when it is seen, for Azure does not
        tell when it was made. Rows come some minutes late, and go when the workspace no longer keeps them.
        """
        if kind_of(account.id) is not Kind.STORAGE:
            return NO_LOGS
        try:
            rows = await self._logs.rows(account.id, _used(slot_name(slot, account.id), moment))
            if named := [row for row in rows if row["Named"]]:
                return Use(known=True, last=max(row["Last"] for row in named), callers=_callers(named))
            why = _nameless(rows) or await self._blind(account)
        except HubwardenError as error:
            return Use(known=False, why=str(error))
        return Use(known=not why, why=why)

    async def keys_made(self, account: Fact, since: datetime) -> datetime | None:
        """
        See `KeyUses.keys_made`: one request a page of the account's events; whoever did it, ourselves among them.

        The activity log keeps 90 days, so nothing older than `KEPT` is told, whatever `since` says; and an event shows
        there 3 to 20 minutes late. None means that the log was read and holds none. A log that cannot be read raises,
        as ARM lists do and with Rejected for a subscription that is not there, and so does an event without a time.
        """
        begin = max(since, self._clock.now() - KEPT)
        wanted = f"eventTimestamp ge '{_utc(begin)}' and resourceUri eq '{account.id}'"
        shown = "eventTimestamp,operationName,status"
        found = self._arm.list(
            f"/subscriptions/{account.id.subscription}/providers/Microsoft.Insights/eventtypes/management/values",
            ACTIVITY_LOG,
            query=f"&$filter={quote(wanted, safe='')}&$select={shown}",
            needs=_NEEDS_EVENTS,
            must_exist=True,
        )
        return max([_moment(event) async for event in found if _makes_a_key(event)], default=None)

    async def _blind(self, account: Fact) -> str:
        """Why it means nothing that a key was not seen; empty where it was not used."""
        services = _services(account)
        sent = await together(self._sent(account.id, service) for service in services)
        lacking = [name for name, categories in zip(services, sent, strict=True) if not categories.issuperset(_WANTED)]
        if lacking:
            return (
                f"the logs of {', '.join(lacking)} are not kept: each service wants a diagnostic setting that sends"
                f" {' and '.join(_WANTED)} to Log Analytics"
            )
        lately = f"{_ALL} | where TimeGenerated > ago({READ_LATELY.days}d) | take 1 | count"
        if not any(row["Count"] for row in await self._logs.rows(account.id, lately)):
            return (
                f"its logs have shown no row in {READ_LATELY.days} days: nobody came, or the workspace they are sent"
                " to does not let us see them"
            )
        return ""

    async def _sent(self, account: ResourceId, service: str) -> set[str]:
        """The categories that a service of an account sends to Log Analytics."""
        path = f"{account}/{service}Services/default/providers/Microsoft.Insights/diagnosticSettings"
        settings = self._arm.list(path, DIAGNOSTIC_SETTINGS, needs=_NEEDS_SETTINGS)
        return {category async for setting in settings for category in _categories(setting)}


def _used(key: str, moment: datetime) -> str:
    """The query for who used a key, busiest first, and who came by SMB without saying how."""
    named = f"AuthenticationHash startswith '{key}('"
    nameless = "(Protocol =~ 'SMB' and isempty(AuthenticationHash) and AuthenticationType !~ 'Kerberos')"
    return (
        f"{_ALL} | where TimeGenerated >= datetime({_utc(moment)}) and ({named} or {nameless})"
        f" | extend Named = {named}, Host = {_HOST}"
        " | summarize Calls = count(), Last = max(TimeGenerated) by Named, Host, UserAgentHeader"
        " | order by Calls desc"
    )


def _callers(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The busiest callers, by address and user agent; a client may well put a secret of its own there."""
    return tuple(cleaned(f"{row['Host']} {row['UserAgentHeader'] or ''}".strip()) for row in rows[:MOST_CALLERS])


def _nameless(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    return f"clients came by SMB, and their log does not name the key: {', '.join(_callers(rows))}"


def _services(account: Fact) -> tuple[str, ...]:
    """The services an account has by its own document: a premium one has only some of them."""
    endpoints = account.get("properties", "primaryEndpoints")
    told = endpoints if isinstance(endpoints, Mapping) else {}
    return tuple(service for service in _SERVICES if told.get(service)) or _SERVICES


def _categories(setting: Json) -> Iterator[str]:
    properties = setting.get("properties") or {}
    for log in (properties.get("logs") or ()) if properties.get("workspaceId") else ():
        if log.get("enabled") is True:
            yield from _WANTED if log.get("categoryGroup") == _EVERYTHING else (str(log.get("category")),)


def _makes_a_key(event: Json) -> bool:
    status = _value(event, "status").casefold()
    return status == "succeeded" and _value(event, "operationName").casefold() in MAKES


def _value(event: Json, field: str) -> str:
    """The value of a field that the activity log sends with its name in the reader's language."""
    told = event.get(field)
    return str(told.get("value")) if isinstance(told, Mapping) else str(told)


def _moment(event: Json) -> datetime:
    try:
        at = datetime.fromisoformat(str(event.get("eventTimestamp")))
    except ValueError:
        raise DependencyDown("the activity log does not say when a key may have been made") from None
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
