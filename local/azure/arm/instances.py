"""What time alone does to a compute instance: idle shutdown, schedules, and an operating system image that ages.

None of it raises an event. It is worked out when somebody looks, from the stand-in's clock, so what is read is always
what would have happened by then. The model is simple: nobody ever works on an instance, so it is idle from its last
operation on, or from the start of the stand-in if that came later; a `JobRunning` one is not idle.
"""

from datetime import datetime
from typing import Any

from local.azure.arm.documents import merged, same, text
from local.azure.arm.schedules import duration, last_firing
from local.azure.cloud import Cloud
from local.azure.images import latest_image, newer_image
from local.azure.store import Document

INSTANCE = "ComputeInstance"
SETTLED = {"Start": "Running", "Stop": "Stopped"}
MOVING = {
    "Creating": "Create",
    "Resizing": "Resize",
    "Restarting": "Restart",
    "Starting": "Start",
    "Stopping": "Stop",
}
INNER = ("properties", "properties")


def is_instance(document: Document) -> bool:
    """Whether a compute is a compute instance."""
    return same(text(document, "properties", "computeType"), INSTANCE)


def offset_time(moment: datetime) -> str:
    """A time as computes write it: seven fractional digits and `+00:00`."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0+00:00"


def seen_now(cloud: Cloud, document: Document) -> Document:
    """The compute as a GET shows it now; what the clock did to its state is stored on the way."""
    if not is_instance(document):
        return document
    return _with_image(cloud, _settled(cloud, _stranded(cloud, document)))


def with_inner(document: Document, **inner: Any) -> Document:  # noqa: ANN401 - ARM properties hold any JSON
    """The compute with some of its inner properties set."""
    return merged(document, {"properties": {"properties": inner}})


def last_operation(name: str, moment: datetime, trigger: str = "User") -> Document:
    """`lastOperation` after an operation that worked."""
    return {
        "operationName": name,
        "operationTime": offset_time(moment),
        "operationStatus": "Succeeded",
        "operationTrigger": trigger,
    }


def new_image(cloud: Cloud, region: str, *, patching: bool) -> Document:
    """`osImageMetadata` of an instance made now: the latest image of its region."""
    version = latest_image(region, cloud.clock.now(), cloud.options.image_gap_days).version
    patched = _patching(cloud.clock.now(), pending=False) if patching else None
    return {
        "currentImageVersion": version,
        "latestImageVersion": version,
        "isLatestOsImageVersion": True,
        "osPatchingStatus": patched,
    }


def _stranded(cloud: Cloud, document: Document) -> Document:
    """An instance whose operation failed on the way is in state `Unknown`, until the next start or stop."""
    verb = MOVING.get(text(document, *INNER, "state"))
    if verb is None or text(document, "properties", "provisioningState") != "Failed":
        return document
    failed = last_operation(verb, cloud.clock.now()) | {"operationStatus": f"{verb}Failed"}
    changed = with_inner(document, state="Unknown", lastOperation=failed)
    cloud.store.put(changed)
    return changed


def _settled(cloud: Cloud, document: Document) -> Document:
    inner = document["properties"].get("properties") or {}
    if inner.get("state") not in SETTLED.values():
        return document
    state, since, trigger = inner["state"], _since(cloud, inner), ""
    fired = last_firing((inner.get("schedules") or {}).get("computeStartStop") or [], since, cloud.clock.now())
    if fired is not None:
        since, state, trigger = fired[0], SETTLED.get(fired[1], state), "Schedule"
    idle = duration(inner.get("idleTimeBeforeShutdown") or "")
    if state == "Running" and idle is not None and since + idle <= cloud.clock.now():
        since, state, trigger = since + idle, "Stopped", "IdleShutdown"
    if not trigger:
        return document
    name = "Start" if state == "Running" else "Stop"
    changed = with_inner(document, state=state, lastOperation=last_operation(name, since, trigger))
    cloud.store.put(changed)
    return changed


def _since(cloud: Cloud, inner: Document) -> datetime:
    """When the instance was last touched, but not before the stand-in began to keep its time."""
    told = text(inner, "lastOperation", "operationTime")
    return max(datetime.fromisoformat(told), cloud.started) if told else cloud.started


def _with_image(cloud: Cloud, document: Document) -> Document:
    """Tells of images released since the stand-in began; until then a loaded instance says what it was loaded with."""
    metadata = (document["properties"].get("properties") or {}).get("osImageMetadata")
    if not isinstance(metadata, dict):
        return document
    region, shown = text(document, "location"), {**metadata}
    gaps = cloud.options.image_gap_days
    newest = newer_image(region, cloud.started, cloud.clock.now(), gaps)
    if newest is not None and newest.version > (metadata.get("latestImageVersion") or ""):
        shown["latestImageVersion"] = newest.version
        shown["isLatestOsImageVersion"] = metadata.get("currentImageVersion") == newest.version
    if metadata.get("osPatchingStatus") is not None:
        patch = newer_image(region, _since(cloud, document["properties"]["properties"]), cloud.clock.now(), gaps)
        shown["osPatchingStatus"] = _patching(patch.released, pending=True) if patch else metadata["osPatchingStatus"]
    return with_inner(document, osImageMetadata=shown)


def _patching(moment: datetime, *, pending: bool) -> Document:
    """`osPatchingStatus`: a patch comes with each image and waits for the next start."""
    return {
        "patchStatus": "Succeeded",
        "latestPatchTime": offset_time(moment),
        "rebootPending": pending,
        "scheduledRebootTime": None,
        "osPatchingErrors": [],
    }
