"""Drives builds: on each hint of Nomad's, and on what a survey of all live builds finds every so often.

Level-triggered: each turn reads the record and the job of the build's phase anew, so that a lost event, a
restarted replica or a second replica costs time and never a build. All waiting happens here, in threads.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from server import logbook, record, steps
from server.admission import Entry, Verdict
from server.config import Config
from server.errors import BuildNotFound, NomadError, NomadUnreachable, ServiceError
from server.hints import Hints
from server.metrics import Metrics
from server.news import News
from server.nomad import Event, Nomad
from server.replicas import BEAT_SECONDS, Replicas
from server.steps import Driver
from server.store import Store
from server.survey import Survey
from server.turns import Turns
from server.workqueue import RETRY_DELAYS, WorkQueue

_log = logging.getLogger(__name__)

_WORKERS = 4
# So many attempts may end with an error that nobody thought of; replicas of another version may do better.
_GIVE_UP_AFTER = 12


class Reconciler:
    """Runs the pipeline of all live builds in background threads, between ``start`` and ``stop``."""

    def __init__(
        self,
        nomad: Nomad,
        store: Store,
        driver: Driver,
        config: Config,
        *,
        replicas: Replicas,
        metrics: Metrics,
        queue: WorkQueue,
        news: News,
    ) -> None:
        self._nomad = nomad
        self._store = store
        self._driver = driver
        self._config = config
        self._replicas = replicas
        self._metrics = metrics
        self._queue = queue
        self._news = news
        self._turns = Turns(store, config)
        self._survey = Survey()
        self._hints = Hints()
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._survey_wanted = True
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start following Nomad and driving builds; returns at once, also when Nomad is down."""
        loops: list[tuple[str, Callable[[], None]]] = [
            ("events", self._follow_events),
            ("replicas", self._beat),
            ("survey", self._survey_regularly),
            *((f"worker-{number}", self._work) for number in range(_WORKERS)),
        ]
        for name, loop in loops:
            thread = threading.Thread(target=loop, name=f"reconciler-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop; whatever is left undone, another replica or the next start does."""
        self._stopping.set()
        self._wake.set()
        self._queue.close()
        for thread in self._threads:
            # The event stream may wait for a heartbeat; its thread dies with the process.
            if thread.name != "reconciler-events":
                thread.join(timeout=10)
        self._replicas.leave()

    def notify(self, build_id: str) -> None:
        """Have a build looked at now, whoever looks after it otherwise."""
        self._queue.put(build_id)

    def _follow_events(self) -> None:
        attempt = 0
        while not self._stopping.is_set():
            try:
                for event in self._nomad.follow_events():
                    attempt = 0
                    if self._stopping.is_set():
                        return
                    self._take_hint(event)
            except NomadError as error:
                _log.warning("the event stream broke: %s", error.message)
            except Exception:
                # Without this thread every phase would wait for the survey.
                _log.exception("the event stream broke unexpectedly")
            if self._stopping.wait(RETRY_DELAYS[min(attempt, len(RETRY_DELAYS) - 1)]):
                return
            self._metrics.event_stream_reconnected()
            # Whatever happened while nobody listened shows in the survey.
            self._want_survey()
            attempt += 1

    def _take_hint(self, event: Event) -> None:
        build_id = record.build_of(event.job_id)
        if build_id is None:
            return
        self._news.tell(build_id)
        now = self._nomad.clock.now().timestamp()
        self._metrics.event_arrived(event.topic, now - event.time / 1e9 if event.time else None)
        if self._hints.are_news(build_id, event) and self._replicas.owns(build_id):
            self._queue.put(build_id)

    def _beat(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._replicas.beat():
                    _log.info("replicas: %s", ", ".join(self._replicas.alive))
                    self._want_survey()
                self._metrics.show_replicas(len(self._replicas.alive))
            except NomadError as error:
                _log.warning("the replicas cannot be read: %s", error.message)
            except Exception:
                _log.exception("the replicas cannot be read")
            self._stopping.wait(BEAT_SECONDS)

    def _want_survey(self) -> None:
        self._survey_wanted = True
        self._wake.set()

    def _survey_regularly(self) -> None:
        """Survey every so often and when it is wanted; between, see whose turn has come when a build was put away."""
        due = 0.0
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                if self._survey_wanted or time.monotonic() >= due:
                    self._survey_wanted = False
                    with self._metrics.resyncing():
                        self._look_around()
                    due = time.monotonic() + self._config.resync_interval
                else:
                    self._promote()
            except NomadError as error:
                _log.warning("the live builds cannot be listed: %s", error.message)
                self._survey_wanted = True
                self._stopping.wait(RETRY_DELAYS[1])
                continue
            except Exception:
                _log.exception("the live builds cannot be listed")
                self._survey_wanted = True
                self._stopping.wait(RETRY_DELAYS[-1])
                continue
            self._wake.wait(max(due - time.monotonic(), 0.0))

    def _look_around(self) -> None:
        """Find the builds that need a look, by five lists."""
        jobs = [
            stub
            for phase in record.ALL_PHASES
            for stub in self._nomad.list_jobs(f"{phase}-", alive=True)
        ]
        # The builds after the jobs: a build that is new to the second list may only have no job yet.
        entries = self._store.list_live()
        owned = {each.build_id: self._replicas.owns(each.build_id) for each in entries}
        self._hints.keep(owned)
        self._note_queue(entries, verdicts := self._turns.decide(entries))
        for build_id in self._survey.take(entries, verdicts, jobs, owned):
            # Most of them only changed as their events have told already.
            self._queue.put_patient(build_id)
        for build_id in self._survey.promote(verdicts, self._hints.begun()):
            self._queue.put(build_id)

    def _promote(self) -> None:
        """Have the builds looked at whose turn has come, as another one was put away."""
        verdicts = self._turns.decide(self._store.list_live())
        for build_id in self._survey.promote(verdicts, self._hints.begun()):
            self._queue.put(build_id)

    def _note_queue(self, entries: tuple[Entry, ...], verdicts: dict[str, Verdict]) -> None:
        queued = [each for each in entries if not verdicts[each.build_id].admitted]
        now = self._nomad.clock.now()
        oldest = max(((now - each.created_at).total_seconds() for each in queued), default=0.0)
        running = len(entries) - len(queued)
        self._metrics.show_builds(queued=len(queued), running=running, oldest_queued_seconds=oldest)

    def _work(self) -> None:
        while (build_id := self._queue.take()) is not None:
            with logbook.bind(build=build_id):
                self._look_at(build_id)

    def _look_at(self, build_id: str) -> None:
        try:
            with self._metrics.reconciling():
                deadline = self._drive(build_id)
            self._news.tell(build_id)
        except NomadUnreachable as error:
            _log.warning("waits for Nomad: %s", error.message)
            self._queue.retry(build_id)
        except ServiceError as error:
            _log.error("cannot go on: %s", error)
            self._queue.retry(build_id)
        except Exception:
            # One broken build must not take the thread that drives the others.
            _log.exception("unexpected error")
            self._retry_or_give_up(build_id)
        else:
            wake_in = None if deadline is None else deadline - self._nomad.clock.now()
            self._queue.done(build_id, wake_in)
            if deadline is None:
                # One build less: it may be another one's turn.
                self._wake.set()

    def _retry_or_give_up(self, build_id: str) -> None:
        """Try again, but not for ever: whoever waits for the build has to hear of its end."""
        attempts = self._queue.retry(build_id)
        if attempts % _GIVE_UP_AFTER == 0:
            try:
                self._driver.give_up(build_id)
            except Exception:
                _log.exception("cannot even be given up")
            # It may have been put away: then it may be another one's turn.
            self._wake.set()

    def _drive(self, build_id: str) -> datetime | None:
        try:
            return self._driver.drive(build_id)
        except BuildNotFound:
            return self._forget(build_id)

    def _forget(self, build_id: str) -> datetime | None:
        """Give up what was announced long ago and never submitted."""
        for entry in self._store.list_live():
            if entry.build_id == build_id:
                now = self._nomad.clock.now()
                wait = timedelta(seconds=steps.ANNOUNCEMENT_SECONDS) - (now - entry.created_at)
                if wait > timedelta():
                    return now + wait
                self._store.abandon(entry)
        return None
