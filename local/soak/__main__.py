"""`python -m local.soak keys`: months of key rotation in minutes."""

import argparse
import sys
from dataclasses import fields

from rich.console import Console

from local.azure.faults.plans import PLANS
from local.soak.keys import Soak, run


def main() -> int:
    """Read the command line, and soak."""
    parser = argparse.ArgumentParser(prog="python -m local.soak", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    keys = what.add_parser("keys", help="rotate keys for months under clients that call all the time")
    for one in fields(Soak):
        choices = sorted(PLANS) if one.name == "faults" else None
        keys.add_argument(f"--{one.name}", type=type(one.default), default=one.default, choices=choices)
    given = vars(parser.parse_args())
    given.pop("what")
    return run(Soak(**given), Console(highlight=False))


if __name__ == "__main__":
    sys.exit(main())
