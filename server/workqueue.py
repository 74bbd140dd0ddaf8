"""Builds to look at: each is held by one worker at a time, and a hint that comes meanwhile is kept."""

from __future__ import annotations

import heapq
import threading
import time
from datetime import timedelta

# One turn in so many is kept for builds that can wait, so that they do not wait for ever.
_KEPT_TURNS = 4
RETRY_DELAYS = (0.1, 0.5, 1.0, 2.0, 5.0)  # seconds between attempts while Nomad does not answer


class WorkQueue:
    """A queue of build ids without repetitions, with a timer for each build."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._ready: dict[str, None] = {}
        self._patient: dict[str, None] = {}
        self._turns = 0
        self._taken: dict[str, bool] = {}  # build -> whether it was asked for again meanwhile
        self._timers: list[tuple[float, str]] = []
        self._due: dict[str, float] = {}  # build -> its timer; others of it on the heap are void
        self._attempts: dict[str, int] = {}
        self._closed = False

    def put(self, build_id: str) -> None:
        """Have a build looked at now."""
        with self._condition:
            self._put(build_id)

    def put_patient(self, build_id: str) -> None:
        """Have a build looked at soon: those of which there is news go before it."""
        with self._condition:
            if build_id in self._taken:
                self._taken[build_id] = True
            elif build_id not in self._ready:
                self._patient[build_id] = None
                self._condition.notify()

    def take(self) -> str | None:
        """Wait for a build; None when the queue was closed."""
        with self._condition:
            while not self._closed:
                self._ring()
                if self._ready or self._patient:
                    build_id = self._choose()
                    self._taken[build_id] = False
                    return build_id
                self._condition.wait(self._until_next_timer())
            return None

    def done(self, build_id: str, wake_in: timedelta | None = None) -> None:
        """Give a build back; it comes again after ``wake_in`` at the latest."""
        with self._condition:
            self._attempts.pop(build_id, None)
            self._due.pop(build_id, None)
            if wake_in is not None:
                self._set_timer(build_id, max(wake_in.total_seconds(), 0.0))
            self._release(build_id)

    def retry(self, build_id: str) -> int:
        """Give a build back for another attempt a little later; return how many there were."""
        with self._condition:
            attempt = self._attempts.get(build_id, 0)
            self._attempts[build_id] = attempt + 1
            self._set_timer(build_id, RETRY_DELAYS[min(attempt, len(RETRY_DELAYS) - 1)])
            self._taken[build_id] = False
            self._release(build_id)
            return attempt + 1

    def close(self) -> None:
        """Let all workers go."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def _choose(self) -> str:
        self._turns += 1
        kept = bool(self._patient) and self._turns % _KEPT_TURNS == 0
        line = self._patient if kept or not self._ready else self._ready
        build_id = next(iter(line))
        del line[build_id]
        return build_id

    def _put(self, build_id: str) -> None:
        self._patient.pop(build_id, None)
        if build_id in self._taken:
            self._taken[build_id] = True
        elif build_id not in self._ready:
            self._ready[build_id] = None
            self._condition.notify()

    def _release(self, build_id: str) -> None:
        if self._taken.pop(build_id):
            self._put(build_id)

    def _set_timer(self, build_id: str, delay: float) -> None:
        due = time.monotonic() + delay
        self._due[build_id] = due
        heapq.heappush(self._timers, (due, build_id))
        self._condition.notify()

    def _ring(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            due, build_id = heapq.heappop(self._timers)
            if self._due.get(build_id) == due:
                del self._due[build_id]
                self._put(build_id)

    def _until_next_timer(self) -> float | None:
        return max(self._timers[0][0] - time.monotonic(), 0.0) if self._timers else None
