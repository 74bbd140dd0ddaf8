"""Breaks processes at random moments: kills and stops of replicas, stops of the engine, kills at a step's boundary."""

from __future__ import annotations

import contextlib
import functools
import heapq
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.faults.fleet import Fleet
from tests.faults.proxy import Call, When

_log = logging.getLogger(__name__)

KILLED = "replicas killed at a random moment (kill -9)"
KILLED_BEFORE = "replicas killed right before a change (kill -9)"
KILLED_AFTER = "replicas killed right after a change (kill -9)"
REPLICA_STOPPED = "replicas stopped for a while (SIGSTOP)"
ENGINE_STOPPED = "Nomad stopped for a while (SIGSTOP)"
NODE_LOST = "node not heard of for a while"
NODE_DRAINED = "node drained (its tasks run again)"
# How long a replica takes to start on a machine with nothing else to do.
_START_SECONDS = 1.5
_SLOWEST = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Mean seconds between two of the same kind."""

    kill: float = 6.0
    kill_at_boundary: float = 4.0
    stop_replica: float = 15.0
    stop_server: float = 14.0


# What stops a server as long as its context lasts.
Stop = Callable[[], AbstractContextManager[None]]


class Chaos:
    """Breaks a fleet by a seed, and stops the servers that it needs, which are given by their rows of the table."""

    def __init__(self, fleet: Fleet, servers: Mapping[str, Stop], pace: Pace, seed: str) -> None:
        kinds = (KILLED, KILLED_BEFORE, KILLED_AFTER, REPLICA_STOPPED, *servers)
        self.counts: Counter[str] = Counter(dict.fromkeys(kinds, 0))
        self._fleet = fleet
        self._dice = random.Random(f"{seed}/chaos")
        self._over = threading.Event()
        self._armed: When | None = None
        self._lock = threading.Lock()
        self._kinds: list[tuple[str, Callable[[], None], float]] = [
            (KILLED, self._kill, pace.kill),
            ("a kill at a boundary", self._arm, pace.kill_at_boundary),
            (REPLICA_STOPPED, self._stop_replica, pace.stop_replica),
            *(
                (name, functools.partial(self._stop_server, name, stop), pace.stop_server)
                for name, stop in servers.items()
            ),
        ]

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Break things as long as the context lasts; at its end all replicas run."""
        threads = [
            threading.Thread(target=self._break, name="chaos"),
            threading.Thread(target=self._revive, name="revival"),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
            with self._lock:
                self._armed = None
            self._fleet.restore()

    def boundary(self, call: Call, when: When) -> bool:
        """Kill the caller at this boundary when one was asked for."""
        with self._lock:
            if self._armed != when or not call.belongs_to_a_build:
                return False
            self._armed = None
        if self._fleet.find(call.replica).kill():
            self.counts[KILLED_BEFORE if when == "before" else KILLED_AFTER] += 1
            _log.info("%s killed %s %s %s", call.replica, when, call.method, call.path)
        return True

    def _break(self) -> None:
        now = time.monotonic()
        due = [(now + self._wait(mean), number) for number, (*_, mean) in enumerate(self._kinds)]
        heapq.heapify(due)
        while due:
            at, number = due[0]
            if self._over.wait(max(0.0, at - time.monotonic())):
                return
            name, act, mean = self._kinds[number]
            _log.info("now: %s", name)
            act()
            _log.info("done: %s", name)
            heapq.heapreplace(due, (time.monotonic() + self._wait(mean), number))

    def _wait(self, mean: float) -> float:
        """Choose the time until the next: longer on a machine that is slow to start what was killed."""
        slowness = min(max(1.0, self._fleet.start_seconds / _START_SECONDS), _SLOWEST)
        return self._dice.uniform(0.3, 1.7) * mean * slowness

    def _revive(self) -> None:
        """Start what was killed, a moment later."""
        dice = random.Random(self._dice.random())
        while not self._over.wait(dice.uniform(0.2, 1.0)):
            self._fleet.revive()

    def _kill(self) -> None:
        if self._fleet.choose(self._dice).kill():
            self.counts[KILLED] += 1

    def _arm(self) -> None:
        with self._lock:
            self._armed = self._dice.choice(("before", "after"))

    def _stop_replica(self) -> None:
        with self._fleet.choose(self._dice).stopped():
            self.counts[REPLICA_STOPPED] += 1
            self._over.wait(self._dice.uniform(0.5, 4.0))

    def _stop_server(self, name: str, stop: Stop) -> None:
        with stop():
            self.counts[name] += 1
            self._over.wait(self._dice.uniform(0.3, 3.0))
