"""What the tasks of an ended phase have left on their node: small files, and the end of their logs."""

from __future__ import annotations

import dataclasses
import functools
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from server import failures, junit, logs, task_names
from server.cluster import Allocation, read_time
from server.errors import NomadError, NomadUnreachable
from server.nomad import Nomad
from server.record import Failure, Phase, Record, TaskRecord, TestReport

_Content = TypeVar("_Content")

_log = logging.getLogger(__name__)

_DIGEST_FILE = "alloc/data/digest"
_COMMIT_FILE = "alloc/data/commit"
_REASON_FILE = "alloc/data/reason"
_SIZE_FILE = "alloc/data/size"
_BUILD_FILE = "alloc/data/build_file"
_DOCKERFILE = "alloc/data/dockerfile"
_REPORTS = "alloc/data/reports"
# Bytes of a phase's log that go into the record, shared by its tasks; the store shortens them when they do not fit.
_TAIL = 16 * 1024
_SHORTEST_TAIL = 2 * 1024
# How long a node that does not answer is asked for what an ended task has left there.
_READ_PATIENCE = timedelta(minutes=2)
# The files that scripts leave are small; the image under test may write anything there.
_RESULT_LIMIT = 4096
_BUILD_FILE_LIMIT = 64 * 1024
_DOCKERFILE_LIMIT = 64 * 1024
# Bytes of a failed task's log that are searched for why it failed; what is kept of it is less.
_SEARCHED = 256 * 1024
_PROBLEMS_KEPT = 8
_PROBLEM_LIMIT = 400
_PATH_SHOWN = 100
# Bytes of all reports together: each command of the image under test can write as many as are asked for.
_REPORTS_LIMIT = 16 * 1024 * 1024
# The digest becomes part of an image's name in a job.
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SIZE_DIGITS = 16
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
        return Image(digest, self.read_commit(allocation)) if _DIGEST.fullmatch(digest) else None

    def read_commit(self, allocation: Allocation) -> str:
        """Read which commit was fetched; empty if that is not known."""
        commit = self._read_file(allocation, _COMMIT_FILE)
        return commit if _COMMIT.fullmatch(commit) else ""

    def read_build_file(self, allocation: Allocation) -> bytes | None:
        """Read the build file that a plan phase has found in the repository; None if there is none (any more)."""
        return self._read_bytes(allocation, _BUILD_FILE, _BUILD_FILE_LIMIT)

    def read_size(self, allocation: Allocation) -> int | None:
        """Read how many bytes a published image has in the registry; None if that is not known."""
        size = self._read_file(allocation, _SIZE_FILE)
        return int(size) if size.isascii() and size.isdigit() and len(size) < _SIZE_DIGITS else None

    def read_reports(self, build: Record, allocation: Allocation) -> TestReport | None:
        """Read what the test tasks' JUnit files say together; None if none was asked for."""
        wanted = build.request.test_reports
        if not wanted:
            return None
        summaries, problems = [], []
        room = _REPORTS_LIMIT
        for task in task_names.of_phase("test", build.request):
            if task_names.serves(task):
                continue
            for number, path in enumerate(wanted, 1):
                file = f"{_REPORTS}/{task}-{number}.xml"
                content = self._read_bytes(allocation, file, min(junit.SIZE_LIMIT, room) + 1)
                if content is None:
                    continue
                name = f"{path[:_PATH_SHOWN]} of {task}"
                if len(content) > room:
                    problems.append(f"{name}: all reports together have more than is read of them")
                    break
                room -= len(content)
                try:
                    summaries.append(junit.parse(content))
                except junit.JUnitError as error:
                    problems.append(f"{name}: {error}")
        if not summaries and not problems:
            problems.append(f"no test has written {' or '.join(wanted)}")
        kept = [problem[:_PROBLEM_LIMIT] for problem in problems[:_PROBLEMS_KEPT]]
        merged = dataclasses.asdict(junit.merge(summaries))
        return TestReport.model_validate(merged | {"problems": kept})

    def read_claim(self, allocation: Allocation) -> str:
        """Read why a script says that it failed: a reason, and a sentence below it; empty if it says nothing."""
        return self._read_file(allocation, _REASON_FILE)

    def with_log_tails(self, build: Record, failed: str = "", *, lost: bool = False) -> Record:
        """Keep the end of each finished phase's log while Nomad still has it.

        The task that has failed stands last and has half of the room: from there a log is shortened last. A node that
        is given up as ``lost`` is not waited for.
        """
        for phase in build.phases:
            known = build.of(phase)
            if known.allocation and known.log_tail is None:
                tasks = task_names.among(known.tasks, phase, build.request)
                read = functools.partial(self._read_tail, known.allocation, tasks, failed)
                tail = self._read_patiently(None if lost else known.ended_at, read, "")
                build = build.with_phase(phase, log_tail=tail)
        return build

    def examine(self, build: Record, failure: Failure) -> Failure:
        """Return a failure with what the log of its task, and the Dockerfile, say of it while Nomad has them."""
        known = build.of(failure.phase)
        task = failures.task_of(failure)
        if not known.allocation or not task:
            return failure
        read_log = functools.partial(
            logs.read_log, self._nomad, known.allocation, (task,), _SEARCHED
        )
        log = self._read_patiently(known.ended_at, read_log, "")
        dockerfile = None
        if failure.phase == "build" and task == "build":
            read_file = functools.partial(
                self._nomad.read_file, known.allocation, _DOCKERFILE, _DOCKERFILE_LIMIT
            )
            dockerfile = self._read_patiently(known.ended_at, read_file, None)
        text = None if dockerfile is None else dockerfile.decode("utf-8", "replace")
        return failures.examine(failure, log, text, build.request.dockerfile_path)

    def _read_tail(self, allocation: str, tasks: tuple[str, ...], failed: str) -> str:
        others = tuple(each for each in tasks if each != failed)
        room = _TAIL if others == tasks else _TAIL // 2
        parts = [
            logs.read_log(
                self._nomad, allocation, others, max(room // max(len(others), 1), _SHORTEST_TAIL)
            )
        ]
        if others != tasks:
            parts.append(logs.read_log(self._nomad, allocation, (failed,), _TAIL // 2))
        return "\n".join(filter(None, parts))

    def _read_file(self, allocation: Allocation, path: str, limit: int = _RESULT_LIMIT) -> str:
        content = self._read_bytes(allocation, path, limit) or b""
        return content.decode("utf-8", "replace").strip()

    def _read_bytes(self, allocation: Allocation, path: str, limit: int) -> bytes | None:
        ended = [time for task in allocation.tasks if (time := read_time(task.finished_at))]
        return self._read_patiently(
            max(ended, default=None),
            lambda: self._nomad.read_file(allocation.id, path, limit),
            None,
        )

    def _read_patiently(
        self, ended_at: datetime | None, read: Callable[[], _Content], nothing: _Content
    ) -> _Content:
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
        return nothing


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
