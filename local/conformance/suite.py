"""The whole suite: what is always held, and what more is held when the contracts are at hand."""

from dataclasses import dataclass, field
from pathlib import Path

from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.conformance.contracts import Contracts
from local.conformance.explained import unexplained
from local.conformance.recorded import returned
from local.conformance.replay import Outcome, Replay, session
from local.conformance.served import disagreements, served
from local.conformance.specified import drifted
from local.conformance.table import Operation, load


@dataclass
class Findings:
    """What the suite found out."""

    operations: tuple[Operation, ...]
    served: tuple[Operation, ...]
    faults: list[str]
    """One line per thing that is wrong."""
    outcomes: list[Outcome] = field(default_factory=list)
    recorded: dict[str, bool] = field(default_factory=dict)
    skipped: str = ""
    """Why nothing was replayed; empty when it was."""


async def run(contracts: Contracts | None) -> Findings:
    """Everything that can be told with the contracts there are."""
    operations = load()
    found = Findings(operations, served(operations), list(disagreements(operations)))
    if contracts is None:
        found.skipped = "no contracts beside this checkout; give a folder with --contracts or HUBWARDEN_CONTRACTS"
        return found
    found.faults += drifted(operations, contracts)
    async with AzureStandIn(Options(operation_seconds=0, throttle=False)) as azure, session(azure) as opened:
        replay = Replay(azure, opened)
        for operation in found.served:
            found.outcomes += [await replay.play(operation, example) for example in contracts.examples(operation)]
        for file in contracts.recorded():
            found.recorded |= {_told(file, one): same async for one, same in returned(replay, file)}
    found.faults += [f"{o.example}: {d}" for o in found.outcomes for d in unexplained(o)]
    found.faults += [
        f"{name}: does not come back as it was recorded" for name, same in found.recorded.items() if not same
    ]
    return found


def _told(file: Path, resource: str) -> str:
    return f"{file.name} {resource.rpartition('/providers/')[2]}"
