"""What Nomad's client does: hold the allocations that run on the node, and clean up after them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from server.embedded import filesystem, records, runner, task

LOG = logging.getLogger(__name__)


class Client:
    """Runs allocations below one directory."""

    def __init__(
        self,
        root: Path,
        surroundings: task.Surroundings,
        report: Callable[[records.Allocation], None],
        kept: int,
    ) -> None:
        self._root = root
        self._surroundings = surroundings
        self._report = report
        self._kept = kept
        self._runners: dict[str, runner.AllocationRunner] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._forgetting: set[asyncio.Task[None]] = set()
        self._finished: list[str] = []

    def run(self, allocation: records.Allocation) -> None:
        """Start an allocation."""
        directory = filesystem.AllocationDirectory(self._root / allocation.id)
        each = runner.AllocationRunner(allocation, directory, self._surroundings, self._report)
        self._runners[allocation.id] = each
        self._running[allocation.id] = asyncio.create_task(self._attend(allocation.id, each))

    def stop(self, allocation: records.Allocation) -> None:
        """Let an allocation's tasks be killed."""
        if allocation.id in self._running:
            self._runners[allocation.id].stop(allocation.migrate)

    def reconnect(self, allocation_id: str) -> None:
        """Note in an allocation's tasks that the servers are heard again, and report it."""
        each = self._runners.get(allocation_id)
        if each is not None:
            each.reconnect()

    def forget(self, allocation_id: str) -> None:
        """Kill what still runs of an allocation and remove its directory."""
        each = self._runners.pop(allocation_id, None)
        if each is not None:
            forgetting = asyncio.create_task(self._destroy(allocation_id, each))
            self._forgetting.add(forgetting)
            forgetting.add_done_callback(self._forgetting.discard)

    def directory(self, allocation_id: str) -> filesystem.AllocationDirectory | None:
        """Return an allocation's directory while it is kept."""
        each = self._runners.get(allocation_id)
        return None if each is None else each.directory

    async def close(self) -> None:
        """Kill everything and wait until it is gone."""
        await asyncio.gather(*(each.destroy() for each in self._runners.values()))
        await asyncio.gather(*self._running.values(), *self._forgetting, return_exceptions=True)

    async def _attend(self, allocation_id: str, each: runner.AllocationRunner) -> None:
        try:
            await each.run()
        finally:
            del self._running[allocation_id]
            self._finished.append(allocation_id)
            while len(self._finished) > self._kept:
                self.forget(self._finished.pop(0))

    async def _destroy(self, allocation_id: str, each: runner.AllocationRunner) -> None:
        await each.destroy()
        running = self._running.get(allocation_id)
        if running is not None:
            await asyncio.wait((running,))
        await asyncio.to_thread(each.directory.remove)
