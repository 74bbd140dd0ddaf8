"""What a driver is to the runner: it starts a task and gives back something that ends or is killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from server.embedded import filesystem, job, logs, records


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a task ended."""

    code: int = 0
    signal: int = 0
    oom_killed: bool = False
    message: str = ""

    @property
    def successful(self) -> bool:
        """Nothing is wrong with it."""
        return self.code == 0 and self.signal == 0 and not self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """All that a driver needs to start one task."""

    allocation: records.Allocation
    group: job.Group
    task: job.Task
    directory: filesystem.TaskDirectory
    environment: Mapping[str, str]
    config: Mapping[str, records.Json]
    volumes: Mapping[str, str]
    stdout: logs.Rotator
    stderr: logs.Rotator
    emit: Callable[[records.TaskEvent], None]


class Running(Protocol):
    """A started task."""

    async def wait(self) -> Exit:
        """Wait until the task has ended and all of its output is written."""

    async def kill(self, signal: str, timeout_seconds: float) -> None:
        """Tell the task to end, and make it end when the time is over."""

    async def destroy(self) -> None:
        """Remove what is left of it."""


class Driver(Protocol):
    """Starts tasks of one kind."""

    in_container: bool
    attributes: Mapping[str, str]
    """What the node tells of the driver, such as its version."""

    async def start(self, launch: Launch) -> Running:
        """Start a task; ConfigFault or DriverFault when that cannot be done."""

    async def release(self, allocation_id: str) -> None:
        """Remove what the tasks of an allocation shared; none of them runs any more."""
