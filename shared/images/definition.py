"""
What it takes to make a compute instance anew as it was: the body of its PUT, and what nobody can put into one.

The writable set is that of the types at 2025-12-01, and everything else that an instance shows is either read-only or
told: what is not known to be carried over counts as lost. The body never holds a secret: neither a script's text nor
its arguments, nor the environment of a custom service, all of which Azure shows in the clear, are ever taken. Compared
with the types and one recorded instance of 2024-04-01; no recording sends such a body back (assumed: a size in the
upper case that Azure shows is taken again).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shared.images.writable import is_empty, written
from shared.model.facts import Fact, Json


class Lack(StrEnum):
    """What about an instance cannot be carried over to a new one."""

    IDENTITY = "new_identity"
    """Its system-assigned identity: the new instance gets another, and roles of the old one are nobody's."""
    PERSON = "person"
    """Whoever works on it: nobody can tell who that is, or in which tenant."""
    SCRIPT = "script"
    """A setup script whose text or arguments may hold a secret."""
    SERVICES = "services"
    """A custom service with something that may hold a secret."""
    MOUNTS = "mounts"
    """Data that is mounted while it runs."""
    DISKS = "disks"
    """Data disks of its own."""
    KEY = "ssh_key"
    """The public key for SSH, where Azure does not show it."""
    SETTINGS = "settings"
    """Settings that the stable API does not take."""


@dataclass(frozen=True)
class Cannot:
    """One thing that cannot be carried over, in words without any value of it."""

    what: Lack
    words: str


@dataclass(frozen=True)
class Definition:
    """An instance as something that can be made."""

    document: Json
    """The body of the PUT: plain JSON that shares nothing with what was read."""
    cannot: tuple[Cannot, ...] = ()
    otherwise: tuple[str, ...] = ()
    """What is carried over and yet is not as before until somebody does something."""

    def lost(self, accepted: Collection[str] = ()) -> tuple[str, ...]:
        """What cannot be carried over, in words, less what somebody accepts."""
        return tuple(one.words for one in self.cannot if one.what not in accepted)

    @property
    def linked(self) -> tuple[str, ...]:
        """What else the caller must be allowed to use: identities and a subnet, by ARM id."""
        identities = (self.document.get("identity") or {}).get("userAssignedIdentities") or {}
        subnet = self.document["properties"]["properties"].get("subnet") or {}
        return (*identities, *subnet.values())


def capture(fact: Fact) -> Definition:
    """The definition of an instance that was read and is not being created."""
    kept, left = written(fact.raw)
    inner = kept.setdefault("properties", {}).setdefault("properties", {})
    cannot = [*_settings(left), *_identity(fact), *_scripts(fact, inner), *_ssh(inner), *_person(fact, inner)]
    identities = fact.get("identity", "userAssignedIdentities")
    if isinstance(identities, Mapping) and identities:
        kept.setdefault("identity", {})["userAssignedIdentities"] = {name: {} for name in identities}
    return Definition(kept, tuple(cannot), tuple(_otherwise(fact, inner)))


def _settings(left: list[str]) -> Iterator[Cannot]:
    """What was found and has no place in the body, each named once."""
    names = dict.fromkeys(path.removeprefix(f"{_INNER}.") for path in left)
    for lack, key, words in _LEFT:
        if any(name.split(".")[0] == key for name in names):
            yield Cannot(lack, words)
    told = {key for _, key, _ in _LEFT}
    if others := [name for name in names if name.split(".")[0] not in told]:
        yield Cannot(Lack.SETTINGS, f"settings that the API does not take at 2025-12-01: {', '.join(others)}")


def _identity(fact: Fact) -> Iterator[Cannot]:
    if "SystemAssigned" in fact.text("identity", "type"):
        words = "its system-assigned identity: a new instance gets a new one, and the roles of this one die with it"
        yield Cannot(Lack.IDENTITY, words)


