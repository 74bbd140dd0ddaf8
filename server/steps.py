"""Carries out what the pipeline decides, one build at a time: reads Nomad, takes the step, writes the record.

Each step can be interrupted anywhere and repeated by anyone: records change by check-and-set before a job of
the next phase is registered, and registering a job that is there does nothing.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import assert_never

from ulid import ULID

import generator
from server import diagnosis, jobs, logs, pipeline, record
from server.cluster import Allocation, read_time
from server.config import Config
from server.errors import NomadError, NomadUnreachable
from server.nomad import Nomad
from server.record import RUNNING, Failure, Phase, Record
from server.store import Store, Stored

_log = logging.getLogger(__name__)

_DIGEST_FILE = "alloc/data/digest"
_COMMIT_FILE = "alloc/data/commit"
_REASON_FILE = "alloc/data/reason"
# Bytes of each task's log that go into the record; the store shortens them further when they do not fit.
_TAIL = 8 * 1024
# How soon to look again whether a stopped task has ended; an event usually comes first.
_STOP_CHECK = timedelta(seconds=2)
# How long a node that does not answer is asked for what an ended task has left there.
_READ_PATIENCE = timedelta(minutes=2)
# A build's marker is stored before its record: this long its record may be missing.
_SUBMIT_PATIENCE = timedelta(minutes=10)
# The files that scripts leave are small; the image under test may write anything there.
_RESULT_LIMIT = 4096
# The digest becomes part of an image's name in a job.
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
# When the build phase failed for one of these reasons nothing can have reached the staging repository.
_NOTHING_STAGED = frozenset(
    {
        "git_auth",
        "git_ref_not_found",
        "git_unreachable",
        "dockerfile_missing",
        "image_pull",
        "placement_failed",
        "queue_timeout",
        "secret_unavailable",
        "step_failed",
    }
)


class Driver:
    """Takes builds through their phases."""

    def __init__(
        self,
        nomad: Nomad,
        store: Store,
        config: Config,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._nomad = nomad
        self._store = store
        self._config = config
        self._now = now

    def drive(self, build_id: str) -> datetime | None:
        """Take every step that can be taken for a build now; return when to look again, if ever."""
        stored = self._store.read(build_id)
        if stored.record.ended and not self._store.is_unfinished(build_id):
            # News of a job that is removed from Nomad, long after its build was put away.
            return None
        while True:
            step = pipeline.next_step(
                stored.record, self._observe(stored.record), self._config, self._now()
            )
            match step:
                case pipeline.Wait(until):
                    return until
                case pipeline.Finish():
                    return self._finish(stored.record)
                case pipeline.Register(phase):
                    after = self._register(stored, phase)
                case pipeline.Advance(phase, allocation):
                    after = self._advance(stored, phase, allocation)
                case pipeline.Diagnose(phase, allocation):
                    failure = self._diagnose(phase, allocation)
                    after = self._fail(stored, failure, allocation)
                case pipeline.Abandon(failure, allocation):
                    self._nomad.stop_job(record.job_id(failure.phase, build_id))
                    after = self._fail(stored, failure, allocation)
                case _:
                    assert_never(step)
            # Where another replica was first, its record says how to go on.
            stored = after or self._store.read(build_id)

    def give_up(self, build_id: str) -> None:
        """End a build that cannot go on for a fault of the service itself."""
        stored = self._store.read(build_id)
        build = stored.record
        if build.ended:
            self._store.put_away(build_id)
            return
        self._nomad.stop_job(record.job_id(build.phase, build_id))
        message = "the service failed at this build again and again"
        failure = diagnosis.explain(build.phase, "internal", message)
        changes = {"status": "FAILED", "ended_at": self._now(), "failure": failure}
        self._store.update(stored, build.model_copy(update=changes))

    def forget(self, build_id: str) -> None:
        """Stop looking at a build that has no record, unless it may just be on the way into the store."""
        try:
            age = self._now() - ULID.from_str(build_id.upper()).datetime
        except ValueError:
            age = _SUBMIT_PATIENCE
        if age >= _SUBMIT_PATIENCE:
            self._store.put_away(build_id)

    def _observe(self, build: Record) -> pipeline.Observation:
        if build.ended or build.of(build.phase).registered_at is None:
            return pipeline.Observation(None, None, None)
        job_id = record.job_id(build.phase, build.id)
        allocation = self._nomad.read_allocation(job_id)
        if allocation is not None:
            return pipeline.Observation(None, allocation, None)
        return pipeline.Observation(
            self._nomad.read_job(job_id), None, self._nomad.read_shortage(job_id)
        )

    def _register(self, stored: Stored, phase: Phase) -> Stored | None:
        build = stored.record
        try:
            created = self._nomad.register_job(jobs.render_job(phase, build, self._config))
        except NomadUnreachable:
            raise
        except (NomadError, generator.GeneratorError) as error:
            _log.error("build %s: the job of phase %s was refused: %s", build.id, phase, error)
            message = f"the job was refused: {error}"
            return self._fail(stored, diagnosis.explain(phase, "internal", message), None)
        _log.info(
            "build %s: phase %s %s", build.id, phase, "registered" if created else "is registered"
        )
        build = build.with_phase(phase, registered_at=self._now())
        build = build.model_copy(update={"status": RUNNING[phase]})
        # The finished phase's log is read only now: it can wait, the next phase should not.
        return self._store.update(stored, self._with_log_tails(build))

    def _advance(self, stored: Stored, phase: Phase, allocation: Allocation) -> Stored | None:
        """Keep what a phase has produced; the build goes on, or has succeeded."""
        build = stored.record
        changes: dict[str, object] = {}
        if phase == "build":
            digest = self._read_result(allocation, _DIGEST_FILE)
            commit = self._read_result(allocation, _COMMIT_FILE)
            if not _DIGEST.fullmatch(digest):
                message = "the build ended well but left no digest of its image"
                return self._fail(stored, diagnosis.explain(phase, "internal", message), allocation)
            changes |= {"digest": digest, "commit": commit if _COMMIT.fullmatch(commit) else ""}
        following = build.after(phase)
        if following is None:
            changes |= {"status": "SUCCEEDED", "ended_at": self._now()}
        else:
            changes |= {"status": RUNNING[following]}
        build = _with_outcome(build.model_copy(update=changes), phase, allocation)
        if following is None:
            build = self._with_log_tails(build)
            _log.info("build %s succeeded", build.id)
        return self._store.update(stored, build)

    def _diagnose(self, phase: Phase, allocation: Allocation) -> Failure:
        claim = self._read_result(allocation, _REASON_FILE)
        return diagnosis.diagnose(phase, allocation, claim)

    def _fail(
        self, stored: Stored, failure: Failure, allocation: Allocation | None
    ) -> Stored | None:
        build = stored.record
        if allocation is not None:
            build = _with_outcome(build, failure.phase, allocation)
        changes = {"status": "FAILED", "ended_at": self._now(), "failure": failure}
        build = self._with_log_tails(build.model_copy(update=changes))
        _log.info("build %s failed in phase %s: %s", build.id, failure.phase, failure.reason)
        return self._store.update(stored, build)

    def _finish(self, build: Record) -> datetime | None:
        """Put an ended build away; return when to try again if its last task still runs."""
        if build.failure is not None:
            job_id = record.job_id(build.phase, build.id)
            job = self._nomad.read_job(job_id)
            if job is not None and job.status != "dead" and not job.stopped:
                # Another replica registered it while this one gave the build up.
                self._nomad.stop_job(job_id)
            last = self._nomad.read_allocation(job_id)
            if last is not None and last.client_status in ("pending", "running"):
                return self._now() + _STOP_CHECK
            never_placed = job is not None and last is None
            nothing_staged = never_placed or build.failure.reason in _NOTHING_STAGED
            if build.failure.phase != "build" or not nothing_staged:
                self._clean_up(build)
        self._store.put_away(build.id)
        return None

    def _clean_up(self, build: Record) -> None:
        """Have the staged image removed. It can only be left over: failing to do so fails nothing."""
        try:
            self._nomad.register_job(jobs.render_job("cleanup", build, self._config))
        except NomadUnreachable:
            raise
        except (NomadError, generator.GeneratorError) as error:
            _log.warning("build %s: its staged image stays: %s", build.id, error)

    def _read_result(self, allocation: Allocation, path: str) -> str:
        """Read a small file that a script has left; empty if there is none."""
        ended = [time for task in allocation.tasks if (time := read_time(task.finished_at))]
        return self._read_patiently(
            max(ended, default=None),
            lambda: (self._nomad.read_file(allocation.id, path, _RESULT_LIMIT) or "").strip(),
        )

    def _read_patiently(self, ended_at: datetime | None, read: Callable[[], str]) -> str:
        """Read what an ended allocation has left; its node is waited for, but not for ever.

        While Nomad itself is away the record cannot be written either, so that nothing is lost then.
        """
        try:
            return read()
        except NomadUnreachable as error:
            if ended_at is not None and self._now() - ended_at < _READ_PATIENCE:
                raise
            _log.warning("what a task has left cannot be read: %s", error.message)
        except NomadError as error:
            _log.warning("what a task has left cannot be read: %s", error.message)
        return ""

    def _with_log_tails(self, build: Record) -> Record:
        """Keep the end of each finished phase's log while Nomad still has it."""
        for phase in build.phases:
            known = build.of(phase)
            if known.allocation and known.log_tail is None:
                read = functools.partial(logs.read_log, self._nomad, known.allocation, phase, _TAIL)
                tail = self._read_patiently(known.ended_at, read)
                build = build.with_phase(phase, log_tail=tail)
        return build


def _with_outcome(build: Record, phase: Phase, allocation: Allocation) -> Record:
    """Keep where and when a phase ran."""
    started = [time for task in allocation.tasks if (time := read_time(task.started_at))]
    ended = [time for task in allocation.tasks if (time := read_time(task.finished_at))]
    return build.with_phase(
        phase,
        allocation=allocation.id,
        node=allocation.node_name,
        started_at=min(started, default=None),
        ended_at=max(ended, default=None),
    )
