"""What Nomad says about jobs, allocations and evaluations, as frozen data; reading it from API JSON is pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
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
    def served_to_the_end(self) -> bool:
        """Whether it is a sidecar that ran as long as the main tasks: only then Nomad itself ends it."""
        return not self.failed and any(event.type == "Main Tasks Dead" for event in self.events)

    @property
    def waits_for_secret(self) -> bool:
        """Whether a template of the task waits for a secret that is not there."""
        if self.state != "pending" or not self.events:
            return False
        last = self.events[-1]
        return last.type == "Template" and last.message.startswith("Missing:")

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel killed a process of the task for want of memory."""
        return any(event.details.get("oom_killed") == "true" for event in self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """One placement of a job on a node.

    ``strays`` says that another one of the job is on a node that nobody hears of, where its tasks may still run.
    """

    id: str
    job_id: str
    node_id: str
    node_name: str
    client_status: ClientStatus
    client_description: str
    desired_status: str
    create_index: int
    modified_at: datetime | None
    tasks: tuple[TaskState, ...]
    strays: bool = False

    @property
    def ended_well(self) -> bool:
        """Tell a job that did its work from one that was stopped, perhaps before it ran: both are ``complete``."""
        return (
            self.client_status == "complete"
            and bool(self.tasks)
            and all(
                task.served_to_the_end
                or (
                    task.exit_code == 0
                    and not any(event.type == "Killing" for event in task.events)
                )
                for task in self.tasks
            )
        )

    @property
    def stopped(self) -> bool:
        """Tell an allocation that somebody stopped from one that failed by itself.

        A task that Nomad kills to drain its node counts as failed, so that a batch job is placed anew.
        """
        if self.client_status == "complete":
            return not self.ended_well
        failed = [task for task in self.tasks if task.failed]
        return (
            self.client_status == "failed"
            and self.desired_status == "stop"
            and bool(failed)
            and all(any(event.type == "Killing" for event in task.events) for task in failed)
        )

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
class JobStub:
    """A job as a list shows it; ``modify_index`` grows with its status and with its allocations' statuses."""

    id: str
    status: str
    modify_index: int


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
class Evaluations:
    """What the evaluations of a job say: why it is placed nowhere, and whether somebody removed it."""

    shortage: Shortage | None = None
    removed: bool = False


NO_EVALUATIONS = Evaluations()


def read_job(data: Mapping[str, Any]) -> Job:
    """Read ``GET /v1/job/:id``."""
    return Job(id=data["ID"], status=data.get("Status", ""), stopped=bool(data.get("Stop")))


def read_job_stub(data: Mapping[str, Any]) -> JobStub:
    """Read an element of ``GET /v1/jobs``."""
    summary: Mapping[str, Any] = data.get("JobSummary") or {}
    indexes = (data.get("ModifyIndex", 0), summary.get("ModifyIndex", 0))
    return JobStub(id=data["ID"], status=data.get("Status", ""), modify_index=max(indexes))


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
        modified_at=_read_nanoseconds(data.get("ModifyTime", 0)),
        tasks=tuple(_read_task_state(name, state) for name, state in sorted(states.items())),
    )


def choose_allocation(allocations: Iterable[Allocation]) -> Allocation | None:
    """Return the allocation of a job that counts; None if it has none.

    Nomad places another one when a node is drained or lost, and drops one of the two when the lost one returns
    (scheduler/reconciler/filters.go): what has done its work counts most, then what may still do it.
    """
    known = sorted(allocations, key=lambda each: each.create_index)
    if not known:
        return None
    best = max(known, key=lambda each: (_rank(each), each.create_index))
    strays = any(each.client_status in ("unknown", "lost") for each in known if each.id != best.id)
    return dataclasses.replace(best, strays=strays)


def _rank(allocation: Allocation) -> int:
    if allocation.ended_well:
        return 3
    if allocation.client_status in ("pending", "running") and allocation.desired_status == "run":
        return 2
    return 1 if allocation.client_status in ("failed", "unknown") else 0


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


def read_evaluations(job_id: str, evaluations: list[Mapping[str, Any]]) -> Evaluations:
    """Read ``GET /v1/job/:id/evaluations``, which also answers for a job that is gone.

    Nomad adds those of jobs whose names begin with this one's (nomad/state EvalsByJob).
    """
    evaluations = [each for each in evaluations if each.get("JobID") == job_id]
    removed = any(each.get("TriggeredBy") == "job-deregister" for each in evaluations)
    return Evaluations(shortage=_read_shortage(evaluations), removed=removed)


# What happens to a job by itself, or because this service has registered it (nomad/state/events.go); not its removal.
_CALM_JOB_EVENTS = ("JobRegistered", "EvaluationUpdated", "PlanResult", "AllocationUpdated")


def is_routine(topic: str, kind: str, data: Mapping[str, Any]) -> bool:
    """Tell of an event of the stream and what it is about whether it only says that a job goes on as it should."""
    match topic:
        case "Job":
            return kind in _CALM_JOB_EVENTS
        case "Allocation":
            on_its_way = data.get("ClientStatus") in ("pending", "running")
            states: Mapping[str, Any] = data.get("TaskStates") or {}
            tasks = (_read_task_state(name, state) for name, state in states.items())
            wanted = data.get("DesiredStatus") == "run"
            return on_its_way and wanted and not any(task.waits_for_secret for task in tasks)
        case "Evaluation":
            calm = data.get("Status") in ("pending", "complete") and not data.get("FailedTGAllocs")
            return calm and data.get("TriggeredBy") != "job-deregister"
        case _:
            return False


def _read_shortage(evaluations: list[Mapping[str, Any]]) -> Shortage | None:
    """The newest evaluation decides why a job could not be placed; None if it could."""
    for evaluation in sorted(evaluations, key=lambda each: -each.get("CreateIndex", 0)):
        for metrics in (evaluation.get("FailedTGAllocs") or {}).values():
            return Shortage(
                nodes_evaluated=metrics.get("NodesEvaluated", 0),
                nodes_in_pool=metrics.get("NodesInPool", 0),
                filtered=metrics.get("ConstraintFiltered") or {},
                exhausted=metrics.get("DimensionExhausted") or {},
            )
    return None


def _read_nanoseconds(time: int) -> datetime | None:
    return datetime.fromtimestamp(time / 1e9, tz=UTC) if time else None


def read_time(text: str) -> datetime | None:
    """Read one of Nomad's timestamps; None for its zero time, which stands for "not yet"."""
    if not text or text.startswith("0001-"):
        return None
    return datetime.fromisoformat(text)
