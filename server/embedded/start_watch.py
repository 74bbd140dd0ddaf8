"""When containers start: the engine's events -> whoever waits for a container.

One ``docker events`` for all tasks; should it break off, it is begun anew, and those who wait look for
themselves meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from server.embedded import commands

RETRY_SECONDS = 1.0


class StartWatch:
    """Follows the start events of the containers with one label."""

    def __init__(self, cli: str, label: str) -> None:
        self._arguments = (
            cli, "events", "--filter", f"label={label}", "--filter", "event=start",
            "--format", "{{.ID}}",
        )  # fmt: skip
        self._waiting: dict[str, asyncio.Event] = {}
        self._following: asyncio.Task[None] | None = None
        self._rest = b""

    def open(self) -> None:
        """Begin to follow."""
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """End following."""
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following

    @contextlib.contextmanager
    def expect(self, container: str) -> Iterator[asyncio.Event]:
        """Give an event that is set when the container starts."""
        started = asyncio.Event()
        self._waiting[container] = started
        try:
            yield started
        finally:
            del self._waiting[container]

    async def _follow(self) -> None:
        while True:
            await commands.stream(self._arguments, self._take, _ignore)
            self._rest = b""
            await asyncio.sleep(RETRY_SECONDS)

    def _take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            started = self._waiting.get(line.decode("ascii", "replace").strip())
            if started is not None:
                started.set()


def _ignore(data: bytes) -> None:
    del data
