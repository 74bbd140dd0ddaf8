"""What the tools take and answer: the shapes on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import pydantic

from server import logs, spelling
from server.housekeeping import Kind
from server.record import Phase, Reason, Status


class Wire(pydantic.BaseModel):
    """The base of all shapes: camelCase on the wire, either spelling on the way in, and nothing unknown."""

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=spelling.camelize,
        validate_by_name=True,
        validate_by_alias=True,
    )


class Arguments(Wire):
    """The base of what tools take: a number is no text, and 0 is no false."""

    model_config = pydantic.ConfigDict(strict=True)


def _require_printable(value: str) -> str:
    if not value.isprintable():
        msg = "contains characters that cannot be printed, such as line ends"
        raise ValueError(msg)
    return value


JobID = Annotated[
    str,
    pydantic.Field(
        min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$", description="From submitJob"
    ),
]


_Note = Annotated[str, pydantic.Field(max_length=200), pydantic.AfterValidator(_require_printable)]


# Whose build it must be.
Owner = Annotated[str | None, pydantic.Field(max_length=64)]


class JobReference(Arguments):
    """Arguments that only name a build."""

    job_id: JobID
    owner: Owner = None


class LogsArguments(Arguments):
    """Arguments of getLogs."""

    job_id: JobID
    phase: Phase | None = None
    task: Annotated[str, pydantic.Field(max_length=80)] = ""
    lines: Annotated[
        int,
        pydantic.Field(
            ge=1,
            le=2000,
            description="From the end of each task's log; with cursor or search: at most in all",
        ),
    ] = logs.TAIL
    cursor: Annotated[
        str,
        pydantic.Field(
            max_length=logs.CURSOR_LIMIT,
            description=f"From an answer: only what came since; {logs.START}: from the beginning",
        ),
    ] = ""
    search: Annotated[
        str,
        pydantic.Field(
            max_length=500,
            description="Regular expression (RE2), e.g. (?i)error",
        ),
    ] = ""
    context: Annotated[
        int, pydantic.Field(ge=0, le=20, description="Lines around each one found")
    ] = 0
    owner: Owner = None


class KillArguments(Arguments):
    """Arguments of killJob."""

    job_id: JobID
    by: Annotated[_Note, pydantic.Field(description="Who wants it")] = ""
    why: Annotated[_Note, pydantic.Field(description="Shown in the build's failure")] = ""
    owner: Owner = None


class CleanupArguments(Arguments):
    """Arguments of cleanup."""

    job_id: JobID | None = None
    all: bool = False
    dry_run: bool = False
    owner: Owner = None

    @pydantic.model_validator(mode="after")
    def _check_choice(self) -> CleanupArguments:
        if (self.job_id is None) == (not self.all):
            msg = "give either jobID, or all as true"
            raise ValueError(msg)
        if self.all and self.owner is not None:
            msg = "owner goes with jobID: all cleans up after every owner's builds"
            raise ValueError(msg)
        return self


class QueueAnswer(Wire):
    """The place in the queue of a build that waits for its turn, and when it is given up."""

    position: int
    reason: str
    waiting_for: tuple[str, ...] = ()
    deadline: datetime


class Submitted(Wire):
    """The build that was accepted; ``repeated`` when a request with the same requestID had been before."""

    job_id: str
    repeated: bool | None = None
    status: Status
    variant: str
    variant_reason: str | None = None
    images: tuple[str, ...]
    queue: QueueAnswer | None = None
    next_step: str


class TaskAnswer(Wire):
    """When a task of a phase ran, and how it ended."""

    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float | None = None
    exit_code: int | None = None


class PhaseAnswer(Wire):
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


class StepAnswer(Wire):
    """The Dockerfile's instruction that failed; what is not certain is left out."""

    number: int | None = None
    of: int | None = None
    stage: int | None = None
    instruction: str
    file: str
    line: int | None = None


class FailureAnswer(Wire):
    """Why a build failed; ``log_tail`` is what the failing step, or else task, said in the end.

    ``family`` is what kind of failure the log shows, and ``evidence`` the line of it that shows that.
    """

    phase: Phase
    task: str | None = None
    reason: Reason
    exit_code: int | None = None
    message: str
    hint: str
    step: StepAnswer | None = None
    family: str | None = None
    evidence: str | None = None
    log_tail: str


class KilledAnswer(Wire):
    """Who asked for the build's end, and when."""

    at: datetime
    by: str
    why: str | None = None


class WebhookAnswer(Wire):
    """How far the webhook's call has come."""

    delivery_id: str
    event: str
    attempts: int
    next_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    last_error: str | None = None


class FailedTestAnswer(Wire):
    """A test of a report that did not pass."""

    suite: str
    name: str
    message: str


class TestsAnswer(Wire):
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


class BuildAnswer(Wire):
    """What is known of a build."""

    job_id: str
    status: Status
    owner: str
    variant: str
    variant_reason: str | None = None
    created_at: datetime
    ended_at: datetime | None = None
    elapsed_seconds: float | None = None
    step: str | None = None
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


class TaskLogAnswer(Wire):
    """How much of a task's log is in an answer: so many ``lines``, of which the first is ``first_line`` of all.

    ``only_end`` says that Nomad has removed the log, and the rest of it is lost.
    """

    phase: Phase
    task: str
    lines: int
    first_line: int | None = None
    total_lines: int | None = None
    total_bytes: int | None = None
    only_end: bool | None = None


class LogsAnswer(Wire):
    """The lines of each phase's log, those of each task below a heading.

    ``cursor`` given back brings what comes after these; ``more`` says that there is something already. ``notes`` say
    what is missing, and why.
    """

    job_id: str
    status: Status
    logs: dict[Phase, list[str]]
    tasks: tuple[TaskLogAnswer, ...] = ()
    cursor: str | None = None
    more: bool = False
    notes: tuple[str, ...] = ()


class KillAnswer(Wire):
    """Whether the build's end was asked for."""

    job_id: str
    success: bool
    status: Status
    message: str


class RemovalAnswer(Wire):
    """One thing that was removed, or would be."""

    kind: Kind
    name: str
    why: str


class CleanupAnswer(Wire):
    """What was removed, or would be if it were no dry run."""

    success: bool
    dry_run: bool
    cleaned_jobs: tuple[str, ...]
    removed: tuple[RemovalAnswer, ...]
    message: str
