"""What can be done to a compute beside writing it: start, stop, restart, resize, idle shutdown, schedules, nodes, keys.

Start, stop and restart answer as recorded: 202 with `Azure-AsyncOperation` and nothing else. They keep the image.
"""

from datetime import timedelta
from functools import partial

from local.azure.arm.call import Call, Reply
from local.azure.arm.compute_documents import completed
from local.azure.arm.computes import begin, refuse_on_its_way, require_compute
from local.azure.arm.documents import same, text, with_properties
from local.azure.arm.errors import MachineLearningError, conflict
from local.azure.arm.instances import INSTANCE, is_instance, last_operation, with_inner
from local.azure.arm.schedules import duration
from local.azure.arm_ids import name_of
from local.azure.cloud import Cloud
from local.azure.store import Document

SETTLED = {"start": "Running", "stop": "Stopped", "restart": "Running"}
PASSING = {"start": "Starting", "stop": "Stopping", "restart": "Restarting"}
MAX_SCHEDULES = 4
SHORTEST_IDLE = timedelta(minutes=15)
LONGEST_IDLE = timedelta(days=3)


def change_state(cloud: Cloud, call: Call) -> Reply:
    """start, stop and restart; refused with 409 while the instance is on its way to another state."""
    verb = name_of(call.path).casefold()
    document = _instance(cloud, call, f"can {verb}")
    inner = {"state": SETTLED[verb], **_restarted(document, verb)}
    return _move(cloud, call, document, PASSING[verb], inner)


def resize(cloud: Cloud, call: Call) -> Reply:
    """The preview action that gives a stopped instance another `targetVMSize`."""
    document = _instance(cloud, call, "can be resized")
    size = text(call.document(), "targetVMSize")
    if not size:
        raise MachineLearningError(400, "BadArgument", "'targetVMSize' is required.")
    if text(document, "properties", "properties", "state") != "Stopped":
        raise conflict(f"Compute {document['name']} must be stopped before it is resized.")
    return _move(cloud, call, document, "Resizing", {"state": "Stopped", "vmSize": size.upper()})


def set_idle_shutdown(cloud: Cloud, call: Call) -> Reply:
    """The preview action that sets `idleTimeBeforeShutdown`: 15 minutes to 3 days as an ISO duration, or null."""
    document = _instance(cloud, call, "shuts down when idle")
    idle = call.document().get("idleTimeBeforeShutdown")
    length = duration(idle) if isinstance(idle, str) else None
    if idle is not None and (length is None or not SHORTEST_IDLE <= length <= LONGEST_IDLE):
        raise MachineLearningError(
            400, "BadArgument", "'idleTimeBeforeShutdown' must be an ISO 8601 duration of 15 minutes to 3 days."
        )
    cloud.store.put(with_inner(document, idleTimeBeforeShutdown=idle))
    return Reply(200)


def set_schedules(cloud: Cloud, call: Call) -> Reply:
    """The preview action that replaces the start and stop schedules, of which there are at most four."""
    document = _instance(cloud, call, "has schedules")
    given = call.document().get("computeStartStop")
    if not isinstance(given, list) or len(given) > MAX_SCHEDULES:
        raise MachineLearningError(
            400, "BadArgument", f"'computeStartStop' must be a list of at most {MAX_SCHEDULES} schedules."
        )
    cloud.store.put(with_inner(document, schedules={"computeStartStop": completed(given)}))
    return Reply(200)


def list_nodes(cloud: Cloud, call: Call) -> Reply:
    """The nodes of a cluster, all idle; other computes have none to list."""
    document = require_compute(cloud, call.target)
    if not same(text(document, "properties", "computeType"), "AmlCompute"):
        raise MachineLearningError(400, "BadArgument", "Only the nodes of an AmlCompute cluster can be listed.")
    count = document["properties"]["properties"].get("currentNodeCount") or 0
    nodes = [
        {
            "nodeId": f"tvm-{number}",
            "privateIpAddress": f"10.0.1.{number}",
            "publicIpAddress": f"203.0.113.{number}",
            "port": 50000 + number,
            "nodeState": "idle",
        }
        for number in range(count)
    ]
    return Reply(200, {"nodes": nodes})


def list_keys(cloud: Cloud, call: Call) -> Reply:
    """What opens an attached cluster or machine; an instance or AmlCompute cluster has no keys."""
    document = require_compute(cloud, call.target)
    kind = text(document, "properties", "computeType")
    if same(kind, "AKS") or same(kind, "Kubernetes"):
        keys = cloud.keys.live(document["id"])
        configs = {"userKubeConfig": keys.first.value, "adminKubeConfig": keys.second.value}
        return Reply(200, {"computeType": kind, **configs, "imagePullSecretName": ""})
    if same(kind, "VirtualMachine") or same(kind, "HDInsight"):
        account = {"username": "azureuser", "password": cloud.keys.live(document["id"]).first.value}
        return Reply(200, {"computeType": kind, "administratorAccount": account})
    raise MachineLearningError(400, "BadArgument", f"A compute of type {kind} has no keys.")


def _instance(cloud: Cloud, call: Call, what: str) -> Document:
    document = require_compute(cloud, call.target)
    if not is_instance(document):
        raise MachineLearningError(400, "BadArgument", f"Only a {INSTANCE} {what}.")
    return document


def _restarted(document: Document, verb: str) -> Document:
    """A start finishes the patches that wait for one."""
    status = (document["properties"]["properties"].get("osImageMetadata") or {}).get("osPatchingStatus")
    if verb == "stop" or not isinstance(status, dict):
        return {}
    return {"osImageMetadata": {"osPatchingStatus": {**status, "rebootPending": False}}}


def _move(cloud: Cloud, call: Call, document: Document, passing: str, inner: Document) -> Reply:
    refuse_on_its_way(document)
    cloud.store.put(with_inner(document, state=passing))
    operation = begin(cloud, call, document, partial(_settle, cloud, document["id"], name_of(call.path), inner))
    return Reply(202, headers=operation.async_header(call.base_url), operation=operation)


def _settle(cloud: Cloud, compute_id: str, verb: str, inner: Document) -> None:
    document = require_compute(cloud, compute_id)
    done = last_operation(verb.capitalize(), cloud.clock.now())
    changed = with_properties(document, provisioningState="Succeeded")
    cloud.store.put(with_inner(changed, **inner, lastOperation=done))
