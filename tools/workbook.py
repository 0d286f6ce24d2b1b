"""
`infra/workbook.json`: the workbook's parts and, word for word, the queries they show; Bicep deploys it.

The shape is the one that the portal itself exports ("Notebook/1.0"). The time range is a parameter of the page, and
narrows what a query says itself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from local.queries import Query, called

WORKSPACE: Final = "__workspaceId__"
"""Stands for the ARM id of the workspace, which Bicep puts in its place."""
LOGS: Final = "microsoft.operationalinsights/workspaces"
DAY: Final = 86_400_000
"""Milliseconds."""

_OF_GRAPH: Final = 1
"""The query type of Azure Resource Graph; 0 is Log Analytics."""


@dataclass(frozen=True)
class Shown:
    """One query on the page."""

    query: str
    looks: str = "table"
    width: int = 100
    """Percent of the page."""


@dataclass(frozen=True)
class Part:
    """One tab of the page."""

    title: str
    says: str
    shows: tuple[Shown, ...]


PARTS: Final = (
    Part(
        "Posture",
        "What stands open, hub by hub and rule by rule, and how that has changed.",
        (
            Shown("posture-trend", "barchart"),
            Shown("posture-by-hub", width=50),
            Shown("posture-by-rule", width=50),
            Shown("waivers"),
        ),
    ),
    Part(
        "Findings",
        "Each finding that stands open, with its age and whom to ask.",
        (Shown("finding-ages", width=30), Shown("changes-since-yesterday", width=70), Shown("open-findings")),
    ),
    Part(
        "Actions",
        "What was written and how to take it back, what waits for somebody, and what somebody else takes back.",
        (Shown("writes"), Shown("waiting-steps"), Shown("failed-writes", width=50), Shown("writes-of-a-day", width=50)),
    ),
    Part(
        "Keys",
        "How old the keys of accounts are, what holds their renewal up, and how many connections still keep one.",
        (Shown("rotations"), Shown("keyed-connections", "barchart", 50), Shown("key-steps", width=50)),
    ),
    Part(
        "Images",
        "How old the images of instances are, who was told, and what may be stopped by now.",
        (
            Shown("image-ages", "barchart", 50),
            Shown("image-groups", width=50),
            Shown("image-sla"),
            Shown("image-sla-weeks", "linechart", 50),
            Shown("image-sla-hub-weeks", width=50),
            Shown("image-due"),
            Shown("image-notices", width=50),
            Shown("image-stopped", width=50),
            Shown("image-patch-states", width=30),
            Shown("image-patches", width=70),
        ),
    ),
    Part(
        "Cost",
        "How much of the estate carries its tags, and how much of the bill has a cost centre.",
        (
            Shown("cost-coverage", "linechart", 60),
            Shown("tag-coverage", width=40),
            Shown("cost-by-centre", width=50),
            Shown("cost-unallocated", width=50),
            Shown("tag-nobody-pays"),
        ),
    ),
    Part(
        "Hubwarden",
        "Whether it sees what it should, how busy it is, and what it says of itself.",
        (
            Shown("sight"),
            Shown("hubs-not-seen", width=50),
            Shown("about-itself", width=50),
            Shown("load", "timechart"),
            Shown("not-judged"),
        ),
    ),
)


def workbook(queries: Mapping[str, Query]) -> str:
    """The whole workbook as JSON. Raises SettingsInvalid for a query that is not there."""
    parts = [_group(number, part, queries) for number, part in enumerate(PARTS)]
    document = {
        "version": "Notebook/1.0",
        "items": [_parameters(), _tabs(), *parts],
        "fallbackResourceIds": [WORKSPACE],
        "$schema": "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _parameters() -> dict[str, Any]:
    workspace = {
        "id": _id("Workspace"),
        "version": "KqlParameterItem/1.0",
        "name": "Workspace",
        "type": 5,
        "isRequired": True,
        "query": f"resources | where type =~ '{LOGS}' | project id",
        "queryType": _OF_GRAPH,
        "resourceType": "microsoft.resourcegraph/resources",
        "crossComponentResources": ["value::all"],
        "value": WORKSPACE,
    }
    days = {
        "id": _id("TimeRange"),
        "version": "KqlParameterItem/1.0",
        "name": "TimeRange",
        "label": "Time range",
        "type": 4,
        "isRequired": True,
        "value": {"durationMs": 30 * DAY},
        "typeSettings": {"selectableValues": [{"durationMs": count * DAY} for count in (1, 2, 7, 30, 90)]},
    }
    content = {"version": "KqlParameterItem/1.0", "parameters": [workspace, days], "style": "pills"}
    return {"type": 9, "content": content, "name": "parameters"}


def _tabs() -> dict[str, Any]:
    links = [
        {
            "id": _id(part.title),
            "cellValue": "Tab",
            "linkTarget": "parameter",
            "linkLabel": part.title,
            "subTarget": part.title,
            "style": "link",
        }
        for part in PARTS
    ]
    return {"type": 11, "content": {"version": "LinkItem/1.0", "style": "tabs", "links": links}, "name": "tabs"}


def _group(number: int, part: Part, queries: Mapping[str, Query]) -> dict[str, Any]:
    says = {"type": 1, "content": {"json": part.says}, "name": f"text {number}"}
    items = [says, *(_item(shown, called(queries, shown.query)) for shown in part.shows)]
    return {
        "type": 12,
        "content": {"version": "NotebookGroup/1.0", "groupType": "editable", "items": items},
        "conditionalVisibility": {"parameterName": "Tab", "comparison": "isEqualTo", "value": part.title},
        "name": part.title,
    }


def _item(shown: Shown, query: Query) -> dict[str, Any]:
    content = {
        "version": "KqlItem/1.0",
        "query": query.text,
        "size": 0,
        "title": query.title,
        "noDataMessage": "Nothing in this time.",
        "timeContextFromParameter": "TimeRange",
        "showExportToExcel": True,
        "queryType": 0,
        "resourceType": LOGS,
        "crossComponentResources": ["{Workspace}"],
        "visualization": shown.looks,
        **({"gridSettings": {"filter": True}} if shown.looks == "table" else {}),
    }
    return {"type": 3, "content": content, "customWidth": str(shown.width), "name": query.name}


def _id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"hubwarden/workbook/{name}"))
