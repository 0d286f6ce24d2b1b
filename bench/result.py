"""What a measurement gives: samples under a name, with the aim they are held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class BenchError(Exception):
    """A measurement that could not be made; the message says why in one line."""


@dataclass(frozen=True)
class Result:
    """One row of the table."""

    name: str
    unit: str
    samples: tuple[float, ...]
    aim: float | None = None
    """The most that is well; None for a number that is shown beside another."""
    quantile: float = 0.5
    """Which of the samples stands for them all: 0.5 is the median."""
    peer: str = ""
    """What a peer is said to need; never measured in the same run."""

    @property
    def value(self) -> float:
        """The sample at the quantile, between two where it falls between them."""
        ordered = sorted(self.samples)
        place = self.quantile * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

    @property
    def verdict(self) -> str:
        """`ok` or `over`; empty without an aim."""
        if self.aim is None:
            return ""
        return "ok" if self.value <= self.aim else "over"

    def as_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            "value": self.value,
            "quantile": self.quantile,
            "samples": list(self.samples),
            "aim": self.aim,
            "verdict": self.verdict,
            "peer_stated": self.peer,
        }


def column(rows: Sequence[dict[str, float]], key: str) -> tuple[float, ...]:
    """One number out of each run's answer."""
    return tuple(row[key] for row in rows)
