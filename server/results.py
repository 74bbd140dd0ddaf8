"""What the tasks of an ended phase have left on their node: small files, and the end of their logs."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from server import logs
from server.cluster import Allocation, read_time
from server.errors import NomadError, NomadUnreachable
from server.nomad import Nomad
from server.record import Phase, Record, TaskRecord

_log = logging.getLogger(__name__)

_DIGEST_FILE = "alloc/data/digest"
_COMMIT_FILE = "alloc/data/commit"
_REASON_FILE = "alloc/data/reason"
# Bytes of each task's log that go into the record; the store shortens them further when they do not fit.
_TAIL = 8 * 1024
# How long a node that does not answer is asked for what an ended task has left there.
_READ_PATIENCE = timedelta(minutes=2)
# The files that scripts leave are small; the image under test may write anything there.
_RESULT_LIMIT = 4096
# The digest becomes part of an image's name in a job.
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True, slots=True)
class Image:
    """The image that a build phase has staged, and the commit that it was built from."""

    digest: str
    commit: str


class Results:
    """Reads results; a node that does not answer is waited for, but not for ever."""

    def __init__(self, nomad: Nomad) -> None:
        self._nomad = nomad

    def read_image(self, allocation: Allocation) -> Image | None:
        """Read what a build phase has produced; None if its files do not say so."""
        digest = self._read_file(allocation, _DIGEST_FILE)
        commit = self._read_file(allocation, _COMMIT_FILE)
        if not _DIGEST.fullmatch(digest):
            return None
        return Image(digest, commit if _COMMIT.fullmatch(commit) else "")

    def read_claim(self, allocation: Allocation) -> str:
        """Read why a script says that it failed: a reason, and a sentence below it; empty if it says nothing."""
        return self._read_file(allocation, _REASON_FILE)

    def with_log_tails(self, build: Record) -> Record:
        """Keep the end of each finished phase's log while Nomad still has it."""
        for phase in build.phases:
            known = build.of(phase)
            if known.allocation and known.log_tail is None:
                read = functools.partial(logs.read_log, self._nomad, known.allocation, phase, _TAIL)
                tail = self._read_patiently(known.ended_at, read)
                build = build.with_phase(phase, log_tail=tail)
        return build

    def _read_file(self, allocation: Allocation, path: str) -> str:
        ended = [time for task in allocation.tasks if (time := read_time(task.finished_at))]
        return self._read_patiently(
            max(ended, default=None),
            lambda: (self._nomad.read_file(allocation.id, path, _RESULT_LIMIT) or "").strip(),
        )

    def _read_patiently(self, ended_at: datetime | None, read: Callable[[], str]) -> str:
        """Read what an ended allocation has left.

        While Nomad itself is away the record cannot be written either, so that nothing is lost then.
        """
        try:
            return read()
        except NomadUnreachable as error:
            if ended_at is not None and self._nomad.clock.now() - ended_at < _READ_PATIENCE:
                raise
            _log.warning("what a task has left cannot be read: %s", error.message)
        except NomadError as error:
            _log.warning("what a task has left cannot be read: %s", error.message)
        return ""


def with_outcome(build: Record, phase: Phase, allocation: Allocation) -> Record:
    """Keep where and when a phase and its tasks ran; one of which a task still runs has no end."""
    tasks = {
        task.name: TaskRecord(
            started_at=read_time(task.started_at),
            ended_at=read_time(task.finished_at),
            exit_code=task.exit_code,
        )
        for task in allocation.tasks
    }
    started = [task.started_at for task in tasks.values() if task.started_at]
    ended = [task.ended_at for task in tasks.values() if task.ended_at]
    all_ended = all(task.ended_at for task in tasks.values() if task.started_at)
    return build.with_phase(
        phase,
        allocation=allocation.id,
        node=allocation.node_name,
        waiting="",
        started_at=min(started, default=None),
        ended_at=max(ended, default=None) if all_ended else None,
        tasks=tasks,
    )
