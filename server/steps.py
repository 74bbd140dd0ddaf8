"""Carries out what the pipeline decides, one build at a time: reads Nomad, takes the step, writes the record.

Each step can be interrupted anywhere and repeated by anyone: records change by check-and-set before a job of
the next phase is registered, and registering a job that is there does nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from ulid import ULID

import generator
from server import deadlines, diagnosis, jobs, logbook, pipeline, record
from server.cluster import Allocation
from server.config import Config
from server.errors import BuildNotFound, NomadError, NomadUnreachable
from server.metrics import Metrics, PhaseResult
from server.nomad import Nomad
from server.planning import Planner
from server.policy import Policy
from server.record import RUNNING, Delivery, Failure, Kill, Phase, Record
from server.results import Results, with_outcome
from server.settling import Settler
from server.store import Store, Stored
from server.turns import Turns

_log = logging.getLogger(__name__)

# A build's marker is stored before its record: so many seconds its record may be missing.
ANNOUNCEMENT_SECONDS = 30.0


class Driver:
    """Takes builds through their phases; ``notify`` has another build looked at soon."""

    def __init__(
        self,
        nomad: Nomad,
        store: Store,
        config: Config,
        metrics: Metrics,
        notify: Callable[[str], None] = lambda build_id: None,
        notify_of_delivery: Callable[[], None] = lambda: None,
    ) -> None:
        self._nomad = nomad
        self._store = store
        self._config = config
        self._metrics = metrics
        self._notify = notify
        self._notify_of_delivery = notify_of_delivery
        self._results = Results(nomad)
        self._turns = Turns(store, config)
        self._planner = Planner(self._results, Policy(nomad, config))
        self._settler = Settler(nomad, store, config)

    def drive(self, build_id: str) -> datetime | None:
        """Take every step that can be taken for a build now; return when to look again, None when it is put away."""
        stored = self._store.read(build_id)
        if stored.record.ended and not self._store.is_live(build_id):
            # News of a job that is removed from Nomad, long after its build was put away.
            return None
        while True:
            with logbook.bind(build=build_id, phase=stored.record.phase):
                after = self._take_step(stored)
            if not isinstance(after, Stored):
                return after
            stored = after

    def give_up(self, build_id: str) -> None:
        """End a build that cannot go on for a fault of the service itself."""
        stored = self._store.read(build_id)
        build = stored.record
        if build.ended:
            self._store.put_away(build_id)
            return
        self._stop(build, build.phase)
        message = "the service failed at this build again and again"
        self._end(stored, diagnosis.explain(build.phase, "internal", message), None)

    def _take_step(self, stored: Stored) -> Stored | datetime | None:
        """Take one step; return the record after it, or when to look again."""
        build = stored.record
        seen = self._observe(build)
        if seen is None:
            return self._store.read(build.id)
        step = pipeline.next_step(build, seen, self._config, self._now())
        after: Stored | None
        match step:
            case pipeline.Wait(until, note):
                if note == build.of(build.phase).waiting:
                    return until
                after = self._store.update(stored, build.with_phase(build.phase, waiting=note))
            case pipeline.Finish():
                return self._settler.settle(build)
            case pipeline.Supersede(build_ids, until):
                self._supersede(build, build_ids)
                return until
            case pipeline.Register(phase):
                after = self._register(stored, phase)
            case pipeline.Advance(phase, allocation):
                after = self._advance(stored, phase, allocation)
            case pipeline.Diagnose(phase, allocation):
                after = self._diagnose(stored, phase, allocation)
            case pipeline.Abandon(failure, allocation):
                self._stop(build, failure.phase)
                after = self._fail(stored, failure, allocation)
            case _:
                assert_never(step)
        if after is None:
            # Another replica was first: its record says how to go on.
            self._metrics.step_conflicted()
            return self._store.read(build.id)
        return after

    def _now(self) -> datetime:
        return self._nomad.clock.now()

    def _observe(self, build: Record) -> pipeline.Observation | None:
        """Look at what the next step depends on; None when the record has changed meanwhile."""
        if build.ended:
            return pipeline.NOTHING
        known = build.of(build.phase)
        # Publishing may have begun before that was written down: whoever kills has to hear of it.
        if known.registered_at is None and not (build.kill and build.phase == "publish"):
            verdict = self._turns.find_verdict(build)
            return None if verdict is None else pipeline.Observation(verdict=verdict)
        job_id = build.job_of(build.phase)
        allocation = self._nomad.read_allocation(job_id)
        if allocation is not None and not allocation.stopped:
            return pipeline.Observation(allocation=allocation)
        return pipeline.Observation(
            job=self._nomad.read_job(job_id),
            allocation=allocation,
            evaluations=self._nomad.read_evaluations(job_id),
        )

    def _supersede(self, build: Record, build_ids: tuple[str, ...]) -> None:
        """Have older builds of the same owner killed; another owner's are waited for as with ``queue``."""
        for build_id in build_ids:
            try:
                older = self._store.read(build_id).record
            except BuildNotFound:
                continue  # it is announced, no more: it comes into being, or goes, by itself
            if older.request.owner != build.request.owner:
                continue
            kill = Kill(at=self._now(), by=f"build {build.id}", superseded_by=build.id)
            self._store.mark_killed(build_id, kill)
            self._notify(build_id)

    def _register(self, stored: Stored, phase: Phase) -> Stored | None:
        build = stored.record
        try:
            created = self._nomad.register_job(jobs.render_job(phase, build, self._config))
        except NomadUnreachable:
            raise
        except (NomadError, generator.GeneratorError) as error:
            _log.error("the job was refused: %s", error)
            message = f"the job was refused: {error}"
            return self._end(stored, diagnosis.explain(phase, "internal", message), None)
        _log.info("registered" if created else "is registered")
        now = self._now()
        if build.started_at is None:
            self._metrics.observe_queue_wait((now - build.created_at).total_seconds())
        previous = build.before(phase)
        if previous is not None and (ended_at := build.of(previous).ended_at) is not None:
            self._metrics.observe_handover((now - ended_at).total_seconds())
        build = build.with_phase(phase, registered_at=now, retry_at=None, waiting="")
        build = build.model_copy(update={"status": RUNNING.get(phase, build.status)})
        # The finished phase's log is read only now: it can wait, the next phase should not.
        return self._store.update(stored, self._results.with_log_tails(build))

    def _advance(self, stored: Stored, phase: Phase, allocation: Allocation) -> Stored | None:
        """Keep what a phase has produced; the build goes on, or has succeeded."""
        build = stored.record
        if build.of(phase).registered_at is None:
            # By a replica that did not come to write it down.
            build = build.with_phase(phase, registered_at=self._now())
        if phase == "plan":
            planned = self._planner.plan(build, allocation)
            if isinstance(planned, Failure):
                return self._end(stored, planned, allocation)
            build = planned
        elif phase == "build":
            image = self._results.read_image(allocation)
            if image is None:
                message = "the build ended well but left no digest of its image"
                return self._end(stored, diagnosis.explain(phase, "internal", message), allocation)
            build = build.model_copy(
                # The commit of a build file is known before.
                update={"digest": image.digest, "commit": image.commit or build.commit}
            )
        elif phase == "test":
            build = build.model_copy(
                update={"report": self._results.read_reports(build, allocation)}
            )
        elif phase == "publish":
            build = build.model_copy(update={"size": self._results.read_size(allocation)})
        build = self._with_outcome(build, phase, allocation)
        self._observe_phase(build, phase, "succeeded")
        following = build.after(phase)
        if following is not None:
            # Whoever reads a build file first has to wait for its turn to build.
            status = "PENDING" if phase == "plan" else RUNNING[following]
            return self._store.update(stored, build.model_copy(update={"status": status}))
        build = self._with_delivery(self._results.with_log_tails(build), "build.succeeded")
        changes = {"status": "SUCCEEDED", "ended_at": self._now()}
        return self._write_end(stored, build.model_copy(update=changes))

    def _diagnose(self, stored: Stored, phase: Phase, allocation: Allocation) -> Stored | None:
        claim = self._results.read_claim(allocation)
        failure = diagnosis.diagnose(phase, allocation, claim)
        if phase == "test":
            report = self._results.read_reports(stored.record, allocation)
            stored = Stored(stored.record.model_copy(update={"report": report}), stored.index)
        return self._fail(stored, failure, allocation)

    def _fail(
        self, stored: Stored, failure: Failure, allocation: Allocation | None
    ) -> Stored | None:
        """End a build whose phase has failed, or have the phase tried again."""
        retry = pipeline.after_failure(stored.record, failure, self._config, self._now())
        if retry is None:
            return self._end(stored, failure, allocation)
        _log.warning("attempt failed: %s: %s", failure.reason, failure.message)
        build = self._with_end_of_attempt(stored.record, failure, allocation)
        known = build.of(failure.phase)
        again = record.PhaseRecord(
            attempt=known.attempt + 1,
            retry_at=retry.at,
            last_error=f"{failure.reason}: {failure.message}",
            uncertain_until=known.uncertain_until,
        )
        return self._store.update(stored, build.model_copy(update={failure.phase: again}))

    def _end(
        self, stored: Stored, failure: Failure, allocation: Allocation | None
    ) -> Stored | None:
        build = self._with_end_of_attempt(stored.record, failure, allocation)
        lost = failure.reason == "node_lost"
        build = self._results.with_log_tails(build, failure.task, lost=lost)
        failure = self._results.examine(build, failure)
        build = self._with_delivery(build, "build.failed")
        changes = {"status": "FAILED", "ended_at": self._now(), "failure": failure}
        return self._write_end(stored, build.model_copy(update=changes))

    def _with_end_of_attempt(
        self, build: Record, failure: Failure, allocation: Allocation | None
    ) -> Record:
        phase = failure.phase
        if allocation is not None:
            build = self._with_outcome(build, phase, allocation)
        self._observe_phase(build, phase, "failed")
        return build

    def _with_outcome(self, build: Record, phase: Phase, allocation: Allocation) -> Record:
        build = with_outcome(build, phase, allocation)
        if not allocation.strays and allocation.client_status not in ("unknown", "lost"):
            return build
        until = deadlines.end_of_scripts(build, phase, self._config)
        return build.with_phase(phase, uncertain_until=until)

    def _with_delivery(self, build: Record, event: record.DeliveryEvent) -> Record:
        """Have the webhook called, if one is wanted: the note of it comes before the end that it tells of."""
        request = build.request
        wanted = {
            "build.succeeded": request.webhook_on_success,
            "build.failed": request.webhook_on_failure,
        }[event]
        if not request.webhook_url or not wanted:
            return build
        self._store.open_delivery(build.id)
        delivery = Delivery(id=str(ULID()).lower(), event=event, next_attempt_at=self._now())
        return build.model_copy(update={"delivery": delivery})

    def _write_end(self, stored: Stored, build: Record) -> Stored | None:
        ended = self._store.update(stored, build)
        if ended is not None:
            if build.delivery is not None:
                self._notify_of_delivery()
            if build.failure is None:
                self._metrics.build_ended("SUCCEEDED")
                _log.info("SUCCEEDED")
            else:
                self._metrics.build_ended("FAILED", build.failure.reason)
                _log.info("FAILED: %s: %s", build.failure.reason, build.failure.message)
        return ended

    def _observe_phase(self, build: Record, phase: Phase, result: PhaseResult) -> None:
        known = build.of(phase)
        if known.started_at is not None and known.ended_at is not None:
            seconds = (known.ended_at - known.started_at).total_seconds()
            self._metrics.observe_phase(phase, result, seconds)

    def _stop(self, build: Record, phase: Phase) -> None:
        """Stop a phase's job; where it was not registered, take its name, so that nobody registers it later.

        A replica that was asleep may otherwise wake up and start what was given up long ago.
        """
        if build.of(phase).registered_at is not None:
            self._nomad.stop_job(build.job_of(phase))
            return
        try:
            stopped = jobs.render_job(phase, build, self._config) | {"Stop": True}
            if not self._nomad.register_job(stopped):
                self._nomad.stop_job(build.job_of(phase))
        except NomadUnreachable:
            raise
        except (NomadError, generator.GeneratorError) as error:
            _log.warning("the name of the job cannot be taken: %s", error)
