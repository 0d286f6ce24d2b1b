"""A fleet, or one compute of it, as plain JSON: the same for programs, with ids and whole numbers of days."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from local.images.fleet import Compute, Fleet
from local.images.one import way
from local.images.summary import summarize
from local.images.words import kind
from shared.images.tally import BANDS, Group, Summary
from shared.images.way_out import WayOut
from shared.images.weeks import trend
from shared.model.compute_memory import Notice
from shared.model.finding import Finding


def as_document(fleet: Fleet) -> dict[str, Any]:
    """All of it."""
    return {
        "at": fleet.at.isoformat(),
        "policy": fleet.policy,
        "remembered": not fleet.unremembered,
        "because": fleet.unremembered or None,
        "summary": _summary(summarize(fleet)),
        "weeks": _weeks(fleet),
        "computes": [compute_document(one) for one in fleet.computes],
        "never_empty": [{"compute": one.id.text, "because": one.never_empty} for one in fleet.never_empty],
        "unseen": [{"what": one.what, "because": one.why} for one in fleet.unseen],
    }


def compute_document(one: Compute) -> dict[str, Any]:
    """One compute, without its way out."""
    machine, place, coming = one.machine, one.place, one.next
    return {
        "compute": one.id.text,
        "type": kind(one),
        "compute_type": machine.type,
        "hub": one.hub.text if one.hub else None,
        "workspace": one.id.parent.text if one.id.parent else None,
        "owner": one.owner or None,
        "user": machine.user or None,
        "region": machine.region or None,
        "size": machine.size or None,
        "state": machine.state or None,
        "nodes": machine.nodes,
        "created": _iso(machine.created),
        "started": _iso(one.started),
        "stopped": _iso(machine.stopped),
        "image": machine.image or None,
        "latest_image": machine.latest_image or None,
        "age_days": _days(one.age),
        "behind_days": _days(one.behind),
        "behind_since": _iso(place.since) if place else None,
        "within_policy": one.within,
        "verdict": one.verdict.value if one.verdict else None,
        "told_last": _notice(one.memory.notice),
        "next": {"rung": coming[0].value, "at": coming[1].isoformat(), "now": one.notice is not None}
        if coming
        else None,
        "due": _iso(one.notice.due if one.notice else place.due if place else None),
        "at_zero": _iso(one.memory.at_zero),
        "taken_down": _iso(one.memory.taken_down.at if one.memory.taken_down else None),
        "patching": machine.patching.get("patchStatus"),
        "reboot_pending": machine.patching.get("rebootPending"),
        "public_ip": machine.public_ip,
        "ssh": machine.ssh,
        "idle_shutdown": machine.idle_shutdown or None,
        "schedules": machine.schedules,
        "billing": one.billing,
    }


def one_document(one: Compute, fleet: Fleet) -> dict[str, Any]:
    """One compute with what is the matter and its way out."""
    found = way(one)
    return {
        "at": fleet.at.isoformat(),
        "policy": fleet.policy,
        "remembered": not fleet.unremembered,
        "because": fleet.unremembered or None,
        **compute_document(one),
        "findings": [_finding(finding) for finding in one.findings.values()],
        "way_out": None if found.out is None else _way(found.out),
    }


def _way(out: WayOut) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(out).items()}


def _summary(summary: Summary) -> dict[str, Any]:
    total = summary.total
    return {
        "instances": total.instances,
        "within_policy": total.within,
        "exempt": total.exempt,
        "too_old": total.failing,
        "not_decided": total.undecided,
        "share_within": total.share,
        "behind_days": dict(zip(BANDS, total.behind, strict=True)),
        "age_days": dict(zip(BANDS, total.age, strict=True)),
        "hubs": [_group(group) for group in summary.hubs],
        "owners": [_group(group) for group in summary.owners],
        "clusters": summary.clusters,
        "clusters_never_empty": summary.never_empty,
    }


def _weeks(fleet: Fleet) -> list[dict[str, Any]]:
    """How the fleet has come along, the oldest week first; nothing where the app's memory was not read."""
    if not fleet.weeks:
        return []
    found = trend(fleet.weeks, fleet.at)
    known = ((week, tally) for week, tally in zip(found.weeks, found.fleet.tallies, strict=True) if tally is not None)
    return [
        {"week": week.isoformat(), "instances": tally.instances, "too_old": tally.failing, "share_within": tally.share}
        for week, tally in known
    ]


def _group(group: Group) -> Mapping[str, Any]:
    return {
        "name": group.name,
        "instances": group.tally.instances,
        "within_policy": group.tally.within,
        "too_old": group.tally.failing,
        "age_days": dict(zip(BANDS, group.tally.age, strict=True)),
        "most_behind_days": group.tally.furthest,
    }


def _finding(finding: Finding) -> Mapping[str, Any]:
    return {
        "rule": finding.rule,
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "message": finding.message,
        "exemption": finding.exemption or None,
    }


def _notice(notice: Notice | None) -> Mapping[str, Any] | None:
    if notice is None:
        return None
    return {"rung": notice.rung.value, "at": notice.at.isoformat(), "due": _iso(notice.due)}


def _days(span: timedelta | None) -> int | None:
    return None if span is None else span.days


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
