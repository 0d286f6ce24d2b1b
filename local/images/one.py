"""One compute: everything that is known of it, and the way to a new image, for people and as a parameter file."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from local.images.fleet import Compute, Fleet
from local.images.words import days, following, kind, last_told, state, unremembered, workspace
from local.tables import COLOURS
from local.wording import called
from shared.images.tally import NO_HUB, NOBODY
from shared.images.way_out import TEMPLATE, WayOut, way_out
from shared.model.errors import SettingsInvalid
from shared.model.finding import Verdict


@dataclass(frozen=True)
class Way:
    """The way out of one compute, with what its user must be told before."""

    out: WayOut | None
    """None for a compute that has no image, or is only being created."""
    waits: str
    """Why there is none yet; empty where there is one, or never will be."""


def choose(fleet: Fleet, wanted: str) -> Compute:
    """The compute with an id or a name. Raises EstateInvalid with the nearest names, or the ids of all that have it."""
    known = {one.id: one for one in fleet.computes}
    return known[called(known, wanted, "compute")]


def way(one: Compute) -> Way:
    """Its way to a new image."""
    if one.machine.is_instance and one.machine.is_creating:
        return Way(None, "it is being created, and shows nothing of itself yet")
    return Way(way_out(one.fact, one.memory.at_zero), "")


def write_parameters(one: Compute, file: Path) -> None:
    """
    Write the parameter file that makes the instance anew, for the template in `TEMPLATE`.

    Raises SettingsInvalid for a compute that has none, and for a file that cannot be written.
    """
    found = way(one)
    if found.out is None or found.out.parameters is None:
        why = found.waits or f"a {kind(one)} is not made anew: see its way out without --out"
        raise SettingsInvalid(f"--out: there is no parameter file for {one.id.name}; {why}")
    try:
        file.write_text(json.dumps(found.out.parameters, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise SettingsInvalid(f"--out: {file} cannot be written ({error.strerror})") from None


def show(one: Compute, fleet: Fleet, console: Console, file: Path | None) -> None:
    """All that is known of a compute, what is the matter, and its way out; `file` is where its parameters lie."""
    console.print(f"[bold]{escape(one.id.name)}[/], {kind(one)}", style="")
    console.print(escape(one.id.text), style="dim", soft_wrap=True)
    console.print()
    for name, text in _lines(one):
        console.print(f"{name:<11}{escape(text)}", soft_wrap=True)
    for finding in sorted(one.findings.values(), key=lambda finding: (finding.severity.rank, finding.rule)):
        if finding.verdict in {Verdict.FAIL, Verdict.EXEMPT}:
            exempt = f" ({finding.exemption})" if finding.exemption else ""
            colour, told = COLOURS[finding.severity], escape(f"{finding.message}{exempt}")
            console.print(f"\n[{colour}]{finding.rule} {finding.severity}[/]: {told}", soft_wrap=True)
    _show_way(one, console, file)
    if note := unremembered(fleet):
        console.print(f"\n{escape(note)}", style="dim", soft_wrap=True)


def _lines(one: Compute) -> Iterator[tuple[str, str]]:
    machine, place = one.machine, one.place
    yield "hub", f"{one.hub.name if one.hub else NO_HUB}; workspace {workspace(one)}"
    yield "owner", one.owner or NOBODY
    if machine.user:
        yield "user", f"object id {machine.user}"
    yield "machine", ", ".join(filter(None, [machine.size, machine.region, state(one), *_moments(one)]))
    if machine.is_instance:
        latest = f"; the latest is {machine.latest_image}" if machine.latest_image else ""
        yield "image", f"{machine.image or 'not told'}{latest}"
    if place is not None:
        since = f", since {place.since:%Y-%m-%d}" if place.since else ": no newer one is known"
        yield "age", f"{days(place.age)} days; {days(place.behind)} days behind{since}"
    if told := last_told(one):
        yield "told last", told
    if text := following(one):
        yield "next", text
    if one.memory.at_zero is not None:
        yield "at zero", _moment(one.memory.at_zero)
    if one.memory.taken_down is not None:
        yield "taken down", f"{_moment(one.memory.taken_down.at)}, to be made anew"
    if machine.patching:
        waits = ", waits for a restart" if machine.patching.get("rebootPending") is True else ""
        yield "patching", f"{machine.patching.get('patchStatus') or 'not told'}{waits}"
    yield "exposed", one.exposure
    if machine.is_instance:
        schedules = f"{machine.schedules} {'schedule' if machine.schedules == 1 else 'schedules'}"
        yield (
            "stops",
            f"{f'after {machine.idle_shutdown} idle' if machine.idle_shutdown else 'never when idle'}; {schedules}",
        )
    yield "bills", one.billing


def _moments(one: Compute) -> Iterator[str]:
    machine = one.machine
    for word, at in (("created", machine.created), ("started", one.started), ("stopped", machine.stopped)):
        if at is not None:
            yield f"{word} {_moment(at)}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _show_way(one: Compute, console: Console, file: Path | None) -> None:
    found = way(one)
    if found.out is None:
        told = f"There is no way out yet: {found.waits}." if found.waits else "It has no image that ages here."
        console.print(f"\n{told}")
        return
    out = found.out
    console.print("\n[bold]The way to a new image[/]")
    for number, step in enumerate(out.steps, 1):
        console.print(escape(f"  {number}. {step}"), soft_wrap=True)
    for title, things in (("Survives", out.survives), ("Lost", out.lost), ("Carry over by hand", out.carry)):
        if things:
            console.print(f"\n{title}:")
            for thing in things:
                console.print(escape(f"  {thing}"), soft_wrap=True)
    if out.commands:
        console.print("\nCommands:")
        for command in out.commands:
            console.print(escape(f"  {command}"), soft_wrap=True)
    if out.unsaid:
        console.print(f"\nNo option of the command says: {escape(', '.join(out.unsaid))}.", soft_wrap=True)
    if out.deploy:
        _show_deployment(one, out, console, file)


def _show_deployment(one: Compute, out: WayOut, console: Console, file: Path | None) -> None:
    """With all settings, by the template; the command names the file as it was written."""
    default = f"{one.id.name}.parameters.json"
    command = out.deploy.replace(f"@{shlex.quote(default)}", f"@{shlex.quote(str(file or default))}")
    if file is None:
        console.print(
            f"\nWith all its settings, from the parameter file that --out {escape(default)} writes:", soft_wrap=True
        )
    else:
        console.print(
            f"\nIts parameters are in {escape(str(file))}; with all its settings, by {TEMPLATE}:", soft_wrap=True
        )
    console.print(escape(f"  {command}"), soft_wrap=True)
