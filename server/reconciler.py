"""Drives builds: on each hint of Nomad's, and for all unfinished builds every so often, the next step is taken.

Level-triggered: each turn reads the record and the job of the build's phase anew, so that a lost event, a
restarted replica or a second replica costs time and never a build. All waiting happens here, in threads.
"""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from server import record
from server.errors import BuildNotFound, NomadError, NomadUnreachable, ServiceError
from server.nomad import Nomad
from server.steps import Driver
from server.store import Store

_log = logging.getLogger(__name__)

_WORKERS = 4
_RETRY_DELAYS = (0.1, 0.5, 1.0, 2.0, 5.0)  # seconds between attempts while Nomad does not answer
# So many attempts may end with an error that nobody thought of; replicas of another version may do better.
_GIVE_UP_AFTER = 12


class Reconciler:
    """Runs the pipeline of all unfinished builds in background threads, between ``start`` and ``stop``."""

    def __init__(self, nomad: Nomad, store: Store, driver: Driver, resync_interval: float) -> None:
        self._nomad = nomad
        self._store = store
        self._driver = driver
        self._resync_interval = resync_interval
        self._queue = _Queue()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start following Nomad and driving builds; returns at once, also when Nomad is down."""
        loops: list[tuple[str, Callable[[], None]]] = [
            ("events", self._follow_events),
            ("resync", self._resync),
            *((f"worker-{number}", self._work) for number in range(_WORKERS)),
        ]
        for name, loop in loops:
            thread = threading.Thread(target=loop, name=f"reconciler-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop; whatever is left undone, another replica or the next start does."""
        self._stopping.set()
        self._queue.close()
        for thread in self._threads:
            # The event stream may wait for a heartbeat; its thread dies with the process.
            if thread.name != "reconciler-events":
                thread.join(timeout=10)

    def notify(self, build_id: str) -> None:
        """Have a build looked at now."""
        self._queue.put(build_id)

    def _follow_events(self) -> None:
        attempt = 0
        while not self._stopping.is_set():
            try:
                for event in self._nomad.follow_events():
                    attempt = 0
                    if self._stopping.is_set():
                        return
                    if (build_id := record.build_of(event.job_id)) is not None:
                        self._queue.put(build_id)
            except NomadError as error:
                _log.warning("the event stream broke: %s", error.message)
            except Exception:
                # Without this thread every phase would wait for the resync.
                _log.exception("the event stream broke unexpectedly")
            if self._stopping.wait(_RETRY_DELAYS[min(attempt, len(_RETRY_DELAYS) - 1)]):
                return
            # Whatever happened while nobody listened shows in the records.
            self._enqueue_unfinished()
            attempt += 1

    def _resync(self) -> None:
        while not self._stopping.is_set():
            self._enqueue_unfinished()
            self._stopping.wait(self._resync_interval)

    def _enqueue_unfinished(self) -> None:
        try:
            for build_id in self._store.list_unfinished():
                self._queue.put(build_id)
        except NomadError as error:
            _log.warning("the unfinished builds cannot be listed: %s", error.message)

    def _work(self) -> None:
        while (build_id := self._queue.take()) is not None:
            try:
                deadline = self._drive(build_id)
            except NomadUnreachable as error:
                _log.warning("build %s waits for Nomad: %s", build_id, error.message)
                self._queue.retry(build_id)
            except ServiceError as error:
                _log.error("build %s cannot go on: %s", build_id, error)
                self._queue.retry(build_id)
            except Exception:
                # One broken build must not take the thread that drives the others.
                _log.exception("build %s: unexpected error", build_id)
                self._retry_or_give_up(build_id)
            else:
                self._queue.done(build_id, wake_at=deadline)

    def _retry_or_give_up(self, build_id: str) -> None:
        """Try again, but not for ever: whoever waits for the build has to hear of its end."""
        attempts = self._queue.retry(build_id)
        if attempts % _GIVE_UP_AFTER == 0:
            try:
                self._driver.give_up(build_id)
            except Exception:
                _log.exception("build %s: cannot even be given up", build_id)

    def _drive(self, build_id: str) -> datetime | None:
        try:
            return self._driver.drive(build_id)
        except BuildNotFound:
            self._driver.forget(build_id)
            return None


class _Queue:
    """Builds to look at: each is held by one worker at a time, and a hint that comes meanwhile is kept."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._ready: dict[str, None] = {}
        self._taken: dict[str, bool] = {}  # build -> whether it was asked for again meanwhile
        self._timers: list[tuple[float, str]] = []
        self._attempts: dict[str, int] = {}
        self._closed = False

    def put(self, build_id: str) -> None:
        with self._condition:
            self._put(build_id)

    def _put(self, build_id: str) -> None:
        if build_id in self._taken:
            self._taken[build_id] = True
        elif build_id not in self._ready:
            self._ready[build_id] = None
            self._condition.notify()

    def take(self) -> str | None:
        """Wait for a build; None when the queue was closed."""
        with self._condition:
            while not self._closed:
                self._ring()
                if self._ready:
                    build_id = next(iter(self._ready))
                    del self._ready[build_id]
                    self._taken[build_id] = False
                    return build_id
                self._condition.wait(self._until_next_timer())
            return None

    def done(self, build_id: str, wake_at: datetime | None = None) -> None:
        """Give a build back; it comes again at ``wake_at`` at the latest."""
        with self._condition:
            self._attempts.pop(build_id, None)
            self._clear_timer(build_id)
            if wake_at is not None:
                delay = (wake_at - datetime.now(UTC)).total_seconds()
                self._set_timer(build_id, max(delay, 0.0))
            self._release(build_id)

    def retry(self, build_id: str) -> int:
        """Give a build back for another attempt a little later; return how many there were."""
        with self._condition:
            attempt = self._attempts.get(build_id, 0)
            self._attempts[build_id] = attempt + 1
            self._set_timer(build_id, _RETRY_DELAYS[min(attempt, len(_RETRY_DELAYS) - 1)])
            self._taken[build_id] = False
            self._release(build_id)
            return attempt + 1

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def _release(self, build_id: str) -> None:
        if self._taken.pop(build_id):
            self._put(build_id)

    def _set_timer(self, build_id: str, delay: float) -> None:
        self._clear_timer(build_id)
        heapq.heappush(self._timers, (time.monotonic() + delay, build_id))
        self._condition.notify()

    def _clear_timer(self, build_id: str) -> None:
        # A build has one timer at most: whoever looks at it sets the next one.
        self._timers = [timer for timer in self._timers if timer[1] != build_id]
        heapq.heapify(self._timers)

    def _ring(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            self._put(heapq.heappop(self._timers)[1])

    def _until_next_timer(self) -> float | None:
        return max(self._timers[0][0] - time.monotonic(), 0.0) if self._timers else None
