"""
The images act: instances fall behind, their owners are told, one is stopped and one is made anew.

That takes months, so it is simulated: the app's own parts run in this process, in front of a stand-in and an Azurite of
their own, on a clock that jumps. The stage and its clock go on as they are, for the other acts need them.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final

from local.azure.images import next_image
from local.azure.options import Options
from local.demo.timeline import RESULTS, Timeline, moment
from local.demo.watch import DemoFailed
from local.ladder.estate import Workplace, fill
from local.ladder.people import renew
from local.ladder.world import Ladder, ladder, logged, policy_with
from local.soak.world import house
from local.stage import REPOSITORY
from local.synthetic.documents import REGION
from shared.engine.fleet_report import report_fleet
from shared.images.machine import Machine
from shared.images.page import CSV, PAGE
from shared.model.resource_id import ResourceId
from shared.model.tables import ACTIONS, IMAGES
from shared.ports import Row

JANE = Workplace("ci-jane", "jane@contoso.example", state="Running")
SAM = Workplace("ci-sam", "sam@contoso.example")
ANA = Workplace("ci-ana", "ana@contoso.example")
_APPROVED: Final = {"effect": "enforce", "auto_approve": {"reason": "the demo asks nobody"}}
POLICY: Final[Mapping[str, Mapping[str, object]]] = {
    "HW-CMP-001": {"effect": "audit"},
    "HW-IMG-002": {**_APPROVED, "parameters": {"accepted": ["unknown_use"], "zone": "UTC"}},
    "HW-IMG-003": {
        "effect": "audit",
        "parameters": {"zone": "UTC"},
        "scopes": [{"match": {"name": SAM.name}, **_APPROVED}],
    },
    "HW-IMG-004": _APPROVED,
}
"""What the act needs otherwise than shipped: ci-jane keeps having no idle shutdown, and ci-sam may be made anew."""

_TRIES: Final = 6
"""In bad weather what is waited for may take another look, some minutes later."""
_COLOURS: Final = {"remade": "green", "notified": "blue", "reminded": "blue"}
_SOON: Final = timedelta(minutes=10)
_SATURDAY: Final = 5
_RATE: Final = 5.0
"""Between its jumps the clock goes so many times as fast as real time: bad weather makes the app wait."""


@dataclass(frozen=True)
class Shown:
    """What the act has shown, for `summary.json`."""

    days: int
    """How many went by."""
    notices: Sequence[Mapping[str, str]]
    """The day, the instance, what its owner was told, and the day in a warning."""
    steps: Sequence[Mapping[str, str]]
    """The day, the instance, what was done to it, and what came of that."""


@dataclass
class ImagesAct:
    """Where its files go, what the weather is like, and how far it has been told."""

    directory: Path
    timeline: Timeline
    faults: str = "none"
    seed: int = 0
    _told: set[str] = field(default_factory=set)

    async def play(self) -> Shown:
        """Play it. Raises DemoFailed for the first thing that does not come true."""
        policy = policy_with(REPOSITORY / "policy", self.directory / "ladder-policy", POLICY)
        options = Options(certificates=self.directory / "tls", faults=self.faults, seed=self.seed)
        async with AsyncExitStack() as closers:
            closers.enter_context(logged(self.directory / "ladder.log"))
            stage = ladder(await house(options, closers), policy)
            stage.azure.clock.run(_RATE)
            stage.azure.cloud.faults.plan({"operations": {}})  # what Azure gives up on waits for a person: none is here
            fill(stage.azure.cloud, (JANE, SAM, ANA))
            began = stage.now
            self.timeline.note("Months pass, simulated: the app's own parts in this process, on a clock that jumps")
            await self._fall_behind(stage)
            await self._come_due(stage)
            await self._page(stage)
            return Shown((stage.now - began).days, _notices(stage), _steps(stage))

    async def _fall_behind(self, stage: Ladder) -> None:
        """From the day on which an image comes out to the warning; one owner of three acts on the first notice."""
        await stage.sweep()
        release = next_image(REGION, stage.now)
        out = _at(release.released, 9)
        await stage.until(out)
        self.timeline.dated(stage.now, "release", "blue", f"{REGION} gets image {release.version}")
        await stage.sweep()
        self._tell(stage)
        if self._told:
            raise DemoFailed(f"on the day of a release something was told: {self._told}")
        await self._told_on(stage, out + timedelta(days=14), "notified", (JANE, SAM, ANA))
        self.timeline.dated(stage.now, ANA.who, "bold", f"deletes {ANA.name}, and makes it anew")
        await renew(stage, ANA)
        await self._told_on(stage, out + timedelta(days=28), "reminded", (JANE, SAM))
        await self._told_on(stage, out + timedelta(days=45), "warned", (JANE, SAM))

    async def _come_due(self, stage: Ladder) -> None:
        """The date in the warning: once the working day is over, what stands is made anew, and what runs is stopped."""
        due = max(moment(row["Due"]) for row in _news(stage) if row["Notice"] == "warned")
        day = due + timedelta(hours=1)
        while day.weekday() >= _SATURDAY:
            day += timedelta(days=1)
        await self._told_on(stage, day, "stopped", (JANE, SAM))
        if _done(stage, JANE, "stop-instance") or _done(stage, SAM, "delete-instance"):
            raise DemoFailed("ci-jane was stopped, or ci-sam deleted, in working hours")
        await stage.until(_at(day, 20))
        await self._until(stage, "ci-jane to be stopped", lambda: _done(stage, JANE, "stop-instance"))
        await self._until(stage, "ci-sam to be made anew", lambda: _done(stage, SAM, "create-instance"))
        await self._until(stage, "ci-sam to be seen anew", lambda: _noticed(stage, "remade", day))
        await stage.until(stage.now + _SOON)
        stands = await stage.world.inventory.get(ResourceId.parse(JANE.id))
        if (state := Machine.of(stands).state) != "Stopped":
            raise DemoFailed(f"ci-jane should stand stopped, and is {state}")

    async def _page(self, stage: Ladder) -> None:
        """The app's own page on the fleet, with its weeks, beside finance's reports; a second sweep counts for it."""
        await stage.sweep()
        await report_fleet(stage.world, stage.policy.version)
        reports = stage.world.reports
        for name in (PAGE, CSV):
            content = None if reports is None else await reports.read(name)
            if not content:
                raise DemoFailed(f"the container holds no {name}")
            file = self.directory / "reports" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    async def _told_on(self, stage: Ladder, day: datetime, rung: str, who: Sequence[Workplace]) -> None:
        """The morning of a day, on which the owners of these, and no others, are told this."""
        await stage.until(max(_at(day, 10), day))
        names = {one.name for one in who}
        await self._until(stage, f"{rung} for {', '.join(sorted(names))}", lambda: _noticed(stage, rung, day) >= names)
        if (told := _noticed(stage, rung, day)) != names:
            raise DemoFailed(
                f"{rung} were the owners of {', '.join(sorted(told))}, not only of {', '.join(sorted(names))}"
            )

    async def _until(self, stage: Ladder, what: str, look: Callable[[], object]) -> None:
        """Look again and again until it is so: first at what events tell, then at everything."""
        for _ in range(_TRIES):
            for looks in (stage.hear, stage.sweep):
                await looks()
                self._tell(stage)
                if look():
                    return
            await stage.until(stage.now + _SOON)
        raise DemoFailed(f"waited for {what} over {_TRIES} sweeps, and it did not happen")

    def _tell(self, stage: Ladder) -> None:
        """What is new of notices and steps; what waits is told once for each reason."""
        for row in [*_news(stage), *_writes(stage)]:
            said = _sentence(row)
            if said not in self._told:
                self._told.add(said)
                word, colour = _word(row)
                self.timeline.dated(moment(row["TimeGenerated"]), word, colour, said)


def _news(stage: Ladder) -> list[Row]:
    return stage.rows(f"{IMAGES} | where Notice != '' | sort by TimeGenerated asc, Compute asc")


def _writes(stage: Ladder) -> list[Row]:
    """Steps on instances; of those that wait only what waits for nobody's yes."""
    rows = stage.rows(f"{ACTIONS} | where Rule startswith 'HW-IMG' | sort by TimeGenerated asc, Resource asc")
    return [row for row in rows if not row["Reason"].startswith("policy says")]


