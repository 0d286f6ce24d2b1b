"""What the tests of the outbox share: rows, a log that refuses some of them, and rows that wait already."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import override

from shared.adapters.outbox import Outbox
from shared.adapters.state_table import StateTable
from shared.model.errors import DependencyDown, HubwardenError, Rejected
from shared.model.tables import RUNS
from shared.ports import Row
from tests.fakes import FakeClock, FakeLog

DOWN = DependencyDown("503: the ingestion endpoint does not answer")
REFUSED = Rejected("404 InvalidStream: no such stream")
ONE, TWO, THREE = ({"RunId": name} for name in ("one", "two", "three"))


@dataclass
class Refusing(FakeLog):
    """Takes no row of runs whose name begins so."""

    refused: str = ""
    why: HubwardenError = DOWN
    refusals: int = 0

    @override
    async def write(self, table: str, rows: Sequence[Row]) -> None:
        if self.refused and any(row["RunId"].startswith(self.refused) for row in rows):
            self.refusals += 1
            raise self.why
        await super().write(table, rows)


async def waiting(table: StateTable) -> int:
    """How many pieces wait."""
    return len([entity async for entity in table.after("rows", "")])


async def kept(table: StateTable, clock: FakeClock, *runs: str) -> None:
    """A row of each run that could not be sent, one after the other."""
    outbox = Outbox(FakeLog(trouble=DOWN), table, clock)
    for run in runs:
        await outbox.write(RUNS, [{"RunId": run}])
        clock.advance(seconds=1)
