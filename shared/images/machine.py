"""
A compute as its document shows it.

While one is being created, every inner property is null, the image among them; older ones lack what newer versions of
Azure ML tell (CONTRACTS §4). So each of these may be empty or None, and that is never taken for an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.model.facts import Fact

_INNER: Final = ("properties", "properties")
_STARTS: Final = frozenset({"Create", "Start", "Restart"})
_PASSING: Final = frozenset({"Creating", "Deleting", "Updating", "Unknown", ""})


@dataclass(frozen=True)
class Machine:
    """One compute: an instance, a cluster or whatever else is attached to a workspace."""

    fact: Fact

    @property
    def type(self) -> str:
        """`ComputeInstance`, `AmlCompute`, `Kubernetes` and so on."""
        return self.fact.text("properties", "computeType")

    @property
    def is_instance(self) -> bool:
        """Whether somebody works on it, and it has an image that ages."""
        return self.type == "ComputeInstance"

    @property
    def is_cluster(self) -> bool:
        """Whether it runs jobs on nodes that come and go, each with the newest image of that day."""
        return self.type == "AmlCompute"

    @property
    def size(self) -> str:
        """The VM size in whatever case Azure shows it; it upper-cases what was asked for (CONTRACTS §4)."""
        return self.fact.text(*_INNER, "vmSize")

    @property
    def region(self) -> str:
        """Where it runs; an image comes to some regions days later than to others."""
        return self.fact.location or self.fact.text("properties", "computeLocation").replace(" ", "").casefold()

    @property
    def state(self) -> str:
        """Of an instance: `Running`, `JobRunning`, `Stopped` and so on; empty while it is being created."""
        return self.fact.text(*_INNER, "state")

    @property
    def is_creating(self) -> bool:
        """Whether it shows nothing of itself yet."""
        return self.fact.text("properties", "provisioningState") in _PASSING and not self.state

    @property
    def failed(self) -> bool:
        """Whether Azure gave up on it."""
        return self.fact.text("properties", "provisioningState") == "Failed" or self.state.endswith("Failed")

    @property
    def user(self) -> str:
        """Object id of whoever works on it: whom it is assigned to, else whoever created it; empty for nobody known."""
        return self.fact.text(*_INNER, "personalComputeInstanceSettings", "assignedUser", "objectId") or self.creator

    @property
    def creator(self) -> str:
        """Object id of whoever created it."""
        return self.fact.text(*_INNER, "createdBy", "userId")

    @property
    def created(self) -> datetime | None:
        """When it was created."""
        return self.fact.moment("properties", "createdOn")

    @property
    def operation(self) -> tuple[str, datetime | None]:
        """What was last done to it, such as `Stop`, and when."""
        last = (*_INNER, "lastOperation")
        return self.fact.text(*last, "operationName"), self.fact.moment(*last, "operationTime")

    @property
    def started(self) -> datetime | None:
        """When it last started, where that was the last thing done to it."""
        name, at = self.operation
        return at if name in _STARTS else None

    @property
    def stopped(self) -> datetime | None:
        """Since when it has stood stopped; None for one that runs, or where Azure does not tell."""
        name, at = self.operation
        return at if self.state == "Stopped" and name == "Stop" else None

    @property
    def image(self) -> str:
        """The version of its OS image; empty where it shows none."""
        return self.fact.text(*_INNER, "osImageMetadata", "currentImageVersion")

    @property
    def latest_image(self) -> str:
        """The version that it would get if it were made anew now."""
        return self.fact.text(*_INNER, "osImageMetadata", "latestImageVersion")

    @property
    def has_latest_image(self) -> bool:
        """Whether Azure says so, or the versions do."""
        said = self.fact.get(*_INNER, "osImageMetadata", "isLatestOsImageVersion") is True
        return said or bool(self.image and self.image == self.latest_image)

    @property
    def patching(self) -> Mapping[str, Any]:
        """How the patching of its packages goes, where it is switched on: `patchStatus`, `rebootPending` and so on."""
        found = self.fact.get(*_INNER, "osImageMetadata", "osPatchingStatus")
        return found if isinstance(found, Mapping) else {}

    @property
    def public_ip(self) -> bool | None:
        """Whether it can be reached at a public address; None where nothing tells."""
        if self.fact.text(*_INNER, "connectivityEndpoints", "publicIpAddress"):
            return True
        enabled = self.fact.get(*_INNER, "enableNodePublicIp")
        return enabled if isinstance(enabled, bool) else None

    @property
    def ssh(self) -> bool | None:
        """Whether its SSH port is open, on an instance or the nodes of a cluster; None where nothing tells."""
        access = self.fact.text(*_INNER, "sshSettings", "sshPublicAccess")
        access = access or self.fact.text(*_INNER, "remoteLoginPortPublicAccess")
        return {"Enabled": True, "Disabled": False}.get(access)

    @property
    def idle_shutdown(self) -> str:
        """After how long without work it stops by itself, as an ISO 8601 duration; empty for never."""
        return self.fact.text(*_INNER, "idleTimeBeforeShutdown")

    @property
    def schedules(self) -> int:
        """How many schedules that are switched on start or stop it."""
        found = self.fact.get(*_INNER, "schedules", "computeStartStop")
        rows = found if isinstance(found, list) else []
        return sum(isinstance(row, Mapping) and row.get("status") != "Disabled" for row in rows)

    @property
    def nodes(self) -> int | None:
        """Of a cluster: how many nodes it has now."""
        found = self.fact.get(*_INNER, "currentNodeCount")
        return found if isinstance(found, int) else None
