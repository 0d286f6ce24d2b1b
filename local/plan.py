"""
`python -m local plan`: the app's own engine on an estate in files, or on a live subscription, read only.

Offline, every document stands for the truth of the day it was saved; what the files do not hold was not looked at, and
the rules that need it say unknown.
"""

import asyncio
import gc
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from local.azure.documents import EstateError, documents
from local.tables import failing_table, step_table, unseen_table
from shared.adapters.policy_files import read
from shared.engine.judge import judge
from shared.engine.plan import make_plan
from shared.engine.report import Preview, as_document, as_markdown, worth_telling
from shared.model.errors import EstateInvalid, SettingsInvalid
from shared.model.estate import Estate
from shared.model.facts import CHILDREN, EXTENSIONS, Fact, Source
from shared.policy.load import load
from shared.policy.policy import Policy
from shared.rules.catalogue import RULES
from shared.settings import VERSION

SOMETHING_TO_SAY = 2

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    estate: Path | None
    subscription: str
    policy: Path
    now: str
    form: str


def run(request: Request, clock: Callable[[], datetime]) -> int:
    """Print the plan; 0 when there is nothing to say, 2 when there is. Raises HubwardenError for all that is wrong."""
    refuse_unclear("plan", request.estate, request.subscription)
    gc.disable()  # one shot: a collector would only walk ten thousand documents, again and again
    now = moment(request.now) if request.now else clock()
    policy = load(read(request.policy), RULES, now)
    if request.estate is not None:
        preview = offline(load_estate(request.estate), policy, now)
    else:
        from local.live import preview_subscription  # noqa: PLC0415 - the SDKs take longer to import than the offline plan

        preview = asyncio.run(preview_subscription(request.subscription, policy, now))
    _print(preview, request.form)
    return 0 if preview.quiet else SOMETHING_TO_SAY


def refuse_unclear(command: str, estate: Path | None, subscription: str) -> None:
    """Raise SettingsInvalid unless there is one thing to look at: an estate in files, or a subscription by its GUID."""
    if (estate is None) == (not subscription):
        raise SettingsInvalid(
            f"{command} needs either --estate PATH or --subscription ID; see python -m local {command} --help"
        )
    if subscription and not _GUID.fullmatch(subscription):
        raise SettingsInvalid(
            f"--subscription {subscription!r} is no GUID; az account list shows those of your subscriptions"
        )


def load_estate(source: Path) -> Estate:
    """
    The estate in a file, or in all JSON files of a folder. Raises EstateInvalid naming file, document and reason.

    Where the files hold one connection, compute or diagnostic setting of a resource, they are taken to hold all of that
    kind: that is how Azure's list responses come.
    """
    try:
        facts = [Fact.of(document, Source.FILE) for document in documents(source)]
    except EstateError as error:
        raise EstateInvalid(str(error)) from None
    listed = {
        (parent, fact.kind)
        for fact in facts
        if fact.kind in CHILDREN | EXTENSIONS
        if (parent := fact.id.base if fact.kind in EXTENSIONS else fact.id.parent) is not None
    }
    return replace(Estate.of(facts), listed=frozenset(listed))


def offline(estate: Estate, policy: Policy, now: datetime) -> Preview:
    """Judge an estate as it stands, all of it at once; the limits still count hub by hub, as the app's runs do."""
    judged = judge(estate, RULES, policy, now)
    plan = make_plan(judged.wanted, policy.limits)
    return Preview(now, "offline", policy.version, VERSION, judged.findings, plan)


def moment(text: str) -> datetime:
    """The moment that `--now` names, in UTC where it names no offset. Raises SettingsInvalid for text that is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsInvalid(f"--now {text!r} is no ISO 8601 moment such as 2026-11-21T09:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _print(preview: Preview, form: str) -> None:
    if form == "json":
        print(json.dumps(as_document(preview), indent=2, default=str))
    elif form == "markdown":
        print(as_markdown(preview), end="")
    else:
        _print_text(preview)


def _print_text(preview: Preview) -> None:
    console = Console()
    failing, unseen = worth_telling(preview.findings)
    if preview.quiet:
        console.print(f"Nothing to say about {len({f.resource for f in preview.findings})} resources.")
    if failing:
        console.print(failing_table(failing))
    if preview.plan.steps:
        console.print(step_table(preview.plan))
    if unseen:
        console.print(unseen_table(unseen))
    console.print(
        f"{len(failing)} failing, {len(preview.plan.steps)} steps, {len(unseen)} not decided; "
        f"plan {preview.plan.id}, policy {preview.policy_version}",
        highlight=False,
    )
