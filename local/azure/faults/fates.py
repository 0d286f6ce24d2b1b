"""What chance decides: the same for the same seed and the same words, whatever happens beside.

A fate hangs on what it is about (the third GET of this path) and never on what came before it elsewhere, so that a run
with many parallel requests can be repeated.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from statistics import NormalDist

_BITS = 53
_NORMAL = NormalDist()


class Ending(StrEnum):
    """How a long-running operation ends."""

    SUCCEEDS = "succeeds"
    FAILS = "fails"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Passage:
    """How an event reaches one subscription: after a delay in seconds, so many times; 0 copies: never."""

    copies: int = 1
    delay: float = 0.0


def chance(seed: int, *about: object) -> float:
    """A number from 0 up to 1 that only the seed and what it is about decide."""
    words = "\0".join(map(str, (seed, *about)))
    return (int.from_bytes(blake2b(words.encode(), digest_size=8).digest()) >> (64 - _BITS)) / (1 << _BITS)


def log_normal(median: float, sigma: float, luck: float) -> float:
    """The value of a log-normal distribution at a chance from 0 to 1: half of them are below the median."""
    if sigma == 0:
        return median
    return median * math.exp(sigma * _NORMAL.inv_cdf(min(max(luck, 1e-9), 1 - 1e-9)))
