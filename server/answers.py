"""What the tools take and answer: the shapes on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import pydantic

from server import spelling
from server.housekeeping import Kind
from server.record import Phase, Reason, Status


class _Wire(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=spelling.camelize,
        validate_by_name=True,
        validate_by_alias=True,
    )


def _require_printable(value: str) -> str:
    if not value.isprintable():
        msg = "contains characters that cannot be printed, such as line ends"
        raise ValueError(msg)
    return value


_JobID = Annotated[
    str,
    pydantic.Field(
        min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$", description="From submitJob"
    ),
]


_Note = Annotated[str, pydantic.Field(max_length=200), pydantic.AfterValidator(_require_printable)]


_Owner = Annotated[
    str | None,
    pydantic.Field(max_length=64, description="Whose build it must be"),
]


class JobReference(_Wire):
    """Arguments that only name a build."""

    job_id: _JobID
    owner: _Owner = None


class LogsArguments(_Wire):
    """Arguments of getLogs."""

    job_id: _JobID
    phase: Annotated[Phase | None, pydantic.Field(description="Only this phase's log")] = None
    task: Annotated[
        str, pydantic.Field(max_length=80, description="Only this task's, e.g. test-2")
    ] = ""
    lines: Annotated[
        int, pydantic.Field(ge=1, le=2000, description="Lines from the end of each task's log")
    ] = 200
    owner: _Owner = None


class KillArguments(_Wire):
    """Arguments of killJob."""

    job_id: _JobID
    by: Annotated[
        _Note, pydantic.Field(description="Who wants it: shown in the build's failure")
    ] = ""
    why: Annotated[_Note, pydantic.Field(description="Why: shown in the build's failure")] = ""
    owner: _Owner = None


class CleanupArguments(_Wire):
    """Arguments of cleanup."""

    job_id: Annotated[_JobID | None, pydantic.Field(description="Clean up after this build")] = None
    all: Annotated[bool, pydantic.Field(description="Clean up after all ended builds")] = False
    dry_run: Annotated[bool, pydantic.Field(description="Only list what would be removed")] = False
    owner: _Owner = None

    @pydantic.model_validator(mode="after")
    def _check_choice(self) -> CleanupArguments:
        if (self.job_id is None) == (not self.all):
            msg = "give either jobID, or all as true"
            raise ValueError(msg)
        if self.all and self.owner is not None:
            msg = "owner goes with jobID: all cleans up after every owner's builds"
            raise ValueError(msg)
        return self


class QueueAnswer(_Wire):
    """The place in the queue of a build that waits for its turn, and when it is given up."""

    position: int
    reason: str
    waiting_for: tuple[str, ...] = ()
    deadline: datetime


class Submitted(_Wire):
    """The build that was accepted."""

    job_id: str
    status: Status
    variant: str
    variant_reason: str | None = None
    images: tuple[str, ...]
    queue: QueueAnswer | None = None
    next_step: str


class TaskAnswer(_Wire):
    """When a task of a phase ran, and how it ended."""

    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float | None = None
    exit_code: int | None = None


class PhaseAnswer(_Wire):
    """When and where a phase ran; ``waiting`` says what its job waits for, ``attempt`` counts from 1."""

    registered_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float | None = None
    node: str | None = None
    waiting: str | None = None
    attempt: int | None = None
    retry_at: datetime | None = None
    last_error: str | None = None
    tasks: dict[str, TaskAnswer] | None = None


class FailureAnswer(_Wire):
    """Why a build failed; ``log_tail`` is the end of the failing phase's log."""

    phase: Phase
    task: str | None = None
    reason: Reason
    exit_code: int | None = None
    message: str
    hint: str
    log_tail: str


class KilledAnswer(_Wire):
    """Who asked for the build's end, and when."""

    at: datetime
    by: str
    why: str | None = None


class WebhookAnswer(_Wire):
    """How far the webhook's call has come."""

    delivery_id: str
    event: str
    attempts: int
    next_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    last_error: str | None = None


class FailedTestAnswer(_Wire):
    """A test of a report that did not pass."""

    suite: str
    name: str
    message: str


class TestsAnswer(_Wire):
    """What the tests' JUnit files say together; ``failures`` are the first ones."""

    __test__ = False  # pytest takes classes of this name for its own

    tests: int
    passed: int
    failed: int
    errors: int
    skipped: int
    seconds: float
    failures: tuple[FailedTestAnswer, ...] = ()
    problems: tuple[str, ...] = ()


class BuildAnswer(_Wire):
    """What is known of a build."""

    job_id: str
    status: Status
    owner: str
    variant: str
    variant_reason: str | None = None
    created_at: datetime
    ended_at: datetime | None = None
    images: tuple[str, ...] = ()
    digest: str | None = None
    size: int | None = None
    commit: str | None = None
    tests: TestsAnswer | None = None
    phases: dict[Phase, PhaseAnswer]
    queue: QueueAnswer | None = None
    killed: KilledAnswer | None = None
    webhook: WebhookAnswer | None = None
    failure: FailureAnswer | None = None
    error: str | None = None
    next_step: str


class LogsAnswer(_Wire):
    """The lines of each phase's log."""

    job_id: str
    status: Status
    logs: dict[Phase, list[str]]


class KillAnswer(_Wire):
    """Whether the build's end was asked for."""

    job_id: str
    success: bool
    status: Status
    message: str


class RemovalAnswer(_Wire):
    """One thing that was removed, or would be."""

    kind: Kind
    name: str
    why: str


class CleanupAnswer(_Wire):
    """What was removed, or would be if it were no dry run."""

    success: bool
    dry_run: bool
    cleaned_jobs: tuple[str, ...]
    removed: tuple[RemovalAnswer, ...]
    message: str
