"""Rows of which Azure says that a call of them is too large (413)."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.adapters.log_analytics import LogAnalytics
from shared.model.errors import Rejected
from shared.model.tables import FINDINGS
from tests.adapters.script import FixedCredential, Script
from tests.fakes import FakeClock

ROWS = [{"RunId": str(number), "Message": "x" * 3_000} for number in range(5)]


@pytest_asyncio.fixture
async def log(script: Script) -> AsyncIterator[LogAnalytics]:
    """Log Analytics behind the script."""
    own = LogAnalytics(FixedCredential(), script.url, "dcr-1", FakeClock())
    yield own
    await own.close()


async def test_halves(log: LogAnalytics, script: Script) -> None:
    """What is refused goes in two calls; each row is in one call that was taken."""
    for status in (413, 413, 204):
        script.answer(status)
    await log.write(FINDINGS, ROWS)

    assert [[row["RunId"] for row in call.body] for call in script.asked] == [
        ["0", "1", "2", "3", "4"],
        ["0", "1"],
        ["0"],
        ["1"],
        ["2", "3", "4"],
    ]


async def test_a_row_alone_too_large(log: LogAnalytics, script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """It goes with shorter texts, which say so; its ids stay as they are."""
    script.answer(413)
    script.answer(204)
    await log.write(FINDINGS, ROWS[:1])

    whole, cut = (call.body[0] for call in script.asked)
    assert whole == ROWS[0]
    assert cut == {"RunId": "0", "Message": "x" * 1_000 + "… (2000 characters cut)"}
    assert f"rows.too_large table={FINDINGS} rows=1" in caplog.text


async def test_what_is_too_large_however_small(log: LogAnalytics, script: Script) -> None:
    """There is an end to it, and the error says what Azure said."""
    script.answer(413)
    with pytest.raises(Rejected, match="413"):
        await log.write(FINDINGS, ROWS)

    assert len(script.asked) < 12
    assert len(script.asked[-1].body[0]["Message"]) < 150


async def test_another_refusal_is_not_tried_in_halves(log: LogAnalytics, script: Script) -> None:
    """Only size is mended by less."""
    script.answer(400)
    with pytest.raises(Rejected, match="400"):
        await log.write(FINDINGS, ROWS)

    assert len(script.asked) == 1
