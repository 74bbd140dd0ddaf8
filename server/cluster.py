"""What Nomad says about jobs, allocations, evaluations and nodes, as frozen data; reading it from API JSON is pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

ClientStatus = Literal["pending", "running", "complete", "failed", "lost", "unknown"]
_CLIENT_STATUSES: dict[str, ClientStatus] = {
    "pending": "pending",
    "running": "running",
    "complete": "complete",
    "failed": "failed",
    "lost": "lost",
    "unknown": "unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvent:
    """One of the last ten things that happened to a task; ``time`` is in nanoseconds since 1970."""

    type: str
    message: str
    details: Mapping[str, str]
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """A task of an allocation: ``pending``, ``running`` or ``dead``, and whether it failed."""

    name: str
    state: str
    failed: bool
    started_at: str
    finished_at: str
    events: tuple[TaskEvent, ...]

    @property
    def exit_code(self) -> int | None:
        """The last exit code, when the task has run and ended."""
        for event in reversed(self.events):
            if event.type == "Terminated" and event.details.get("exit_code", "").isdigit():
                return int(event.details["exit_code"])
        return None

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel killed a process of the task for want of memory."""
        return any(event.details.get("oom_killed") == "true" for event in self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """One placement of a job on a node."""

    id: str
    job_id: str
    node_id: str
    node_name: str
    client_status: ClientStatus
    client_description: str
    desired_status: str
    create_index: int
    tasks: tuple[TaskState, ...]

    @property
    def ended(self) -> bool:
        """Whether the allocation will not change any more by itself."""
        return self.client_status in ("complete", "failed", "lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A registered job; ``stopped`` says that somebody asked for its end."""

    id: str
    status: str
    stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """Why a job was placed nowhere: how many nodes were looked at and what ruled them out."""

    nodes_evaluated: int
    nodes_in_pool: int
    filtered: Mapping[str, int]
    exhausted: Mapping[str, int]

    def __str__(self) -> str:
        reasons = [f"{count} by {what}" for what, count in sorted(self.filtered.items())]
        reasons += [f"{count} short of {what}" for what, count in sorted(self.exhausted.items())]
        if not reasons:
            return f"no node of {self.nodes_in_pool} is eligible"
        return f"of {self.nodes_evaluated} nodes were ruled out: {', '.join(reasons)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A client node, as far as placing a build depends on it."""

    id: str
    name: str
    ready: bool
    host_volumes: frozenset[str]


def read_job(data: Mapping[str, Any]) -> Job:
    """Read ``GET /v1/job/:id``."""
    return Job(id=data["ID"], status=data.get("Status", ""), stopped=bool(data.get("Stop")))


def read_allocation(data: Mapping[str, Any]) -> Allocation:
    """Read an element of ``GET /v1/job/:id/allocations`` or a whole allocation."""
    states: Mapping[str, Any] = data.get("TaskStates") or {}
    return Allocation(
        id=data["ID"],
        job_id=data["JobID"],
        node_id=data.get("NodeID", ""),
        node_name=data.get("NodeName", ""),
        client_status=_CLIENT_STATUSES.get(data.get("ClientStatus", ""), "unknown"),
        client_description=data.get("ClientDescription", ""),
        desired_status=data.get("DesiredStatus", ""),
        create_index=data.get("CreateIndex", 0),
        tasks=tuple(_read_task_state(name, state) for name, state in sorted(states.items())),
    )


def _read_task_state(name: str, data: Mapping[str, Any]) -> TaskState:
    return TaskState(
        name=name,
        state=data.get("State", ""),
        failed=bool(data.get("Failed")),
        started_at=data.get("StartedAt") or "",
        finished_at=data.get("FinishedAt") or "",
        events=tuple(
            TaskEvent(
                type=event.get("Type", ""),
                message=event.get("DisplayMessage") or event.get("Message") or "",
                details=event.get("Details") or {},
                time=event.get("Time", 0),
            )
            for event in data.get("Events") or ()
        ),
    )


def read_shortage(evaluations: list[Mapping[str, Any]]) -> Shortage | None:
    """Read from a job's evaluations, newest first decides, why it could not be placed; None if it could."""
    for evaluation in sorted(evaluations, key=lambda each: -each.get("CreateIndex", 0)):
        for metrics in (evaluation.get("FailedTGAllocs") or {}).values():
            return Shortage(
                nodes_evaluated=metrics.get("NodesEvaluated", 0),
                nodes_in_pool=metrics.get("NodesInPool", 0),
                filtered=metrics.get("ConstraintFiltered") or {},
                exhausted=metrics.get("DimensionExhausted") or {},
            )
    return None


def read_node(data: Mapping[str, Any]) -> Node:
    """Read ``GET /v1/node/:id``."""
    return Node(
        id=data["ID"],
        name=data.get("Name", ""),
        ready=data.get("Status") == "ready" and data.get("SchedulingEligibility") == "eligible",
        host_volumes=frozenset(data.get("HostVolumes") or {}),
    )


def read_time(text: str) -> datetime | None:
    """Read one of Nomad's timestamps; None for its zero time, which stands for "not yet"."""
    if not text or text.startswith("0001-"):
        return None
    return datetime.fromisoformat(text)
