"""Log correlation: every line a function writes names its function and its invocation, also under concurrency."""

import asyncio
import re

from tests.local.host.driver import MASTER, running


async def test_lines_of_concurrent_runs_keep_their_invocation(storage: str) -> None:
    """Of sixty runs at once, on the loop and in the thread pool, each line carries the id its run was told."""
    async with running(storage) as host:
        paths = [f"/api/log/token{number}" for number in range(40)] + [f"/api/pool/token{n}" for n in range(20)]
        answers = await asyncio.gather(*(host.request("GET", path) for path in paths))
        last = answers[-1][1]
        await host.logged(lambda record: f"(Succeeded, Id={last})" in record["message"])
        assert len({invocation for _, invocation in answers}) == 60
        lines = [record for record in host.records if record["category"] == "User"]
        assert len(lines) == 40 * 3 + 20
        for line in lines:
            kind, *_, told = line["message"].split(" ")
            assert (line["function"], line["invocation"]) == (f"log_{kind}", told)


async def test_text_line(storage: str) -> None:
    """Without JSON, a line shows time, level, category, function, invocation and text."""
    async with running(storage, options={"json_logs": False}) as host:
        _, invocation = await host.request("GET", "/api/log/abc")
        pattern = re.compile(rf"\S+\+00:00 INFO +User \[log_async {invocation}\] async abc 0 {invocation}")
        assert await host.line(pattern)


async def test_message_of_several_lines(storage: str) -> None:
    """Lines that a message quotes are indented, so that none passes for a log line of its own."""
    async with running(storage, options={"json_logs": False}) as host:
        await host.notify({"id": "abc\n2026-11-21 forged", "data": {}})
        assert await host.line(re.compile(r"^    2026-11-21 forged$"))


async def test_keys_are_not_logged(storage: str) -> None:
    """No line shows the key a caller used, also when everything is logged."""
    async with running(storage, options={"verbose": True}) as host:
        assert (await host.request("GET", "/api/secret", params={"code": MASTER}))[0] == 200
        await host.logged(lambda record: "Executed 'Functions.secret'" in record["message"])
        assert not [line for line in host.errors if MASTER in line or "AccountKey" in line]
