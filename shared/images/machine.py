"""
A compute as its document shows it.

While one is being created, every inner property is null, the image among them; older ones lack what newer versions of
Azure ML tell (CONTRACTS §4). So each of these may be empty or None, and that is never taken for an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Self

from shared.model.action import AsSeen
from shared.model.facts import Fact, Json

_STARTS: Final = frozenset({"Create", "Start", "Restart"})
_PASSING: Final = frozenset({"Creating", "Deleting", "Updating", "Unknown", ""})


@dataclass(frozen=True)
class Machine:
    """One compute: an instance, a cluster or whatever else is attached to a workspace. Make one with `of`."""

    fact: Fact

    @classmethod
    def of(cls, fact: Fact) -> Self:
        """The compute that a document shows; one for all who ask, for a dozen rules do."""
        return fact.view(cls)

    @cached_property
    def _outer(self) -> Json:
        return _part(self.fact.raw, "properties")

    @cached_property
    def _inner(self) -> Json:
        return _part(self._outer, "properties")

    @cached_property
    def _os(self) -> Json:
        return _part(self._inner, "osImageMetadata")

    @cached_property
    def type(self) -> str:
        """`ComputeInstance`, `AmlCompute`, `Kubernetes` and so on."""
        return _text(self._outer, "computeType")

    @cached_property
    def is_instance(self) -> bool:
        """Whether somebody works on it, and it has an image that ages."""
        return self.type == "ComputeInstance"

    @cached_property
    def is_cluster(self) -> bool:
        """Whether it runs jobs on nodes that come and go, each with the newest image of that day."""
        return self.type == "AmlCompute"

    @cached_property
    def size(self) -> str:
        """The VM size in whatever case Azure shows it; it upper-cases what was asked for (CONTRACTS §4)."""
        return _text(self._inner, "vmSize")

    @cached_property
    def region(self) -> str:
        """Where it runs; an image comes to some regions days later than to others."""
        return self.fact.location or _text(self._outer, "computeLocation").replace(" ", "").casefold()

    @cached_property
    def state(self) -> str:
        """Of an instance: `Running`, `JobRunning`, `Stopped` and so on; empty while it is being created."""
        return _text(self._inner, "state")

    @cached_property
    def is_creating(self) -> bool:
        """Whether it shows nothing of itself yet."""
        return _text(self._outer, "provisioningState") in _PASSING and not self.state

    @cached_property
    def failed(self) -> bool:
        """Whether Azure gave up on it."""
        return _text(self._outer, "provisioningState") == "Failed" or self.state.endswith("Failed")

    @cached_property
    def user(self) -> str:
        """Object id of whoever works on it: whom it is assigned to, else whoever created it; empty for nobody known."""
        assigned = _part(_part(self._inner, "personalComputeInstanceSettings"), "assignedUser")
        return _text(assigned, "objectId") or self.creator

    @cached_property
    def creator(self) -> str:
        """Object id of whoever created it."""
        return _text(_part(self._inner, "createdBy"), "userId")

    @cached_property
    def created(self) -> datetime | None:
        """When it was created."""
        return self.fact.moment("properties", "createdOn")

    @cached_property
    def operation(self) -> tuple[str, datetime | None]:
        """What was last done to it, such as `Stop`, and when."""
        at = self.fact.moment("properties", "properties", "lastOperation", "operationTime")
        return _text(_part(self._inner, "lastOperation"), "operationName"), at

    @cached_property
    def as_seen(self) -> AsSeen:
        """What must still be so when it is written to."""
        return AsSeen(self.image, self.created, *self.operation)

    @cached_property
    def started(self) -> datetime | None:
        """When it last started, where that was the last thing done to it."""
        name, at = self.operation
        return at if name in _STARTS else None

    @cached_property
    def stopped(self) -> datetime | None:
        """Since when it has stood stopped; None for one that runs, or where Azure does not tell."""
        name, at = self.operation
        return at if self.state == "Stopped" and name == "Stop" else None

    @cached_property
    def image(self) -> str:
        """The version of its OS image; empty where it shows none."""
        return _text(self._os, "currentImageVersion")

    @cached_property
    def latest_image(self) -> str:
        """The version that it would get if it were made anew now."""
        return _text(self._os, "latestImageVersion")

    @cached_property
    def has_latest_image(self) -> bool:
        """Whether Azure says so, or the versions do."""
        said = self._os.get("isLatestOsImageVersion") is True
        return said or bool(self.image and self.image == self.latest_image)

    @cached_property
    def patching(self) -> Mapping[str, Any]:
        """How the patching of its packages goes, where it is switched on: `patchStatus`, `rebootPending` and so on."""
        return _part(self._os, "osPatchingStatus")

    @cached_property
    def public_ip(self) -> bool | None:
        """Whether it can be reached at a public address; None where nothing tells."""
        if _text(_part(self._inner, "connectivityEndpoints"), "publicIpAddress"):
            return True
        enabled = self._inner.get("enableNodePublicIp")
        return enabled if isinstance(enabled, bool) else None

    @cached_property
    def ssh(self) -> bool | None:
        """
        Whether somebody can log in by SSH, on an instance or the nodes of a cluster; None where nothing tells.

        Its port must be open, and local logins must not be switched off.
        """
        if self._outer.get("disableLocalAuth") is True:
            return False
        access = _text(_part(self._inner, "sshSettings"), "sshPublicAccess")
        access = access or _text(self._inner, "remoteLoginPortPublicAccess")
        return {"Enabled": True, "Disabled": False}.get(access)

    @cached_property
    def ssh_from_internet(self) -> bool | None:
        """Whether anybody can try to log in by SSH at a public address; None where what decides is not told."""
        needed = (self.ssh, self.public_ip)
        if False in needed:
            return False
        return None if None in needed else True

    @cached_property
    def idle_shutdown(self) -> str:
        """After how long without work it stops by itself, as an ISO 8601 duration; empty for never."""
        return _text(self._inner, "idleTimeBeforeShutdown")

    @cached_property
    def schedules(self) -> int:
        """How many schedules that are switched on start or stop it."""
        found = _part(self._inner, "schedules").get("computeStartStop")
        rows = found if isinstance(found, list) else []
        return sum(isinstance(row, Mapping) and row.get("status") != "Disabled" for row in rows)

    @cached_property
    def nodes(self) -> int | None:
        """Of a cluster: how many nodes it has now."""
        found = self._inner.get("currentNodeCount")
        return found if isinstance(found, int) else None

    @cached_property
    def least_nodes(self) -> int:
        """Of a cluster: how many nodes it always keeps."""
        found = _part(self._inner, "scaleSettings").get("minNodeCount")
        return found if self.is_cluster and isinstance(found, int) else 0


def _part(document: Json, key: str) -> Json:
    """An object inside another; empty where there is none."""
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _text(document: Json, key: str) -> str:
    """A text inside an object; empty where there is none, or something that is no text."""
    found = document.get(key)
    return found if isinstance(found, str) else ""
