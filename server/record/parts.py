"""The parts of a record: phases and their tasks, why a build failed or was killed, what its tests said, its webhook."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import pydantic

from server.record.names import Phase, Reason


class Data(pydantic.BaseModel):
    """Frozen data; a field that this version does not know was written by a newer one and is kept out."""

    model_config = pydantic.ConfigDict(frozen=True, extra="ignore")


class TaskRecord(Data):
    """One task of a phase: when it ran, and how it ended."""

    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None


class PhaseRecord(Data):
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


class FailedStep(Data):
    """The Dockerfile's instruction that failed; what is not certain is None.

    ``number`` of ``of`` counts as Buildah does within ``stage``, all from 1; ``line`` is its first one in ``file``.
    """

    number: int | None = None
    of: int | None = None
    stage: int | None = None
    instruction: str
    file: str = ""
    line: int | None = None


class Failure(Data):
    """Why a build failed, and what whoever asked for it can do about it.

    ``family`` is what kind of failure the log shows (``failures/families.py``), ``evidence`` the line that shows it.
    """

    phase: Phase
    task: str = ""
    reason: Reason
    exit_code: int | None = None
    message: str
    hint: str = ""
    step: FailedStep | None = None
    family: str = ""
    evidence: str = ""


class Kill(Data):
    """Who asked for a build's end, when, and in whose favour if another build took its place."""

    at: datetime
    by: str = "killJob"
    why: str = ""
    superseded_by: str = ""


DeliveryEvent = Literal["build.succeeded", "build.failed"]


class FailedTest(Data):
    """A test of a report that did not pass."""

    suite: str = ""
    name: str
    message: str = ""


class TestReport(Data):
    """What the tests' JUnit files say together; ``failures`` are the first ones."""

    __test__ = False  # pytest takes classes of this name for its own

    tests: int
    passed: int
    failed: int
    errors: int
    skipped: int
    seconds: float
    failures: tuple[FailedTest, ...] = ()
    problems: tuple[str, ...] = ()


class Delivery(Data):
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
