"""A registry that stands still, or dies and comes back, in the middle of a push."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

from server.lab import Lab, registry
from tests.faults import fleet
from tests.faults.book import Outage

STOPPED = "registry stopped in the middle of a push (SIGSTOP)"
KILLED = "registry killed in the middle of a push (kill -9)"
# What a build that met a dead registry may give as the reason for its end.
_REASONS = frozenset({"registry_unreachable", "image_pull"})
_PUSH_SECONDS = 4.0
_POLL_SECONDS = 0.02
_START_SECONDS = 30.0
_PUSH = re.compile(rb'"(?:POST|PATCH|PUT) /v2/')


class UnsteadyRegistry:
    """A lab's registry, broken on purpose; what stands in for it is stopped by ``close``."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.outages: list[Outage] = []
        self._first = lab.registry
        self._current = lab.registry
        self._folder = folder

    def close(self) -> None:
        """Stop the registry if it is not the lab's own any more."""
        if self._current is not self._first:
            self._current.stop()

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Have it stand still as long as the context lasts."""
        self._await_push()
        with fleet.stopped(self._current.process.pid):
            yield

    @contextlib.contextmanager
    def killed(self) -> Iterator[None]:
        """Kill it and start it again at once; connections and half-sent blobs are gone."""
        self._await_push()
        began = time.monotonic()
        self._current.process.kill()
        self._current = self._start_again()
        self.outages.append(Outage(since=began, until=time.monotonic(), reasons=_REASONS))
        yield

    def _start_again(self) -> registry.Registry:
        """Start it where it was; meanwhile a client's connection may have been given its port for a moment."""
        end = time.monotonic() + _START_SECONDS
        while True:
            (self._folder / "port").write_text(self._first.address.rpartition(":")[2])
            started = registry.start(self._folder)
            if started.address == self._first.address:
                return started
            started.stop()
            if time.monotonic() > end:
                msg = f"{self._first.address} cannot be had again"
                raise RuntimeError(msg)
            time.sleep(_POLL_SECONDS)

    def _await_push(self) -> None:
        """Wait until somebody has begun to send something, but not for long."""
        log = self._current.process.log
        position = log.stat().st_size
        end = time.monotonic() + _PUSH_SECONDS
        while time.monotonic() < end:
            with log.open("rb") as lines:
                lines.seek(position)
                if _PUSH.search(lines.read()):
                    return
            time.sleep(_POLL_SECONDS)