def _noticed(stage: Ladder, rung: str, day: datetime) -> set[str]:
    """The instances whose owners were told this on a day."""
    return {
        _name(row)
        for row in _news(stage)
        if row["Notice"] == rung and moment(row["TimeGenerated"]).date() == day.date()
    }


def _done(stage: Ladder, place: Workplace, action: str) -> bool:
    return any((_name(row), row["Action"], row["Result"]) == (place.name, action, "done") for row in _writes(stage))


def _notices(stage: Ladder) -> list[dict[str, str]]:
    return [
        {
            "on": f"{moment(row['TimeGenerated']):%Y-%m-%d}",
            "instance": _name(row),
            "told": row["Notice"],
            "due": f"{moment(row['Due']):%Y-%m-%d}" if row["Due"] else "",
        }
        for row in _news(stage)
    ]


def _steps(stage: Ladder) -> list[dict[str, str]]:
    return [
        {
            "on": f"{moment(row['TimeGenerated']):%Y-%m-%d}",
            "instance": _name(row),
            "step": row["Action"],
            "came": row["Result"],
        }
        for row in _writes(stage)
        if row["Result"] != "held"
    ]


def _sentence(row: Row) -> str:
    """A notice or a step, in words; the day stands before it."""
    if "Action" in row:
        held = f", for {row['Reason']}" if row["Result"] == "held" else ""
        return f"{_name(row)}: {row['Action']}{held}"
    said = {
        "remade": f"it is there again, with image {row['Image']}",
        "stopped": "its date has come, and it may be stopped whenever nobody works on it",
    }
    behind = f"a newer image than {row['Image']} has been out for {row['BehindDays']:.0f} days"
    date = f"; from {moment(row['Due']):%Y-%m-%d} on it may be stopped" if row["Notice"] == "warned" else ""
    return f"{_name(row)} {row['Notice']}: {said.get(row['Notice'], behind)}{date}"


def _word(row: Row) -> tuple[str, str]:
    if "Action" in row:
        return str(row["Result"]), RESULTS[row["Result"]]
    return "notice", _COLOURS.get(row["Notice"], "yellow")


def _name(row: Row) -> str:
    return str(row.get("Compute") or row["Resource"]).rpartition("/")[2]


def _at(day: datetime, hour: int) -> datetime:
    return datetime.combine(day, time(hour), day.tzinfo)
