"""Rows of all tables on which every query of `infra/queries` but those of alerts has an answer."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.engine import distress
from shared.model.errors import PolicyInvalid
from shared.model.finding import Change, Severity, Verdict
from shared.model.plan import Result
from shared.model.resource_id import ResourceId
from shared.model.tables import ACTIONS, COSTS, FINDINGS, IMAGES, KEYS, RUNS, TAGS
from shared.policy.policy import Effect, Exemption
from tests.builders import NOW
from tests.infra.cases import APP
from tests.infra.rows import HUB, acted, ago, cried, found, ran, resolved, steps
from tests.logs import Rows

OTHER = ResourceId.parse(str(HUB).replace("workspaces/hub", "workspaces/other"))
EARLIER, LATELY = ago(hours=5), ago(hours=1)
"""Two runs of one day, of which the second counts."""


def everything() -> Rows:
    """All of them: each thing twice, as it was and as it is, and all that is counted by hour, day or week."""
    return {
        RUNS: list(_runs()),
        FINDINGS: list(_findings()),
        ACTIONS: list(_actions()),
        TAGS: [_tags(name, source, at) for at in (EARLIER, LATELY) for name, source in (("a", "none"), ("b", "hub"))],
        COSTS: list(_costs()),
        KEYS: list(_keys()),
        IMAGES: list(_images()),
    }


type _Rows = Iterator[Mapping[str, Any]]


def _runs() -> _Rows:
    yield from (ran(Verdict.PASS, Verdict.UNKNOWN, at=at) for at in (ago(days=2, hours=3), EARLIER, LATELY))
    yield ran(Verdict.FAIL, at=LATELY - timedelta(minutes=5), whole=False)
    yield ran(Verdict.PASS, hub=OTHER, at=ago(days=3))
    for report, at in (("first", ago(days=1)), ("second", LATELY)):
        yield {**ran(at=at), "RunId": report, "Trigger": "month", "Hub": ""}


def _findings() -> _Rows:
    waiver = Exemption("HW-NET-001", HUB, "jane", "CHG-1", NOW + timedelta(days=5))
    for at in (ago(days=2, hours=3), EARLIER, LATELY):
        yield found(at=at)
        yield found("HW-TAG-001", "p", verdict=Verdict.PASS, change=Change.NONE, since=None, at=at)
        yield found("HW-TAG-001", "q", severity=Severity.MEDIUM, at=at)
        yield found(resource="hidden", verdict=Verdict.UNKNOWN, change=Change.NONE, since=None, at=at)
        yield found(resource="waived", verdict=Verdict.EXEMPT, change=Change.NONE, exemption=waiver.words, at=at)
    yield found("HW-PRJ-001", change=Change.OPENED, since=EARLIER, at=EARLIER)
    yield resolved("HW-PRJ-001", at=LATELY)
    yield cried(distress.policy_invalid(PolicyInvalid(("baseline.yaml:3: no such rule",)), APP), LATELY)


def _actions() -> _Rows:
    for result, at in ((Result.HELD, ago(hours=6)), (Result.FAILED, EARLIER), (Result.DONE, LATELY)):
        yield from acted(steps(2), result, at=at)
    yield from acted(steps(effect=Effect.AUDIT, rule="HW-TAG-002"), Result.HELD, at=LATELY)
    for row in acted(steps(3), Result.DONE, at=ago(hours=2)):
        yield {**row, "Action": "set-idle-shutdown"}


def _tags(name: str, source: str, at: datetime) -> Mapping[str, Any]:
    return {
        "TimeGenerated": at.isoformat(),
        "RunId": f"run-{at.isoformat()}",
        "Resource": name,
        "Sources": {"CostCenter": source, "Owner": "resource"},
        "Because": {"CostCenter": "nobody says"},
    }


def _costs() -> _Rows:
    lines = (("", "none", "no_cost_center"), ("1000", "split", ""), ("2000", "resource", ""))
    for report, at in (("first", ago(days=1)), ("second", LATELY)):
        for center, source, reason in lines:
            for service, cost in (("Storage", 1.25), ("Search", 2.5)):
                yield {
                    "TimeGenerated": at.isoformat(),
                    "RunId": report,
                    "Month": "2026-02",
                    "Closed": False,
                    "SubAccountId": "/subscriptions/s",
                    "Currency": "EUR",
                    "CostCenter": center,
                    "Hub": HUB.key,
                    "Source": source,
                    "Reason": reason,
                    "Service": service,
                    "Cost": cost,
                    "CostInUsd": cost,
                }


def _keys() -> _Rows:
    steps_of_it = (("stands", "", "waiting"), ("regenerate", "key1", "done"), ("move", "key1", "done"))
    for at in (EARLIER, LATELY):
        same = {"TimeGenerated": at.isoformat(), "RunId": f"run-{at.isoformat()}", "Hub": HUB.key}
        for step, key, result in steps_of_it:
            yield {**same, "Account": "account", "Step": step, "Key": key, "Consumer": "", "Result": result}
        yield {**same, "Account": "", "Step": "counted", "Result": "done", "ByKey": 3, "ByIdentity": 1, "ByOther": 0}


def _images() -> _Rows:
    for at, notice in ((ago(days=8), "notified"), (EARLIER, "warned"), (LATELY, "")):
        for name, within in (("one", False), ("two", True)):
            yield {
                "TimeGenerated": at.isoformat(),
                "RunId": f"run-{at.isoformat()}",
                "Compute": name,
                "ComputeType": "ComputeInstance",
                "Hub": HUB.key,
                "Owner": "jane",
                "WithinSla": within,
                "BehindDays": 50.0,
                "AgeDays": 80.0,
                "Notice": notice,
                "Due": ago(days=1).isoformat(),
                "Billing": "stopped: disk and address",
                "Stopped": ago(days=40).isoformat(),
                "PatchStatus": "Failed" if within else "",
                "WayOut": {"Steps": ["Make it anew"], "Lost": []},
            }
