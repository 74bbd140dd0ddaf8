"""A Nomad in memory for the service's own code: calls can be made to fail, and others can act in the middle of one.

The embedded engine is the double for all that depends on how Nomad behaves. Here it is order that counts: at each
call a replica can be cut off (its call never came, or its answer never does) or overtaken by another one, without a
thread and without a clock, so that a property test can try thousands of orders and shrink those that go wrong.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from server import cluster, nodes
from server.clock import Clock
from server.errors import NomadConflict
from server.metrics import Metrics
from server.nomad import File, Nomad, Variable, VariableStub
from tests import samples

# What each task has said.
_SAID = b"said\n"

Moment = Literal["before", "after"]


class Died(BaseException):
    """The replica is gone: nothing of its code runs any more."""


@dataclass(slots=True)
class Job:
    """A job, and what became of it."""

    id: str
    stopped: bool
    index: int
    allocations: list[cluster.Allocation] = field(default_factory=list)
    placed_at: datetime = samples.NOW

    @property
    def status(self) -> str:
        """As Nomad derives it."""
        last = self.allocations[-1] if self.allocations else None
        if last is not None and last.client_status in ("pending", "running", "unknown"):
            return "running"
        return "dead" if self.stopped or last is not None else "pending"


class World(Clock):
    """What all replicas share: variables, jobs, and the time."""

    def __init__(self) -> None:
        super().__init__()
        self.time = samples.NOW
        self.variables: dict[str, tuple[Mapping[str, str], VariableStub]] = {}
        self.jobs: dict[str, Job] = {}
        self.removed: set[str] = set()
        self.files: dict[tuple[str, str], str] = {}
        self.locks: dict[str, str] = {}
        self.registrations: list[str] = []
        self._indexes = itertools.count(1)

    def now(self) -> datetime:
        return self.time

    def observe(self, date: str | None, elapsed: timedelta) -> None:
        """The time is what the test says."""

    def next_index(self) -> int:
        return next(self._indexes)

    def place(self, job: Job) -> None:
        """Place a job on a node, where its tasks run."""
        allocation = samples.make_allocation("running", main=samples.running())
        index = self.next_index()
        job.allocations.append(
            replace(
                allocation,
                id=f"{job.id}-{index}",
                job_id=job.id,
                create_index=index,
                modified_at=self.time,
            )
        )
        job.index = index
        job.placed_at = self.time

    def change(self, job: Job, **changes: Any) -> None:
        """Change a job's newest allocation."""
        job.index = self.next_index()
        job.allocations[-1] = replace(job.allocations[-1], modified_at=self.time, **changes)

    def end(
        self, job: Job, exit_code: int = 0, reason: str = "", build_file: str | None = None
    ) -> None:
        """Let a job's task end by itself; the one that plans leaves a build file."""
        allocation = job.allocations[-1]
        self.files[allocation.id, "alloc/data/reason"] = reason
        self.files[allocation.id, "alloc/data/digest"] = samples.DIGEST
        self.files[allocation.id, "alloc/data/commit"] = samples.COMMIT
        if build_file is not None:
            self.files[allocation.id, "alloc/data/build_file"] = build_file
        task = samples.failed(exit_code) if exit_code else samples.succeeded()
        state = samples.make_allocation("complete", main=task).tasks
        self.change(job, client_status="failed" if exit_code else "complete", tasks=state)

    def kill_task(self, job: Job) -> None:
        """Let a job's task be killed, as when the job is stopped."""
        killed = samples.task(samples.STARTED, samples.KILLING, samples.terminated(137))
        state = samples.make_allocation("complete", main=killed).tasks
        self.change(job, client_status="complete", desired_status="stop", tasks=state)


