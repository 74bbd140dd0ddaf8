"""What an agent pays for a build: calls, and bytes of what it reads, by fixed strategies."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, types

from tests.agents.stage import REQUEST, Stage

# Of a build's time the phases' parts.
_TEST_PART, _PUBLISH_PART = 0.05, 0.02
CALLS_LIMIT = 30
BYTES_LIMIT = 20_000
CAUSE_LIMIT = 3_000
MINUTES = (1, 5, 20)


@dataclass(slots=True, kw_only=True)
class Bill:
    """What a strategy has cost: ``read`` is what the model reads, ``sent`` the whole results on the wire."""

    strategy: str
    minutes: float
    calls: int = 0
    read: int = 0
    sent: int = 0
    cause: int = 0
    answers: list[dict[str, Any]] = field(default_factory=list)

    def add(self, result: types.CallToolResult) -> dict[str, Any]:
        """Add a call; return what it answered. Clients forward the text or the structured content, never both."""
        assert not result.is_error, result.content
        (content,) = result.content
        assert isinstance(content, types.TextContent)
        self.calls += 1
        self.read += len(content.text.encode())
        self.sent += len(result.model_dump_json(by_alias=True, exclude_none=True).encode())
        answer: dict[str, Any] | None = result.structured_content
        assert answer is not None
        self.answers.append(answer)
        return answer


async def build_and_wait(client: Client, bill: Bill, seconds: int) -> dict[str, Any]:
    """Submit, then wait until the build has ended: all that an agent has to do."""
    submitted = bill.add(await client.call_tool("submitJob", REQUEST))
    while True:
        wait = {"jobID": submitted["jobID"], "seconds": seconds}
        answer = bill.add(await client.call_tool("waitJob", wait, read_timeout_seconds=90))
        if answer["finished"]:
            return answer


async def find_cause(client: Client, bill: Bill, build_id: str) -> dict[str, Any]:
    """Ask once, as an agent does that comes back after the end; note what that costs."""
    before = bill.read
    answer = bill.add(await client.call_tool("getStatus", {"jobID": build_id}))
    bill.cause = bill.read - before
    return answer


def play(minutes: float, *, fails: bool, seconds: int = 45) -> Bill:
    """Play a strategy against a build of so many minutes, with waits of so many seconds."""
    bill = Bill(strategy="fail, find the cause" if fails else "succeed", minutes=minutes)
    with tempfile.TemporaryDirectory(prefix="economy-") as folder:
        stage = Stage(Path(folder))
        whole = minutes * 60
        if fails:
            stage.build_badly(whole)
        else:
            test, publish = whole * _TEST_PART, whole * _PUBLISH_PART
            stage.build_well(whole - test - publish, test, publish)
        with stage.run() as address:
            anyio.run(_play, f"{address}/mcp", bill, fails, seconds)
    return bill


async def _play(address: str, bill: Bill, fails: bool, seconds: int) -> None:
    async with Client(address) as client:
        ended = await build_and_wait(client, bill, seconds)
        assert ended["status"] == ("FAILED" if fails else "SUCCEEDED"), ended
        if fails:
            found = await find_cause(client, bill, ended["jobID"])
            # The answer that the build has ended has said it already.
            assert found["failure"] == ended["failure"]


def play_all() -> Iterator[Bill]:
    """Play both strategies for builds of all lengths, all at the same time."""
    plays = [(minutes, fails) for minutes in MINUTES for fails in (False, True)]
    with ThreadPoolExecutor(len(plays)) as pool:
        yield from pool.map(lambda each: play(each[0], fails=each[1]), plays)


def write(bills: list[Bill]) -> str:
    """Return the bills as a table."""
    lines = [
        "| build | minutes | calls | bytes read | bytes on the wire | the cause, in one call after the end |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for bill in bills:
        cause = f"{bill.cause:,} bytes" if bill.cause else ""
        lines.append(
            f"| {bill.strategy} | {bill.minutes:g} | {bill.calls} | {bill.read:,} | {bill.sent:,} | {cause} |"
        )
    return "\n".join(lines) + "\n"
