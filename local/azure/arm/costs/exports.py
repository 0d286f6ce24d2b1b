"""Microsoft.CostManagement/exports: definitions of CSV files about the usage, run when asked, with their history.

A schedule is kept and shown; only a request runs an export. A SAS token is refused, for it would be a secret to keep.
"""

import uuid
from datetime import date, timedelta
from functools import partial

from local.azure.arm.call import Call, Reply
from local.azure.arm.costs import export_rows, kept
from local.azure.arm.costs.export_runs import ExportFile
from local.azure.arm.costs.period import days_of, month_end
from local.azure.arm.costs.query import TYPES, charged
from local.azure.arm.documents import same, text, with_properties
from local.azure.arm.errors import bad_request
from local.azure.arm_ids import name_of, resource_type
from local.azure.clock import timestamp
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.CostManagement/exports"
RUN_TYPE = f"{TYPE}/run"
STORAGE = "Microsoft.Storage/storageAccounts"
RUN_SETTINGS = ("format", "deliveryInfo", "definition")
LAST_RUNS = 10
"""How many runs `$expand=runHistory` tells of one export; of each in a list, one."""


def list_exports(cloud: Cloud, call: Call) -> Reply:
    """The exports made at this very scope."""
    kept.require_scope(cloud, call)
    return Reply(200, {"value": [_told(cloud, call, one, 1) for one in cloud.store.children(call.scope, TYPE)]})


def get(cloud: Cloud, call: Call) -> Reply:
    """One export, with its last runs if asked."""
    kept.require_scope(cloud, call)
    return Reply(200, _told(cloud, call, kept.find(cloud, call.target), LAST_RUNS))


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates an export, or changes one whose eTag is sent."""
    kept.require_scope(cloud, call)
    given = {"format": "Csv", **call.part(call.document(), "properties")}
    _check(given, cloud.clock.now().date())
    created = cloud.store.get(call.target) is None
    document = kept.written(cloud, call, {name: value for name, value in given.items() if name != "runHistory"})
    return Reply(201 if created else 200, kept.told(document), created=created)


def run(cloud: Cloud, call: Call) -> Reply:
    """Begins a run; its history tells how it goes."""
    kept.require_scope(cloud, call)
    export = kept.find(cloud, call.target)
    now = timestamp(cloud.clock.now())
    number = str(uuid.uuid4())
    properties = {
        "executionType": "OnDemand",
        "status": "InProgress",
        "submittedBy": call.claims.get("upn") or call.claims["oid"],
        "submittedTime": now,
        "processingStartTime": now,
        "fileName": _file_name(export, number, cloud.clock.now().date()),
        "runSettings": {name: export["properties"][name] for name in RUN_SETTINGS},
    }
    document = {"id": f"{export['id']}/run/{number}", "name": number, "type": RUN_TYPE, "properties": properties}
    cloud.store.put(document)
    ending = cloud.faults.operation(call.route.method, call.path, call.claims["oid"])
    cloud.exports.start(partial(_file, cloud, call.scope, document), ending, partial(_ended, cloud, document))
    return Reply(200)


def list_runs(cloud: Cloud, call: Call) -> Reply:
    """All runs of an export, the newest first."""
    kept.require_scope(cloud, call)
    export = kept.find(cloud, call.path.rstrip("/").rpartition("/")[0])
    return Reply(200, {"value": _runs(cloud, export)})


def _told(cloud: Cloud, call: Call, export: Document, most: int) -> Document:
    if not same(call.query.get("$expand", ""), "runHistory"):
        return kept.told(export)
    return kept.told(with_properties(export, runHistory={"value": _runs(cloud, export)[:most]}))


def _runs(cloud: Cloud, export: Document) -> list[Document]:
    return [kept.told(one) for one in reversed(cloud.store.children(export["id"], RUN_TYPE))]


def _ended(cloud: Cloud, document: Document, delivered: bool) -> None:  # noqa: FBT001 - `Ended` passes it by place
    """Notes how a run ended, unless its export was deleted meanwhile."""
    if cloud.store.get(document["id"]) is None:
        return
    outcome: Document = {"status": "Completed"}
    if not delivered:
        error = {"code": "DeliveryFailed", "message": "The file could not be written to the export's container."}
        outcome = {"status": "Failed", "error": error}
    moment = timestamp(cloud.clock.now())
    cloud.store.put(with_properties(document, processingEndTime=moment, **outcome))


def _file(cloud: Cloud, scope: str, document: Document) -> ExportFile:
    properties = document["properties"]
    settings = properties["runSettings"]
    first, last = days_of(settings["definition"], cloud.clock.now().date())
    content = export_rows.written(charged(cloud, scope, first, last), _columns(settings["definition"]))
    return ExportFile(settings["deliveryInfo"]["destination"]["container"], properties["fileName"], content)


def _file_name(export: Document, number: str, today: date) -> str:
    """`<folder>/<export>/<first>-<last>/<export>_<run>.csv`; a month or week to date is named whole."""
    properties = export["properties"]
    first, last = days_of(properties["definition"], today)
    match properties["definition"]["timeframe"]:
        case "MonthToDate" | "BillingMonthToDate":
            last = month_end(first)
        case "WeekToDate":
            last = first + timedelta(days=6)
    root = text(properties, "deliveryInfo", "destination", "rootFolderPath").strip("/")
    name = export["name"]
    return f"{root}/{name}/{first:%Y%m%d}-{last:%Y%m%d}/{name}_{number}.csv".lstrip("/")


def _columns(definition: Document) -> list[str]:
    dataset = definition.get("dataSet") or {}
    return list((dataset.get("configuration") or {}).get("columns") or ())


def _check(given: Document, today: date) -> None:
    if given["format"] != "Csv":
        raise bad_request("BadRequest", "An export's 'format' must be Csv.")
    definition = given.get("definition") or {}
    if definition.get("type") not in TYPES:
        raise bad_request("BadRequest", f"The definition's 'type' must be one of {', '.join(TYPES)}.")
    days_of(definition, today)
    if text(definition, "dataSet", "granularity") not in ("", "Daily"):
        raise bad_request("BadRequest", "An export's granularity must be Daily.")
    if unknown := [name for name in _columns(definition) if name not in export_rows.COLUMNS]:
        known = ", ".join(export_rows.COLUMNS)
        raise bad_request("BadRequest", f"The column '{unknown[0]}' is not known. Use some of: {known}.")
    _check_destination((given.get("deliveryInfo") or {}).get("destination") or {})


def _check_destination(destination: Document) -> None:
    if "sasToken" in destination:
        raise bad_request("BadRequest", "A 'sasToken' is not taken here: name the storage account's 'resourceId'.")
    if not text(destination, "container"):
        raise bad_request("BadRequest", "The destination's 'container' is required.")
    account = text(destination, "resourceId")
    try:
        right = same(resource_type(account), STORAGE) and bool(name_of(account))
    except ValueError:
        right = False
    if not right:
        raise bad_request("BadRequest", f"The destination's 'resourceId' must be the id of a {STORAGE}.")