class SimulatedNomad(Nomad):
    """One replica's Nomad. ``at_call`` is called with each call's number and moment, and may raise ``Died``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = world
        self._metrics = Metrics()
        self.at_call: Callable[[int, Moment], None] = lambda number, moment: None
        self._calls = 0

    def begin(self, at_call: Callable[[int, Moment], None]) -> None:
        """Count calls from 0 again."""
        self._calls, self.at_call = 0, at_call

    def _do(self, work: Callable[[], Any]) -> Any:
        number, self._calls = self._calls, self._calls + 1
        self.at_call(number, "before")
        answer = work()
        self.at_call(number, "after")
        return answer

    def close(self) -> None:
        """Nothing is open."""

    # Jobs

    def register_job(self, job: Mapping[str, Any]) -> bool:
        return bool(self._do(lambda: self._register(job)))

    def _register(self, job: Mapping[str, Any]) -> bool:
        job_id = job["ID"]
        if job_id in self.world.jobs:
            return False
        stopped = bool(job.get("Stop"))
        self.world.jobs[job_id] = Job(job_id, stopped, self.world.next_index())
        if not stopped:
            self.world.registrations.append(job_id)
        return True

    def read_job(self, job_id: str) -> cluster.Job | None:
        def read() -> cluster.Job | None:
            job = self.world.jobs.get(job_id)
            return cluster.Job(id=job_id, status=job.status, stopped=job.stopped) if job else None

        found: cluster.Job | None = self._do(read)
        return found

    def read_allocation(self, job_id: str) -> cluster.Allocation | None:
        def read() -> cluster.Allocation | None:
            job = self.world.jobs.get(job_id)
            return cluster.choose_allocation(job.allocations) if job else None

        found: cluster.Allocation | None = self._do(read)
        return found

    def read_evaluations(self, job_id: str) -> cluster.Evaluations:
        found: cluster.Evaluations = self._do(
            lambda: cluster.Evaluations(removed=job_id in self.world.removed)
        )
        return found

    def stop_job(self, job_id: str, *, purge: bool = False) -> None:
        self._do(lambda: self._stop(job_id, purge))

    def _stop(self, job_id: str, purge: bool) -> None:
        job = self.world.jobs.get(job_id)
        if job is None:
            return
        job.stopped = True
        last = job.allocations[-1] if job.allocations else None
        if last is not None and last.client_status in ("pending", "running"):
            # Its tasks end when they have been killed, or by themselves before.
            self.world.change(job, desired_status="stop")
        if purge:
            del self.world.jobs[job_id]
            self.world.removed.add(job_id)

    def list_jobs(self, prefix: str, *, alive: bool = False) -> tuple[cluster.JobStub, ...]:
        def read() -> tuple[cluster.JobStub, ...]:
            return tuple(
                cluster.JobStub(id=job.id, status=job.status, modify_index=job.index)
                for job in self.world.jobs.values()
                if job.id.startswith(prefix) and not (alive and job.status == "dead")
            )

        found: tuple[cluster.JobStub, ...] = self._do(read)
        return found

    def read_file(self, allocation_id: str, path: str, limit: int) -> bytes | None:
        found: str | None = self._do(lambda: self.world.files.get((allocation_id, path)))
        return None if found is None else found.encode()

    def read_log(self, allocation_id: str, task: str, stream: str, tail: int) -> bytes:
        return bytes(self._do(lambda: _SAID))

    def list_files(self, allocation_id: str, folder: str) -> tuple[File, ...] | None:
        said = [f"{task}.stdout.0" for task in ("source", "build", "test-1", "publish")]
        found: tuple[File, ...] = self._do(lambda: tuple(File(each, len(_SAID)) for each in said))
        return found

    def read_part(self, allocation_id: str, path: str, offset: int, size: int) -> bytes:
        return bytes(self._do(lambda: _SAID[offset : offset + size]))

    def list_nodes(self, *, bridge: bool = False) -> tuple[nodes.Node, ...]:
        return ()

    # Variables

    def read_variable(self, path: str) -> Variable | None:
        def read() -> Variable | None:
            if path not in self.world.variables:
                return None
            items, stub = self.world.variables[path]
            return Variable(path, items, stub.modify_index)

        found: Variable | None = self._do(read)
        return found

    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int:
        def write() -> int:
            _, stub = self.world.variables.get(path, (None, None))
            if (stub.modify_index if stub else 0) != expected_index:
                raise NomadConflict(path)
            index = self.world.next_index()
            self.world.variables[path] = (
                dict(items),
                VariableStub(
                    path=path,
                    create_index=stub.create_index if stub else index,
                    modify_index=index,
                    created_at=stub.created_at if stub else self.world.time,
                    modified_at=self.world.time,
                ),
            )
            return index

        return int(self._do(write))

    def delete_variable(self, path: str, expected_index: int | None = None) -> None:
        def delete() -> None:
            _, stub = self.world.variables.get(path, (None, None))
            found = stub.modify_index if stub else 0
            if expected_index is not None and found != expected_index:
                raise NomadConflict(path)
            self.world.variables.pop(path, None)

        self._do(delete)

    def list_variables(self, prefix: str) -> tuple[VariableStub, ...]:
        def read() -> tuple[VariableStub, ...]:
            found = sorted(path for path in self.world.variables if path.startswith(prefix))
            return tuple(self.world.variables[path][1] for path in found)

        listed: tuple[VariableStub, ...] = self._do(read)
        return listed

    def acquire_lock(self, path: str, seconds: int) -> str | None:
        def acquire() -> str | None:
            if path in self.world.locks:
                return None
            self.world.locks[path] = f"lock-{self.world.next_index()}"
            return self.world.locks[path]

        lock: str | None = self._do(acquire)
        return lock

    def renew_lock(self, path: str, lock_id: str) -> bool:
        return bool(self._do(lambda: self.world.locks.get(path) == lock_id))

    def release_lock(self, path: str, lock_id: str) -> None:
        self._do(lambda: self.world.locks.pop(path, None))
