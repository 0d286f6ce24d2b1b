"""
The world in memory, for tests: what is written is next read; it can refuse, fail, throttle and lag.

The contract suite (`tests/contracts`) holds these to the same promises as the adapters for Azure.
"""

from tests.fakes.cloud import GRAPH, FakeCloud
from tests.fakes.costs import FakeCosts, FakeReports
from tests.fakes.directory import FakeDirectory
from tests.fakes.fleet import FakeFleet
from tests.fakes.history import FakeHistory
from tests.fakes.keys import FakeKeys
from tests.fakes.ledger import FakeLedger
from tests.fakes.releases import FakeReleases
from tests.fakes.signals import FakeClock, FakeLog, FakeTopic
from tests.fakes.store import FakeStore
from tests.fakes.uses import FakeUses

__all__ = [
    "GRAPH",
    "FakeClock",
    "FakeCloud",
    "FakeCosts",
    "FakeDirectory",
    "FakeFleet",
    "FakeHistory",
    "FakeKeys",
    "FakeLedger",
    "FakeLog",
    "FakeReleases",
    "FakeReports",
    "FakeStore",
    "FakeTopic",
    "FakeUses",
]
