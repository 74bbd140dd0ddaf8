"""The record of a build: everything that is known of it, and how it changes. Pure data, stored by ``store``."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import pydantic

from server.request import BuildRequest

SCHEMA_VERSION = 2

Status = Literal["PENDING", "BUILDING", "TESTING", "PUBLISHING", "SUCCEEDED", "FAILED"]
Phase = Literal["build", "test", "publish"]
Reason = Literal[
    "queue_timeout",
    "placement_failed",
    "node_lost",
    "image_pull",
    "start_failed",
    "git_auth",
    "git_ref_not_found",
    "git_unreachable",
    "dockerfile_missing",
    "step_failed",
    "out_of_memory",
    "disk_full",
    "timeout",
    "test_failed",
    "push_denied",
    "registry_unreachable",
    "publish_incomplete",
    "secret_unavailable",
    "result_lost",
    "killed",
    "superseded",
    "nomad_unreachable",
    "internal",
]

PHASES: tuple[Phase, ...] = ("build", "test", "publish")
RUNNING: dict[Phase, Status] = {"build": "BUILDING", "test": "TESTING", "publish": "PUBLISHING"}


class _Data(pydantic.BaseModel):
    """Frozen data; a field that this version does not know was written by a newer one and is kept out."""

    model_config = pydantic.ConfigDict(frozen=True, extra="ignore")


class TaskRecord(_Data):
    """One task of a phase: when it ran, and how it ended."""

    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None


class PhaseRecord(_Data):
    """One phase: when its job was registered, where it ran, and the end of its log.

    ``attempt`` counts the jobs of the phase, only publishing is tried again; ``retry_at`` is when, and
    ``last_error`` why. Until ``uncertain_until`` an attempt that was given up with its node may still run.
    """

    attempt: Annotated[int, pydantic.Field(ge=1)] = 1
    retry_at: datetime | None = None
    last_error: str = ""
    uncertain_until: datetime | None = None
    registered_at: datetime | None = None
    waiting: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    allocation: str = ""
    node: str = ""
    tasks: dict[str, TaskRecord] = {}
    log_tail: str | None = None


class Failure(_Data):
    """Why a build failed, and what whoever asked for it can do about it."""

    phase: Phase
    task: str = ""
    reason: Reason
    exit_code: int | None = None
    message: str
    hint: str = ""


class Kill(_Data):
    """Who asked for a build's end, when, and in whose favour if another build took its place."""

    at: datetime
    by: str = "killJob"
    why: str = ""
    superseded_by: str = ""


DeliveryEvent = Literal["build.succeeded", "build.failed"]


class Delivery(_Data):
    """The webhook call that tells of a build's end: it has one id, however often it is tried."""

    id: str
    event: DeliveryEvent
    attempts: int = 0
    next_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    last_error: str = ""

    @property
    def open(self) -> bool:
        """Whether it is to be tried (again)."""
        return self.delivered_at is None and self.next_attempt_at is not None


def _leave_out_unknown(request: Any) -> Any:
    """Drop what a newer writer knows; only in a caller's request an unknown field is a mistake."""
    if not isinstance(request, dict):
        return request
    return {name: value for name, value in request.items() if name in BuildRequest.model_fields}


class Record(_Data):
    """A build, from the request to its end."""

    schema_version: Annotated[int, pydantic.Field(ge=1)] = SCHEMA_VERSION
    id: str
    request: Annotated[BuildRequest, pydantic.BeforeValidator(_leave_out_unknown)]
    variant: str
    created_at: datetime
    ended_at: datetime | None = None
    status: Status = "PENDING"
    build: PhaseRecord = PhaseRecord()
    test: PhaseRecord = PhaseRecord()
    publish: PhaseRecord = PhaseRecord()
    commit: str = ""
    digest: str = ""
    failure: Failure | None = None
    kill: Kill | None = None
    cleanup_attempts: int = 0
    delivery: Delivery | None = None

    @pydantic.model_validator(mode="before")
    @classmethod
    def _upgrade(cls, data: Any) -> Any:
        """Read what an older version has written; see ``tests/server/records`` for one of each."""
        if isinstance(data, dict) and data.get("schema_version") == 1:
            data = data | {"schema_version": SCHEMA_VERSION}
            if (asked_at := data.pop("kill_requested_at", None)) is not None:
                data["kill"] = {"at": asked_at}
        return data

    @property
    def ended(self) -> bool:
        """Whether the build has its final status."""
        return self.status in ("SUCCEEDED", "FAILED")

    @property
    def started_at(self) -> datetime | None:
        """When its first job was registered."""
        return self.build.registered_at

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases that this build goes through; without test commands there is nothing to test."""
        return PHASES if self.request.test_commands else ("build", "publish")

    @property
    def phase(self) -> Phase:
        """The phase that the build is in, or was in when it ended."""
        for phase, status in RUNNING.items():
            if status == self.status:
                return phase
        if self.failure is not None:
            return self.failure.phase
        return "publish" if self.status == "SUCCEEDED" else "build"

    @property
    def staging_repository(self) -> str:
        """Where the image waits for its tests: a repository of its own, removed without touching another."""
        return f"{self.request.repository}-staging-{self.id}"

    @property
    def staging_image(self) -> str:
        """The name that the image has while it waits for its tests."""
        return f"{self.staging_repository}:staged"

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags to publish."""
        return self.request.image_tags or (self.id,)

    @property
    def images(self) -> tuple[str, ...]:
        """The names that the image has in its registry once the build has succeeded."""
        return tuple(f"{self.request.repository}:{tag}" for tag in self.tags)

    def of(self, phase: Phase) -> PhaseRecord:
        """Return what is known of one phase."""
        match phase:
            case "build":
                return self.build
            case "test":
                return self.test
            case "publish":
                return self.publish

    def with_phase(self, phase: Phase, **changes: object) -> Record:
        """Return the record with some of one phase's fields changed."""
        return self.model_copy(update={phase: self.of(phase).model_copy(update=changes)})

    def after(self, phase: Phase) -> Phase | None:
        """Return the phase that follows, None after the last."""
        position = self.phases.index(phase)
        return self.phases[position + 1] if position + 1 < len(self.phases) else None

    def before(self, phase: Phase) -> Phase | None:
        """Return the phase that comes before, None for the first."""
        position = self.phases.index(phase)
        return self.phases[position - 1] if position else None

    def job_of(self, phase: Phase) -> str:
        """Return the id of the job of a phase's current attempt."""
        return job_id(phase, self.id, self.of(phase).attempt)


_PHASE_JOB = re.compile(rf"(?:{'|'.join(PHASES)})-([0-9a-z]{{26}})(?:-[1-9][0-9]?)?")


def job_id(kind: str, build_id: str, attempt: int = 1) -> str:
    """Return the id of a build's job: ``kind`` is a phase or ``cleanup``."""
    return f"{kind}-{build_id}" if attempt == 1 else f"{kind}-{build_id}-{attempt}"


def build_of(job_id: str) -> str | None:
    """Return the build that a phase's job belongs to; None for what can only be somebody else's job."""
    match = _PHASE_JOB.fullmatch(job_id)
    return match[1] if match else None
