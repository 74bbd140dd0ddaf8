"""The service's metrics, kept for Prometheus: one set for each service, so that a process may run several.

All times are in seconds, and all labels take their values from closed lists: no build, owner or address is one.
Whoever measures reads the clock; only the context managers read it by themselves.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from typing import Literal, get_args

import prometheus_client
import prometheus_client.openmetrics.exposition as openmetrics
from prometheus_client import Counter, Gauge, Histogram

from server.errors import NomadConflict, NomadError, NomadNotFound, NomadUnreachable
from server.record import ALL_PHASES, Phase, Reason

EndStatus = Literal["SUCCEEDED", "FAILED"]
PhaseResult = Literal["succeeded", "failed"]
CallResult = Literal["ok", "conflict", "not_found", "unreachable", "refused"]
WebhookResult = Literal["delivered", "retried", "given_up"]
Removed = Literal["job", "record", "staging_repository", "working_container"]
Submission = Literal["accepted", "repeated", "invalid", "limit", "conflict", "failed"]

_PREFIX = "nomad_build"
# The topics of Nomad's event stream that the service asks for; a heartbeat and what is new are "other".
_TOPICS = ("Job", "Allocation", "Evaluation", "other")
# The first that fits is the result of a call that raised it; whatever else is raised was no answer of Nomad's.
_CALL_RESULTS: tuple[tuple[type[NomadError], CallResult], ...] = (
    (NomadConflict, "conflict"),
    (NomadNotFound, "not_found"),
    (NomadUnreachable, "unreachable"),
    (NomadError, "refused"),
)

_CALL_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_HANDOVER_BUCKETS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10)
_LAG_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_WAIT_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_PHASE_BUCKETS = (0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600, 1200, 1800, 3600, 7200)


class _Registry(prometheus_client.CollectorRegistry):
    """Leaves out the times at which counters were made: they would double the series, and nobody asks."""

    def collect(self) -> Iterable[prometheus_client.Metric]:
        for family in super().collect():
            family.samples = [
                sample for sample in family.samples if not sample.name.endswith("_created")
            ]
            yield family


class Metrics:
    """Counts and measures; may be used from any thread."""

    def __init__(self) -> None:
        self._registry = _Registry()
        self._ended = self._counter("builds", "Builds that have ended", "status", "reason")
        self._phases = self._histogram(
            "phase_seconds",
            "Time from a phase's start to its end",
            _PHASE_BUCKETS,
            "phase",
            "result",
        )
        self._queue_wait = self._histogram(
            "queue_wait_seconds", "Time from a build's submission to its first phase", _WAIT_BUCKETS
        )
        # "builds" is the family of the counter above, which OpenMetrics names without "_total".
        self._unfinished = self._gauge(
            "unfinished_builds", "Builds that have not ended, by what they do", "state"
        )
        self._queue_oldest = self._gauge(
            "queue_oldest_seconds", "Time that the oldest queued build has waited so far"
        )
        self._handover = self._histogram(
            "handover_seconds",
            "Time from the end of a phase's job to the next phase's registration",
            _HANDOVER_BUCKETS,
        )
        self._calls = self._counter("nomad_calls", "Calls of Nomad's API", "call", "result")
        self._call_seconds = self._histogram(
            "nomad_call_seconds", "Time that calls of Nomad's API took", _CALL_BUCKETS, "call"
        )
        self._event_lag = self._histogram(
            "event_lag_seconds",
            "Time from what Nomad tells in an event to the event's arrival",
            _LAG_BUCKETS,
        )
        self._events = self._counter("events", "Events that Nomad sent", "topic")
        self._reconnects = self._counter(
            "event_stream_reconnects", "Times that the event stream had to be opened again"
        )
        self._reconcile = self._histogram(
            "reconcile_seconds", "Time that one look at one build took", _CALL_BUCKETS
        )
        self._resync = self._histogram(
            "resync_seconds", "Time that listing all unfinished builds took", _LAG_BUCKETS
        )
        self._conflicts = self._counter(
            "step_conflicts", "Steps that another replica took first, by check-and-set"
        )
        self._webhooks = self._counter("webhook_attempts", "Attempts to deliver webhooks", "result")
        self._removed = self._counter("cleanup_removed", "Things that a cleanup removed", "kind")
        self._submissions = self._counter("submissions", "Requests for builds", "result")
        self._replicas = self._gauge("replicas", "Replicas of the service that are alive")
        self._show_all()

    def _show_all(self) -> None:
        """Make each series that is known beforehand: a rate needs the 0 from before the first time."""
        self._ended.labels("SUCCEEDED", "")
        for reason in get_args(Reason):
            self._ended.labels("FAILED", reason)
        for phase in ALL_PHASES:
            for phase_result in get_args(PhaseResult):
                self._phases.labels(phase, phase_result)
        for state in ("queued", "running"):
            self._unfinished.labels(state)
        for counter, values in (
            (self._events, _TOPICS),
            (self._webhooks, get_args(WebhookResult)),
            (self._removed, get_args(Removed)),
            (self._submissions, get_args(Submission)),
        ):
            for value in values:
                counter.labels(value)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, namespace=_PREFIX, registry=self._registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(name, meaning, labels, namespace=_PREFIX, registry=self._registry)

    def _histogram(
        self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(
            name, meaning, labels, namespace=_PREFIX, registry=self._registry, buckets=buckets
        )

    def build_ended(self, status: EndStatus, reason: Reason | None = None) -> None:
        """Count a build that has ended; the reason is a failure's."""
        self._ended.labels(status, reason or "").inc()

    def observe_phase(self, phase: Phase, result: PhaseResult, seconds: float) -> None:
        """Keep how long a phase took."""
        self._phases.labels(phase, result).observe(_positive(seconds))

    def observe_queue_wait(self, seconds: float) -> None:
        """Keep how long a build waited for its first phase."""
        self._queue_wait.observe(_positive(seconds))

    def show_builds(self, *, queued: int, running: int, oldest_queued_seconds: float = 0.0) -> None:
        """Tell how many builds have not ended, and for how long the oldest of the queue waits."""
        self._unfinished.labels("queued").set(queued)
        self._unfinished.labels("running").set(running)
        self._queue_oldest.set(_positive(oldest_queued_seconds) if queued else 0.0)

    def observe_handover(self, seconds: float) -> None:
        """Keep how long it took from a phase's end to the next one's registration."""
        self._handover.observe(_positive(seconds))

    @contextlib.contextmanager
    def nomad_call(self, name: str) -> Iterator[None]:
        """Count and time a call of Nomad's API; ``name`` is the adapter's method, never a path."""
        begun = time.monotonic()
        result: CallResult = "unreachable"
        try:
            yield
            result = "ok"
        except NomadError as error:
            result = next(result for kind, result in _CALL_RESULTS if isinstance(error, kind))
            raise
        finally:
            self._calls.labels(name, result).inc()
            self._call_seconds.labels(name).observe(time.monotonic() - begun)

    def event_arrived(self, topic: str, lag_seconds: float | None = None) -> None:
        """Count an event, and keep how late it came if it tells its time."""
        self._events.labels(topic if topic in _TOPICS else "other").inc()
        if lag_seconds is not None:
            self._event_lag.observe(_positive(lag_seconds))

    def event_stream_reconnected(self) -> None:
        """Count that the event stream is opened again."""
        self._reconnects.inc()

    @contextlib.contextmanager
    def reconciling(self) -> Iterator[None]:
        """Time one look at one build, also when it fails."""
        with self._reconcile.time():
            yield

    @contextlib.contextmanager
    def resyncing(self) -> Iterator[None]:
        """Time one reading of the list of all unfinished builds, also when it fails."""
        with self._resync.time():
            yield

    def step_conflicted(self) -> None:
        """Count a step that another replica took first."""
        self._conflicts.inc()

    def webhook_attempted(self, result: WebhookResult) -> None:
        """Count an attempt to deliver: it came, is tried again, or was the last."""
        self._webhooks.labels(result).inc()

    def removed(self, kind: Removed, count: int = 1) -> None:
        """Count what a cleanup removed."""
        self._removed.labels(kind).inc(count)

    def submitted(self, result: Submission) -> None:
        """Count a request for a build by what was made of it."""
        self._submissions.labels(result).inc()

    def show_replicas(self, count: int) -> None:
        """Tell how many replicas are alive."""
        self._replicas.set(count)

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """Return all metrics and their content type, as OpenMetrics if the header Accept asks for that."""
        if "application/openmetrics-text" in accept.lower():
            shown = openmetrics.generate_latest(self._registry)  # type: ignore[no-untyped-call]
            return shown, openmetrics.CONTENT_TYPE_LATEST
        return (
            prometheus_client.generate_latest(self._registry),
            prometheus_client.CONTENT_TYPE_PLAIN_0_0_4,
        )


def _positive(seconds: float) -> float:
    """Return a time that is not negative: clocks of two machines differ, and a sum may only grow."""
    return max(seconds, 0.0)
