"""What every command ends in: an error of ours in its own words, and the moment at which it was asked."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime

from shared.model.errors import HubwardenError


def told(work: Callable[[], int]) -> int:
    """Run a command; an error of ours becomes its own words on standard error, never a stack trace."""
    try:
        return work()
    except HubwardenError as error:
        print(f"hubwarden: {error}", file=sys.stderr)
        return 1


def clock() -> datetime:
    """The moment, in UTC; tests give commands another one."""
    return datetime.now(UTC)  # noqa: TID251 - a command is asked at a moment, and this is where it learns which
