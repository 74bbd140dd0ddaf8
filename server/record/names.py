"""The words of a build's life: its states, phases and reasons, and the ids of its jobs."""

from __future__ import annotations

import re
from typing import Literal

Status = Literal["PENDING", "BUILDING", "TESTING", "PUBLISHING", "SUCCEEDED", "FAILED"]
Phase = Literal["plan", "build", "test", "publish"]
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
    "conflict",
    "host_unfit",
    "service_failed",
    "build_file_invalid",
    "nomad_unreachable",
    "internal",
]

PHASES: tuple[Phase, ...] = ("build", "test", "publish")
# Before all others the build file is read, if there is one to be read: until then nobody knows what is wanted.
ALL_PHASES: tuple[Phase, ...] = ("plan", *PHASES)
RUNNING: dict[Phase, Status] = {"build": "BUILDING", "test": "TESTING", "publish": "PUBLISHING"}

_PHASE_JOB = re.compile(rf"(?:{'|'.join(ALL_PHASES)})-([0-9a-z]{{26}})(?:-[1-9][0-9]?)?")


def job_id(kind: str, build_id: str, attempt: int = 1) -> str:
    """Return the id of a build's job: ``kind`` is a phase or ``cleanup``."""
    return f"{kind}-{build_id}" if attempt == 1 else f"{kind}-{build_id}-{attempt}"


def phase_of(job_id: str) -> str:
    """Return the phase that a phase's job is of."""
    return job_id.partition("-")[0]


def build_of(job_id: str) -> str | None:
    """Return the build that a phase's job belongs to; None for what can only be somebody else's job."""
    match = _PHASE_JOB.fullmatch(job_id)
    return match[1] if match else None
