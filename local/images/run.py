"""`python -m local images`, from what was asked to what is printed and written."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from local.images import endpoint as endpoints
from local.images import one as details
from local.images.document import as_document, one_document
from local.images.fleet import Compute, Fleet
from local.images.look import from_azure, from_files
from local.images.page import html
from local.images.show import show
from local.plan import moment, refuse_unclear
from shared.adapters.policy_files import read
from shared.images.way_out import is_on_own_cluster
from shared.model.errors import SettingsInvalid
from shared.model.finding import Verdict
from shared.model.resource_id import ResourceId
from shared.policy.load import load
from shared.rules.catalogue import RULES

SOMETHING_TO_SAY = 2


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    estate: Path | None
    subscription: str
    table: str
    """The app's table service; empty for none."""
    compute: str
    """An ARM id, also an endpoint's, or a name that only one compute has; empty for all."""
    out: Path | None
    """Where to write the parameter file of that compute."""
    page: Path | None
    """Where to write the page."""
    json: bool
    policy: Path
    now: str


def run(request: Request, clock: Callable[[], datetime]) -> int:
    """Print the fleet or one compute; 0 when there is nothing to say, else 2. Raises HubwardenError for all else."""
    refuse_unclear("images", request.estate, request.subscription)
    _refuse_odd(request)
    if (named := endpoints.endpoint_named(request.compute)) is not None:
        return _tell_endpoint(named, request)
    now = moment(request.now) if request.now else clock()
    policy = load(read(request.policy), RULES, now)
    if request.estate is not None:
        fleet = from_files(request.estate, policy, now)
    else:
        fleet = from_azure(request.subscription, request.table, policy, now)
    if request.compute:
        return _tell_one(details.choose(fleet, request.compute), fleet, request)
    return _tell_all(fleet, request)


def _tell_endpoint(endpoint: ResourceId, request: Request) -> int:
    """Whatever its image, nobody here is to do anything: 0, but for one on somebody's own Kubernetes cluster."""
    if request.out is not None:
        raise SettingsInvalid(f"--out writes the parameter file of a compute instance, and {endpoint.name} is none")
    estate = request.estate
    fact = endpoints.from_azure(endpoint) if estate is None else endpoints.from_files(estate, endpoint)
    endpoints.tell(fact, as_json=request.json, console=lambda: Console(highlight=False))
    return SOMETHING_TO_SAY if is_on_own_cluster(fact) else 0


def _refuse_odd(request: Request) -> None:
    if request.out is not None and not request.compute:
        raise SettingsInvalid("--out writes the parameter file of one compute: name it with --compute")
    if request.page is not None and request.compute:
        raise SettingsInvalid("--html is a page about all computes: leave --compute out")


def _tell_all(fleet: Fleet, request: Request) -> int:
    if request.page is not None:
        _write(request.page, html(fleet))
    if request.json:
        print(json.dumps(as_document(fleet), indent=2))
    else:
        console = Console(highlight=False)
        show(fleet, console)
        if request.page is not None:
            console.print(f"wrote {request.page}", style="dim", soft_wrap=True)
    return 0 if fleet.quiet else SOMETHING_TO_SAY


def _tell_one(one: Compute, fleet: Fleet, request: Request) -> int:
    if request.out is not None:
        details.write_parameters(one, request.out)
    if request.json:
        print(json.dumps(one_document(one, fleet), indent=2))
    else:
        details.show(one, fleet, Console(highlight=False), request.out)
    wrong = any(finding.verdict is Verdict.FAIL for finding in one.findings.values())
    return SOMETHING_TO_SAY if wrong or one.verdict is Verdict.UNKNOWN or one.never_empty else 0


def _write(file: Path, content: bytes) -> None:
    """At once and whole: a reader never sees half of it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.new")
        fresh.write_bytes(content)
        fresh.replace(file)
    except OSError as error:
        raise SettingsInvalid(f"--html: {file} cannot be written ({error.strerror})") from None