def _person(fact: Fact, inner: dict[str, Any]) -> Iterator[Cannot]:
    """
    Keep whoever works on it: whom it is assigned to, else whoever made it, for with our PUT we would have made it.

    An assigned user needs the authorization type `personal`, the only one there is.
    """
    user, tenant = _user(fact)
    if not user or not tenant:
        yield Cannot(Lack.PERSON, "whoever works on it: no person is named, or not in which tenant")
        inner.pop("personalComputeInstanceSettings", None)
        return
    inner["personalComputeInstanceSettings"] = {"assignedUser": {"objectId": user, "tenantId": tenant}}
    inner.setdefault("computeInstanceAuthorizationType", "personal")


def _user(fact: Fact) -> tuple[str, str]:
    """Object id and tenant of a person; empty where it was an application that made it, and nobody has it."""
    assigned = ("properties", "properties", "personalComputeInstanceSettings", "assignedUser")
    if fact.text(*assigned, "objectId"):
        return fact.text(*assigned, "objectId"), fact.text(*assigned, "tenantId")
    if fact.text("systemData", "createdByType") not in {"", "User"}:
        return "", ""
    creator = ("properties", "properties", "createdBy")
    return fact.text(*creator, "userId"), fact.text(*creator, "userOrgId")


def _scripts(fact: Fact, inner: dict[str, Any]) -> Iterator[Cannot]:
    """Keep a script that lies in the workspace's storage and takes no arguments; the text of any other is not ours."""
    found = fact.get("properties", "properties", "setupScripts", "scripts")
    given = found if isinstance(found, Mapping) else {}
    scripts = {name: script for name, script in given.items() if isinstance(script, Mapping)}
    kept = {name: dict(_reference(script)) for name, script in scripts.items() if _lies_in_storage(script)}
    if kept:
        inner["setupScripts"] = {"scripts": kept}
    lost = sorted(name for name in scripts if name not in kept and not is_empty(scripts[name].get("scriptData")))
    if lost:
        yield Cannot(Lack.SCRIPT, f"its {' and '.join(lost)}: text or arguments may hold a secret and are not kept")


def _lies_in_storage(script: Json) -> bool:
    """Whether it is a file of the workspace, named by its path and by nothing that could sign for it."""
    path, arguments = script.get("scriptData"), script.get("scriptArguments")
    plain = isinstance(path, str) and bool(path) and "?" not in path and "://" not in path
    return plain and script.get("scriptSource") == "workspaceStorage" and is_empty(arguments)


def _reference(script: Json) -> Iterator[tuple[str, Any]]:
    return ((key, script[key]) for key in ("scriptSource", "scriptData", "timeout") if not is_empty(script.get(key)))


def _ssh(inner: Json) -> Iterator[Cannot]:
    settings = inner.get("sshSettings") or {}
    if settings.get("sshPublicAccess") == "Enabled" and not settings.get("adminPublicKey"):
        yield Cannot(Lack.KEY, "its public key for SSH, which Azure does not show")


def _otherwise(fact: Fact, inner: Json) -> Iterator[str]:
    """See `Definition.otherwise`."""
    if inner.get("enableSSO") is not False and ("setupScripts" in inner or "customServices" in inner):
        yield (
            "single sign-on is off until its user switches it on again, for it comes with a script or a custom "
            "service and somebody else makes it"
        )
    if fact.text("identity", "type") and inner.get("idleTimeBeforeShutdown"):
        yield "with an identity, it stops when idle only where that identity is Contributor on the workspace"


_INNER: Final = "properties.properties"

_LEFT: Final = (
    (Lack.MOUNTS, "dataMounts", "data that is mounted on it: whoever works on it must mount that again"),
    (Lack.DISKS, "dataDisks", "its data disks, and what is on them"),
    (Lack.SERVICES, "customServices", "what a custom service runs with, which may hold a secret and is not kept"),
)
