"""What the tools take and answer: the shapes on the wire, made from records. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import pydantic

from server import logs, spelling
from server.record import Phase, PhaseRecord, Reason, Record, Status

# A failure's own answer has to be enough to see what is wrong, and small enough to be read at once.
_FAILURE_LINES = 40
_FAILURE_CHARACTERS = 8000


class _Wire(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=spelling.camelize,
        validate_by_name=True,
        validate_by_alias=True,
    )


_JobID = Annotated[
    str,
    pydantic.Field(
        min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$", description="From submitJob"
    ),
]


class JobReference(_Wire):
    """Arguments that only name a build."""

    job_id: _JobID


class LogsArguments(_Wire):
    """Arguments of getLogs."""

    job_id: _JobID
    phase: Annotated[Phase | None, pydantic.Field(description="Only this phase's log")] = None
    lines: Annotated[
        int, pydantic.Field(ge=1, le=2000, description="Lines from the end of each phase's log")
    ] = 200


class CleanupArguments(_Wire):
    """Arguments of cleanup."""

    job_id: Annotated[_JobID | None, pydantic.Field(description="Clean up after this build")] = None
    all: Annotated[bool, pydantic.Field(description="Clean up after all ended builds")] = False

    @pydantic.model_validator(mode="after")
    def _check_choice(self) -> CleanupArguments:
        if (self.job_id is None) == (not self.all):
            msg = "give either jobID, or all as true"
            raise ValueError(msg)
        return self


class Submitted(_Wire):
    """The build that was accepted."""

    job_id: str
    status: Status
    variant: str
    images: tuple[str, ...]
    next_step: str


class PhaseAnswer(_Wire):
    """When and where a phase ran."""

    registered_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float | None = None
    node: str | None = None


class FailureAnswer(_Wire):
    """Why a build failed; ``log_tail`` is the end of the failing phase's log."""

    phase: Phase
    task: str | None = None
    reason: Reason
    exit_code: int | None = None
    message: str
    hint: str
    log_tail: str


class BuildAnswer(_Wire):
    """What is known of a build."""

    job_id: str
    status: Status
    owner: str
    variant: str
    created_at: datetime
    ended_at: datetime | None = None
    images: tuple[str, ...] = ()
    digest: str | None = None
    commit: str | None = None
    phases: dict[Phase, PhaseAnswer]
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


class CleanupAnswer(_Wire):
    """What was removed."""

    success: bool
    cleaned_jobs: tuple[str, ...]
    message: str


def describe_submitted(record: Record) -> Submitted:
    """Answer a submitted build."""
    return Submitted(
        job_id=record.id,
        status=record.status,
        variant=record.variant,
        images=record.images,
        next_step="Call getStatus with this jobID until status is SUCCEEDED or FAILED",
    )


def describe_build(record: Record) -> BuildAnswer:
    """Answer what is known of a build; the answer alone is enough to know what failed and why."""
    failure = None
    if record.failure is not None:
        tail = record.of(record.failure.phase).log_tail or ""
        failure = FailureAnswer(
            phase=record.failure.phase,
            task=record.failure.task or None,
            reason=record.failure.reason,
            exit_code=record.failure.exit_code,
            message=record.failure.message,
            hint=record.failure.hint,
            log_tail="\n".join(logs.tail_lines(tail, _FAILURE_LINES))[-_FAILURE_CHARACTERS:],
        )
    return BuildAnswer(
        job_id=record.id,
        status=record.status,
        owner=record.request.owner,
        variant=record.variant,
        created_at=record.created_at,
        ended_at=record.ended_at,
        images=record.images if record.status == "SUCCEEDED" else (),
        digest=record.digest or None,
        commit=record.commit or None,
        phases={
            phase: _describe_phase(record.of(phase))
            for phase in record.phases
            if record.of(phase).registered_at is not None
        },
        failure=failure,
        error=f"{record.failure.reason}: {record.failure.message}" if record.failure else None,
        next_step=_next_step(record),
    )


def _describe_phase(phase: PhaseRecord) -> PhaseAnswer:
    seconds = None
    if phase.started_at is not None and phase.ended_at is not None:
        seconds = round((phase.ended_at - phase.started_at).total_seconds(), 2)
    return PhaseAnswer(
        registered_at=phase.registered_at,
        started_at=phase.started_at,
        ended_at=phase.ended_at,
        seconds=seconds,
        node=phase.node or None,
    )


def _next_step(record: Record) -> str:
    match record.status:
        case "SUCCEEDED":
            return "The images can be pulled"
        case "FAILED":
            hint = record.failure.hint if record.failure else ""
            return f"{hint}. getLogs has the whole log" if hint else "getLogs has the whole log"
        case "PENDING" | "BUILDING" | "TESTING" | "PUBLISHING":
            return "Call getStatus again in a few seconds; getLogs shows the log so far"
