"""
The events that the app publishes on its own Event Grid topic, as CloudEvents 1.0: the one schema that docs go by.

Their source is `/hubwarden`, and their subject the ARM id, lower case, of what each is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.model.tables import ACTIONS, FINDINGS, IMAGES, MADE, TABLES, Column


@dataclass(frozen=True)
class Event:
    """One type of event."""

    when: str
    """What has happened when it goes out."""
    fields: tuple[Column, ...]
    """Of its `data`; a field that a table's row may lack may be absent here too."""
    table: str = ""
    """The table a row of which it bears; empty where it has fields of its own."""


def _row(when: str, table: str) -> Event:
    return Event(when, tuple(column for column in TABLES[table] if column.name != MADE), table)


def _columns(table: str, *names: str) -> tuple[Column, ...]:
    found = {column.name: column for column in TABLES[table]}
    return tuple(found[name] for name in names)


_WHEN: Final = Column("TimeGenerated", "datetime", "When the run ended, UTC")
_RUN: Final = Column("RunId", "string", "The run, as in the tables")

EVENTS: Final[Mapping[str, Event]] = {
    "Hubwarden.FindingOpened": _row("A critical or high finding opened", FINDINGS),
    "Hubwarden.FindingResolved": _row("A critical or high finding ended", FINDINGS),
    "Hubwarden.ActionFailed": _row("A write failed", ACTIONS),
    "Hubwarden.SecretDue": Event(
        "A key of somebody else's service soon ends, or has grown old",
        (
            _WHEN,
            _RUN,
            Column("Connection", "string", "ARM id of the connection that keeps it, lower case"),
            Column("Category", "string", "Of the connection, such as ApiKey"),
            Column(
                "Target", "string", "Host of its target, and nothing else of it; empty where the target is no plain URL"
            ),
            Column("AuthType", "string", "Of the connection"),
            Column("Hub", "string", "ARM id of the hub, lower case"),
            Column("Owner", "string", "Whom the owner tag names; empty for nobody known"),
            Column("ExpiresOn", "string", "Day of its `expiryTime`; empty where it has none that can be read"),
            Column("AgeDays", "int", "Days since it was first seen, or renewed; null where that is not judged"),
            Column("DueOn", "string", "Day by which a new secret must be there"),
            Column("Because", "string", "The messages of the findings"),
        ),
    ),
    "Hubwarden.ImageNotice": Event(
        "The owner of a compute instance is to be told that its image falls behind, or what may become of it",
        (
            *_columns(
                IMAGES, "Compute", "ComputeType", "Hub", "Project", "Workspace", "Owner", "CostCenter", "User", "Region"
            ),
            *_columns(IMAGES, "Size", "Created", "Image", "LatestImage", "PublicIp", "Ssh", "IdleShutdown"),
            *_columns(IMAGES, "Schedules", "WayOut"),
            Column(
                "To",
                "dynamic",
                "Whom to tell: the object id of whoever works on it, an owner, and of an escalation others",
            ),
            Column("Notice", "string", "notified, reminded, warned, stopped or escalated"),
            Column(
                "TakenDownFrom",
                "string",
                "From a warning on: the first day on which it may be deleted and made anew; empty where it may not",
            ),
            Column("BehindSince", "string", "Day since which it could have had a newer image; empty for nobody knows"),
            Column("LastTold", "string", "When its owner was last told, UTC; empty the first time"),
            Column("Due", "string", "From a warning on: the day from which it may be stopped; empty before"),
        ),
    ),
    "Hubwarden.EmergencyRotationEnded": Event(
        "Both keys of an account were replaced in a hurry, as somebody asked",
        (
            Column("Account", "string", "ARM id of the account, lower case"),
            Column("Reason", "string", "The reason that was given"),
            Column("By", "string", "Who asked"),
            Column("Ended", "datetime", "When it was over, UTC"),
        ),
    ),
}
"""By the type of the CloudEvent."""
