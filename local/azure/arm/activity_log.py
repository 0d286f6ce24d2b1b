"""The Activity Log: what resource events told, listed by time, resource, group, caller or correlation."""

import re
from collections.abc import Mapping

from local.azure.arm.call import Call, Reply
from local.azure.arm.errors import bad_request
from local.azure.arm.paging import page
from local.azure.arm_ids import canonical, name_of
from local.azure.cloud import Cloud
from local.azure.store import Document

CLAUSE = re.compile(r"(\w+)\s+(eq|ge|le)\s+'([^']*)'", re.IGNORECASE)
JOINED = re.compile(r"\s+and\s+", re.IGNORECASE)
NAME_CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
FIELDS: Mapping[str, str] = {
    "resourceuri": "resourceId",
    "resourceid": "resourceId",
    "resourcegroupname": "resourceGroupName",
    "resourceprovider": "resourceProviderName",
    "caller": "caller",
    "correlationid": "correlationId",
}


def list_events(cloud: Cloud, call: Call) -> Reply:
    """The subscription's events, newest first; `$filter` must say since when."""
    subscription = f"/subscriptions/{call.names['subscription']}"
    clauses = _clauses(call.query.get("$filter", ""))
    written = (event.written("EventGridSchema") for event in reversed(cloud.events.raised))
    entries = [_entry(one) for one in written if _is_of(one, subscription)]
    return page(
        call, [one for one in entries if all(_holds(one, clause) for clause in clauses)], cloud.options.page_size
    )


def _clauses(asked: str) -> list[tuple[str, str, str]]:
    found = [CLAUSE.fullmatch(part.strip()) for part in JOINED.split(asked)] if asked else []
    clauses = [(one[1].casefold(), one[2].casefold(), one[3]) for one in found if one]
    if len(clauses) != len(found) or not any(name == "eventtimestamp" for name, _, _ in clauses):
        raise bad_request("BadRequest", "'$filter' must be clauses joined by 'and', one of them on eventTimestamp.")
    if unknown := [name for name, _, _ in clauses if name not in {"eventtimestamp", *FIELDS}]:
        raise bad_request("BadRequest", f"'$filter' cannot ask for '{unknown[0]}'.")
    return clauses


def _holds(entry: Document, clause: tuple[str, str, str]) -> bool:
    name, operator, value = clause
    if name == "eventtimestamp":
        moment, asked = str(entry["eventTimestamp"])[:19], value[:19]
        return moment >= asked if operator == "ge" else moment <= asked
    told = str(entry.get(FIELDS[name], ""))
    return canonical(told) == canonical(value) if "/" in value else told.casefold() == value.casefold()


def _is_of(event: Document, subscription: str) -> bool:
    return event["eventType"].startswith("Microsoft.Resources.") and canonical(event["topic"]) == canonical(
        subscription
    )


def _entry(event: Document) -> Document:
    data = event["data"]
    return {
        "id": f"{data['resourceUri']}/events/{event['id']}",
        "eventDataId": event["id"],
        "eventTimestamp": event["eventTime"],
        "submissionTimestamp": event["eventTime"],
        "resourceId": data["resourceUri"],
        "resourceGroupName": data.get("resourceGroup", ""),
        "resourceProviderName": data["resourceProvider"],
        "operationName": {"value": data["operationName"], "localizedValue": name_of(data["operationName"])},
        "status": {"value": data["status"], "localizedValue": data["status"]},
        "category": {"value": "Administrative", "localizedValue": "Administrative"},
        "level": "Informational" if data["status"] == "Succeeded" else "Error",
        "caller": data["claims"].get(NAME_CLAIM) or data["claims"].get("appid", ""),
        "claims": data["claims"],
        "authorization": {"action": data["authorization"]["action"], "scope": data["authorization"]["scope"]},
        "correlationId": data["correlationId"],
        "subscriptionId": data["subscriptionId"],
        "tenantId": data["tenantId"],
        "httpRequest": data.get("httpRequest"),
    }
