"""Those who use the service while it breaks: they submit, ask how it goes, kill; and never give up."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import requests

from tests.faults.book import Book, Build
from tests.faults.fleet import Fleet
from tests.faults.meddle import Meddle

_SUBMITTERS = 3
_WATCHERS = 3
_CALL_SECONDS = 20.0
_PAUSE_SECONDS = 0.1


class Lost(Exception):
    """No answer, or one that says to try again: whether the call was done is not known."""


class Refused(Exception):
    """The service will not do it, however often it is asked."""


class Caller:
    """Calls tools over plain HTTP."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, address: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call a tool once.

        Raises:
            Lost: worth another attempt.
            Refused: not worth one.
        """
        try:
            answer = self._session.post(
                f"{address}/mcp/{tool}", json=arguments, timeout=_CALL_SECONDS
            )
            content = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise Lost(str(error)) from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Lost(answer.text)
        if not answer.ok:
            msg = f"{tool} answered {answer.status_code}: {answer.text}"
            raise Refused(msg)
        return dict(content)


class User:
    """One who uses the service, and asks one replica after another until one answers."""

    def __init__(self, fleet: Fleet, seed: str, over: threading.Event, meddle: Meddle) -> None:
        self.counts: Counter[str] = Counter()
        self._caller = Caller()
        self._fleet = fleet
        self._meddle = meddle
        self._dice = random.Random(seed)
        self._over = over

    def insist(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        """Call a tool until it answers; None when time is over."""
        while not self._over.is_set():
            try:
                return self._caller.call(self._fleet.choose(self._dice).address, tool, arguments)
            except Lost:
                self.counts[f"{tool} without an answer"] += 1
                self._over.wait(_PAUSE_SECONDS)
        return None

    def submit(self, build: Build) -> None:
        """Submit a build."""
        build.began = time.monotonic()
        try:
            answer = self.insist("submitJob", {"jobConfig": build.request})
        except Refused as error:
            build.refused = time.monotonic()
            build.end = {"status": "REFUSED", "why": str(error)}
            return
        if answer is not None:
            build.accepted = time.monotonic()
            build.id = answer["jobID"]

    def look(self, build: Build) -> None:
        """Ask how a build goes; note its end, and do to it what its scenario wants."""
        try:
            answer = self.insist("getStatus", {"jobID": build.id})
            if answer is None:
                return
            build.seen = answer
            if answer["status"] in ("SUCCEEDED", "FAILED"):
                build.ended = time.monotonic()
                build.end = answer
            elif build.plan.meddling and "test" in answer["phases"]:
                if build.plan.meddling == "kill":
                    self.insist("killJob", {"jobID": build.id})
                elif build.plan.meddling != "move" or not build.moved:
                    build.moved = self._meddle(build)
        except Refused as error:
            build.problems.append(str(error))

    def look_again(self, build: Build) -> None:
        """Ask once more for a build's end: it stays as it is, whoever is asked."""
        now = self.insist("getStatus", {"jobID": build.id})
        if now is not None and _essence(now) != _essence(build.end):
            build.problems.append(f"ended {_essence(build.end)}, later {_essence(now)}")


class Crowd:
    """Submits a book's builds spread over some seconds, and follows each to its end."""

    def __init__(self, book: Book, fleet: Fleet, meddle: Meddle, seconds: float, seed: str) -> None:
        self._book = book
        self._seconds = seconds
        self._waiting = iter(book.builds)
        self._over = threading.Event()
        self._begin = time.monotonic()
        self._submitters = [
            User(fleet, f"{seed}/submitter-{number}", self._over, meddle)
            for number in range(_SUBMITTERS)
        ]
        self._watchers = [
            User(fleet, f"{seed}/watcher-{number}", self._over, meddle)
            for number in range(_WATCHERS)
        ]

    @property
    def counts(self) -> Counter[str]:
        """How often there was no answer."""
        return sum((user.counts for user in (*self._submitters, *self._watchers)), Counter())

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Have all of them work as long as the context lasts."""
        self._begin = time.monotonic()
        threads = [
            *(threading.Thread(target=self._submit, args=(user,)) for user in self._submitters),
            *(threading.Thread(target=self._watch, args=(n,)) for n in range(_WATCHERS)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def read_again(self) -> None:
        """Ask once more for all ends, when nothing breaks any more."""
        self._over.clear()
        for build in self._book.builds:
            if build.id and build.end:
                self._watchers[0].look_again(build)

    def _submit(self, user: User) -> None:
        while (build := self._next()) is not None:
            due = self._begin + self._seconds * build.number / len(self._book.builds)
            if self._over.wait(max(0.0, due - time.monotonic())):
                return
            user.submit(build)

    def _next(self) -> Build | None:
        with self._book.lock:
            return next(self._waiting, None)

    def _watch(self, number: int) -> None:
        while not self._over.is_set():
            for build in self._book.open_builds():
                if build.number % _WATCHERS == number:
                    self._watchers[number].look(build)
                    if self._over.wait(_PAUSE_SECONDS):
                        return
            self._over.wait(_PAUSE_SECONDS)


def _essence(answer: dict[str, Any]) -> tuple[Any, ...]:
    failure = answer.get("failure") or {}
    return answer["status"], failure.get("reason"), answer.get("digest"), answer.get("endedAt")
