"""The records that the engine keeps: jobs, evaluations, allocations, task states, variables, the node.

All are frozen; a change is a new record with a new modify index, put into the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

JobStatus = Literal["pending", "running", "dead"]
EvaluationStatus = Literal["pending", "complete", "blocked", "canceled"]
TaskStatus = Literal["pending", "running", "dead"]
ClientStatus = Literal["pending", "running", "complete", "failed", "lost", "unknown"]
Json = Any
"""A value of the API's JSON: the engine passes definitions on as they came."""

NAMESPACE = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvent:
    """One line of a task's history; ``fields`` are the old top-level fields that it also fills."""

    type: str
    time: int
    display_message: str
    details: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str | int | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """How far a task came; times are nanoseconds since the epoch."""

    state: TaskStatus = "pending"
    failed: bool = False
    started_at: int | None = None
    finished_at: int | None = None
    events: tuple[TaskEvent, ...] = ()

    @property
    def successful(self) -> bool:
        """It is dead and nothing failed it."""
        return self.state == "dead" and not self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A registered job: its canonical definition and what the server adds to it."""

    id: str
    definition: Mapping[str, Json]
    version: int = 0
    stop: bool = False
    status: JobStatus = "pending"
    submit_time: int = 0
    create_index: int = 0
    modify_index: int = 0
    job_modify_index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One look of the scheduler at a job."""

    id: str
    job_id: str
    type: str
    triggered_by: str
    status: EvaluationStatus
    priority: int = 50
    status_description: str = ""
    previous_eval: str = ""
    blocked_eval: str = ""
    job_modify_index: int = 0
    snapshot_index: int = 0
    queued: Mapping[str, int] = field(default_factory=dict)
    failed_groups: Mapping[str, Json] = field(default_factory=dict)
    class_eligible: bool | None = None
    node_id: str = ""
    node_modify_index: int = 0
    create_index: int = 0
    modify_index: int = 0
    create_time: int = 0
    modify_time: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A group of a job placed on the node."""

    id: str
    job: Job
    group: str
    eval_id: str
    node_id: str
    node_name: str
    metrics: Mapping[str, Json]
    desired_status: Literal["run", "stop"] = "run"
    desired_description: str = ""
    client_status: ClientStatus = "pending"
    client_description: str = ""
    task_states: Mapping[str, TaskState] | None = None
    previous_id: str = ""
    next_id: str = ""
    migrate: bool = False
    """It is to be stopped and placed anew: an operator stopped it, or its node is drained."""
    no_shutdown_delay: bool | None = None
    create_index: int = 0
    modify_index: int = 0
    alloc_modify_index: int = 0
    create_time: int = 0
    modify_time: int = 0

    @property
    def name(self) -> str:
        """Job, group and index, as Nomad names an allocation."""
        return f"{self.job.id}.{self.group}[0]"

    @property
    def client_terminal(self) -> bool:
        """Nothing of it runs any more but, perhaps, poststop tasks."""
        return self.client_status in ("complete", "failed", "lost")

    @property
    def terminal(self) -> bool:
        """The server counts it as ended: told to stop, or ended by itself."""
        return self.desired_status == "stop" or self.client_terminal

    @property
    def successful(self) -> bool:
        """All its tasks ended well (RanSuccessfully)."""
        states = self.task_states or {}
        return bool(states) and all(state.successful for state in states.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How many allocations of each group of a job are how far."""

    groups: Mapping[str, Mapping[str, int]]
    create_index: int
    modify_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The lock on a variable; times are nanoseconds."""

    id: str
    ttl: int
    delay: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A Nomad Variable."""

    path: str
    items: Mapping[str, str]
    lock: Lock | None = None
    create_index: int = 0
    modify_index: int = 0
    create_time: int = 0
    modify_time: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The one node: what the scheduler compares and what the node's API shows."""

    id: str
    name: str
    region: str
    datacenter: str
    http_address: str
    attributes: Mapping[str, str]
    meta: Mapping[str, str]
    drivers: Mapping[str, Mapping[str, str]]
    host_volumes: Mapping[str, tuple[str, bool]]
    devices: Mapping[str, int]
    cores: int
    cpu_mhz: int
    memory_mb: int
    disk_mb: int
    status: Literal["initializing", "ready", "disconnected", "down"] = "initializing"
    eligible: bool = True
    drained_at: int | None = None
    create_index: int = 0
    modify_index: int = 0
    updated_at: int = 0

    @property
    def ready(self) -> bool:
        """Jobs may be placed on it."""
        return self.status == "ready" and self.eligible
