"""The shapes of short looks: what waitJob and getHistory take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import pydantic

from server.answers import Arguments, FailureAnswer, JobID, Owner, QueueAnswer, Wire
from server.record import Reason, Status

# Clients give up on a call after a minute, some of them earlier.
WAIT_SECONDS = 45
PAGE_BUILDS = 20


class WaitArguments(Arguments):
    """Arguments of waitJob."""

    job_id: JobID
    seconds: Annotated[
        int, pydantic.Field(ge=0, le=WAIT_SECONDS, description="How long to wait at most")
    ] = WAIT_SECONDS
    owner: Owner = None


class WaitAnswer(Wire):
    """How far a build has come; as short as can be while it runs, for it is asked for again and again."""

    job_id: str
    status: Status
    finished: bool
    elapsed_seconds: int
    step: str | None = None
    queue: QueueAnswer | None = None
    images: tuple[str, ...] | None = None
    digest: str | None = None
    failure: FailureAnswer | None = None
    next_step: str


class HistoryArguments(Arguments):
    """Arguments of getHistory."""

    status: Status | None = None
    finished: Annotated[
        bool | None, pydantic.Field(description="true: ended ones; false: those that wait or run")
    ] = None
    repository: Annotated[
        str, pydantic.Field(max_length=200, description="Part of repoURL or of an image's name")
    ] = ""
    limit: Annotated[int, pydantic.Field(ge=1, le=100)] = PAGE_BUILDS
    cursor: Annotated[
        str, pydantic.Field(pattern=r"^[0-9]{0,19}$", description="nextCursor of the last page")
    ] = ""
    owner: Owner = None


class SummaryAnswer(Wire):
    """A build in a list."""

    job_id: str
    status: Status
    owner: str
    repo_url: Annotated[str, pydantic.Field(serialization_alias="repoURL")]
    git_ref: str
    commit: str | None = None
    images: tuple[str, ...] = ()
    created_at: datetime
    seconds: int
    reason: Reason | None = None


class HistoryAnswer(Wire):
    """Builds, the newest first; with ``next_cursor`` there are more."""

    builds: tuple[SummaryAnswer, ...]
    next_cursor: str | None = None
    next_step: str
