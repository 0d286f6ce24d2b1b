"""
Allocates one month in this process, and says how long that took and how much memory the process had at most.

Reads a JSON object from standard input: how many `families` of resources there are, and how many `charges`. The peak is
the kernel's own, with the month itself in it: half of it is the charges and the history of tags.
"""

import json
import resource
import sys
import time

from bench import charges
from bench.fresh import MAXRSS
from bench.machine import MIB
from shared.costs.allocation import allocate


def main(asked: dict[str, int]) -> dict[str, float]:
    """Seconds of the allocation, and the peak in MiB."""
    bills = charges.bills(asked["families"], asked["charges"])
    periods = charges.periods(asked["families"])
    began = time.perf_counter()
    allocate(charges.MONTH, bills, periods, charges.SCHEMA, charges.NOW)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS / MIB
    return {"seconds": seconds, "peak": peak}


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
