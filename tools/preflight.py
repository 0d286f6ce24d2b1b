"""
`python -m tools.preflight`: what azd is about to deploy, looked at before anything is made. azd runs it by itself.

Choices and bounds of parameters Azure refuses before it makes anything, in plain words. Here stands what it would
notice half-way, such as a region without the plan, say in words that lead nowhere, such as an id that is none, or not
notice at all, such as an action group that tells nobody. One line per problem; exit code 1 when there is one.

What Azure cannot be asked is said, and is no problem: azd may be signed in where its CLI is not, and before a first
deployment it may not have asked yet where to. Values are not repeated where they may be somebody's address or hold a
signature. It needs no package, for azd runs it before any is installed.
"""

import difflib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

type Ask = Callable[..., Any]
"""Asks the Azure CLI and answers its JSON; raises UnansweredError."""

PYTHON: Final = "3.13"
GUID: Final = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_NAME: Final = re.compile(r"[A-Za-z0-9_().-]*[A-Za-z0-9_()-]")


def _resource(kind: str) -> str:
    return rf"/subscriptions/{GUID}/resourceGroups/[^/\s]+/providers/{re.escape(kind)}/[^/\s]+"


LISTS: Final[Mapping[str, tuple[str, str]]] = {
    "HUBWARDEN_GOVERNED": (GUID, "the id of a subscription"),
    "HUBWARDEN_KEY_LOG_WORKSPACES": (
        _resource("Microsoft.OperationalInsights/workspaces"),
        "the ARM id of a Log Analytics workspace",
    ),
    "HUBWARDEN_EXISTING_TOPICS": (
        _resource("Microsoft.EventGrid/systemTopics"),
        "the ARM id of an Event Grid system topic",
    ),
    "HUBWARDEN_ALERT_EMAILS": (r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address"),
}
TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "HUBWARDEN_ACTION_GROUP": (_resource("Microsoft.Insights/actionGroups"), "the ARM id of an action group"),
    "HUBWARDEN_MANAGEMENT_GROUP": (r"[\w().-]{1,90}", "the name of a management group, without its path"),
    "HUBWARDEN_RUNBOOK_URL": (r"https?://\S+", "an address that begins with https://"),
    "HUBWARDEN_BUDGET_START": (r"\d{4}-(0[1-9]|1[0-2])-01", "the first day of a month, such as 2026-11-01"),
}


class UnansweredError(Exception):
    """The Azure CLI is not there, not signed in, or refused; says which in one line."""


def problems(given: Mapping[str, str], ask: Ask, note: Callable[[str], None]) -> Iterator[str]:
    """What is wrong, one line each; `note` hears what could not be asked."""
    yield from chain(_texts(given), _lists(given))
    for look in (_region, _group, _receivers):
        try:
            yield from look(given, ask)
        except UnansweredError as error:
            note(str(error))


def _texts(given: Mapping[str, str]) -> Iterator[str]:
    name = given.get("AZURE_ENV_NAME", "")
    if not _NAME.fullmatch(name):
        yield f"AZURE_ENV_NAME is {name!r}: take letters, digits, dashes and dots, for it is part of names in Azure"
    for variable, (pattern, meant) in TEXTS.items():
        if (value := given.get(variable, "")) and not re.fullmatch(pattern, value, re.IGNORECASE):
            yield f"{variable} is not {meant}"


def _lists(given: Mapping[str, str]) -> Iterator[str]:
    for variable, (pattern, meant) in LISTS.items():
        try:
            entries = json.loads(given.get(variable) or "[]")
        except ValueError:
            entries = None
        if not isinstance(entries, list):
            yield f"""{variable} is no list: azd env set {variable} '["…","…"]'"""
            continue
        for number, entry in enumerate(entries, 1):
            if not isinstance(entry, str) or not re.fullmatch(pattern, entry.strip(), re.IGNORECASE):
                yield f"{variable}: entry {number} is not {meant}"


def _region(given: Mapping[str, str], ask: Ask) -> Iterator[str]:
    region = _plain(_chosen("AZURE_LOCATION", given))
    known = sorted({_plain(one["name"]) for one in ask("functionapp", "list-flexconsumption-locations")})
    if region not in known:
        near = difflib.get_close_matches(region, known) or known
        yield f"AZURE_LOCATION is {region!r}, where there is no Flex Consumption; try {', '.join(near)}"
        return
    runtimes = ask("functionapp", "list-flexconsumption-runtimes", "--location", region, "--runtime", "python")
    if (versions := {str(one.get("version")) for one in runtimes}) and PYTHON not in versions:
        yield f"{region} has Python {', '.join(sorted(versions))}, and the app takes {PYTHON}: take another region"


def _group(given: Mapping[str, str], ask: Ask) -> Iterator[str]:
    own, name = _chosen("AZURE_SUBSCRIPTION_ID", given), given.get("AZURE_ENV_NAME", "")
    region, group = _plain(_chosen("AZURE_LOCATION", given)), f"rg-hubwarden-{name}"
    for found in ask("group", "list", "--query", f"[?name=='{group}']", "--subscription", own):
        if (found.get("tags") or {}).get("azd-env-name") != name:
            yield f"the resource group {group} is there and is not azd's of {name}: give the environment another name"
        elif _plain(found["location"]) != region:
            yield f"{group} lies in {found['location']} and cannot move to {region}: azd down, or a new environment"


def _receivers(given: Mapping[str, str], ask: Ask) -> Iterator[str]:
    """An action group of one's own must tell somebody; the one that the templates make always does."""
    group = given.get("HUBWARDEN_ACTION_GROUP", "")
    if not group:
        return
    found = ask("monitor", "action-group", "show", "--ids", group)
    if not found.get("enabled", True):
        yield "HUBWARDEN_ACTION_GROUP is switched off: no alert would reach anybody"
    elif not any(entries for field, entries in found.items() if field.endswith("Receivers")):
        yield "HUBWARDEN_ACTION_GROUP has no receiver: no alert would reach anybody"


def _chosen(variable: str, given: Mapping[str, str]) -> str:
    if not (value := given.get(variable, "")):
        raise UnansweredError(f"{variable}: azd has not asked for it yet")
    return value


def _plain(region: str) -> str:
    """`East US` and `eastus` are one."""
    return region.replace(" ", "").casefold()


def azure_cli(*words: str) -> Any:  # noqa: ANN401 - whatever JSON it says
    """What `az` answers. Raises UnansweredError."""
    asked = f"az {' '.join(words[:3])}"
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours, and no shell reads them
            ["az", *words, "--output", "json"],  # noqa: S607 - whichever is on the PATH
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnansweredError(f"{asked}: {type(error).__name__}") from None
    if done.returncode:
        raise UnansweredError(f"{asked}: {(done.stderr.strip() or 'refused').splitlines()[0][:200]}")
    try:
        return json.loads(done.stdout or "[]")
    except ValueError:
        raise UnansweredError(f"{asked}: its answer is no JSON") from None


def main() -> int:
    """Look at what azd hands over in the environment."""
    notes: list[str] = []
    found = list(problems(os.environ, azure_cli, notes.append))
    for note in notes:
        print(f"preflight: could not be looked at: {note}", file=sys.stderr)
    for problem in found:
        print(f"preflight: {problem}", file=sys.stderr)
    if not found:
        print("preflight: nothing speaks against it" + (", as far as could be looked" if notes else ""))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
