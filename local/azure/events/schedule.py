"""Event Grid's documented retry schedule (CONTRACTS 9), with jitter that a seed decides."""

from collections.abc import Iterator

from local.azure.faults.fates import chance

RETRY_SECONDS = (10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600)
LATER_RETRIES_SECONDS = 43_200


def delays(seed: int, jitter: float, about: str) -> Iterator[float]:
    """The seconds before the second try and each later one; `jitter` is the largest share added."""
    for number in range(1_000_000):
        base = RETRY_SECONDS[number] if number < len(RETRY_SECONDS) else LATER_RETRIES_SECONDS
        yield base * (1 + jitter * chance(seed, "retry", about, number))
