"""Chance that repeats itself: the same seed draws the same estate, and each hub draws for itself."""

import random
from collections.abc import Mapping, Sequence


class Chance:
    """A stream of draws of its own; a hub drawn alone comes out as it does among a thousand."""

    def __init__(self, seed: int, *about: object) -> None:
        self._random = random.Random(f"{seed}/{about}")  # noqa: S311 - made-up names, no secrets

    def happens(self, share: float) -> bool:
        """True in this share of all draws, from 0 to 1."""
        return self._random.random() < share

    def one[T](self, choices: Sequence[T]) -> T:
        """Any of them, all alike."""
        return self._random.choice(choices)

    def weighted[T](self, choices: Mapping[T, int]) -> T:
        """Any of them, the heavier the more often."""
        return self._random.choices(list(choices), list(choices.values()))[0]

    def some[T](self, choices: Sequence[T], most: int) -> list[T]:
        """None to `most` of them, none twice."""
        return self._random.sample(choices, self._random.randint(0, min(most, len(choices))))

    def days(self, most: int) -> int:
        """A number of days, from 0 to `most`."""
        return self._random.randint(0, most)
