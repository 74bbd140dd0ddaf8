"""The engine's memory: records by table, one index that only grows, and what a change publishes.

Mirrors nomad/state: each transaction takes the next index, every record it puts gets that index, and
a job's status and summary follow from its allocations and evaluations.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from server.embedded import events, notices, records, resources, summaries, tables, wire, wire_node

FIRST_INDEX = 1
Value = TypeVar("Value")


class Transaction:
    """Changes that get one index and are published together; made by ``State.transaction``."""

    def __init__(self, state: State, event_type: str, index: int, now: int) -> None:
        self.index = index
        self.now = now
        self._state = state
        self._event_type = event_type
        self._events: list[events.Event] = []
        self._touched_jobs: dict[str, None] = {}
        self.changed: set[notices.Name] = set()

    def put_job(self, job: records.Job) -> records.Job:
        """Insert or change a job's definition, which starts a new version of its record."""
        stored = replace(
            job,
            create_index=job.create_index or self.index,
            modify_index=self.index,
            job_modify_index=self.index,
        )
        self._store_job(stored)
        self._touched_jobs[job.id] = None
        return stored

    def delete_job(self, job: records.Job) -> None:
        """Remove a job with its allocations and end its waiting evaluations, as DeleteJobTxn."""
        state = self._state
        del state.jobs[job.id], state.versions[job.id], state.summaries[job.id]
        state.queued.pop(job.id, None)
        for allocation in state.allocations.of(job.id):
            del state.allocations[allocation.id]
            state.occupied.free(allocation.id)
            self._mark("allocs", job.id, allocation.id)
        for evaluation in state.evaluations.of(job.id):
            if evaluation.status == "pending":
                state.evaluations[evaluation.id] = replace(
                    evaluation, status="complete", status_description=f"job {job.id} deleted"
                )
                self._mark("evals", evaluation.id)
        self._mark("jobs", job.id)
        self._mark("job_summary", job.id)
        self._publish("Job", job.id, None, {"Job": wire.job(job)})

    def delete_evaluations(self, job_id: str) -> None:
        """Forget a job's evaluations, whatever their status."""
        for evaluation in self._state.evaluations.of(job_id):
            del self._state.evaluations[evaluation.id]
            self._state.blocked.pop(evaluation.id, None)
            self._mark("evals", evaluation.id)

    def put_evaluation(self, evaluation: records.Evaluation) -> records.Evaluation:
        """Insert or change an evaluation."""
        stored = replace(
            evaluation,
            create_index=evaluation.create_index or self.index,
            create_time=evaluation.create_time or self.now,
            modify_index=self.index,
            modify_time=self.now,
        )
        self._state.evaluations[stored.id] = stored
        if stored.status == "blocked":
            self._state.blocked[stored.id] = None
        else:
            self._state.blocked.pop(stored.id, None)
        if stored.queued:
            self._state.queued.setdefault(stored.job_id, {}).update(stored.queued)
        self._mark("evals", stored.id)
        self._publish(
            "Evaluation", stored.id, (stored.job_id, ""), {"Evaluation": wire.evaluation(stored)}
        )
        self._touched_jobs[stored.job_id] = None
        return stored

    def put_allocation(self, allocation: records.Allocation) -> records.Allocation:
        """Insert an allocation, or change it by the server's decision."""
        queued = self._state.queued.get(allocation.job.id, {})
        if allocation.id not in self._state.allocations and queued.get(allocation.group):
            queued[allocation.group] -= 1
        return self._store_allocation(replace(allocation, alloc_modify_index=self.index))

    def put_client_update(self, allocation: records.Allocation) -> records.Allocation:
        """Change an allocation by what the client tells of it."""
        return self._store_allocation(allocation)

    def put_node(self, node: records.Node) -> records.Node:
        """Insert or change the node."""
        stored = replace(
            node,
            create_index=node.create_index or self.index,
            modify_index=self.index,
            updated_at=self.now,
        )
        self._state.node = stored
        self.touch_node()
        return stored

    def touch_node(self) -> None:
        """Publish the node as it is: allocations of it changed."""
        node = self._state.node
        if node is None:
            return
        self._mark("nodes", node.id)
        self._publish("Node", node.id, None, {"Node": wire_node.full(node)}, namespace="")

    def put_variable(
        self, variable: records.Variable, modify_time: int | None = None
    ) -> records.Variable:
        """Insert or change a variable; Nomad 1.10 publishes no events of variables.

        A lock that is taken off leaves the time of the last write as it was.
        """
        stored = replace(
            variable,
            create_index=variable.create_index or self.index,
            create_time=variable.create_time or self.now,
            modify_index=self.index,
            modify_time=self.now if modify_time is None else modify_time,
        )
        self._state.variables[stored.path] = stored
        self._mark("variables", stored.path)
        return stored

    def delete_variable(self, path: str) -> None:
        """Remove a variable, if it is there."""
        self._state.variables.pop(path, None)
        self._mark("variables", path)

    def finish(self) -> tuple[events.Event, ...]:
        """Bring the touched jobs' statuses up to date and return all that is to be published."""
        for job_id in self._touched_jobs:
            job = self._state.jobs.get(job_id)
            if job is None:
                continue
            status = summaries.derive_status(
                job, self._state.allocations.of(job_id), self._state.evaluations.of(job_id)
            )
            if status != job.status:
                self._store_job(replace(job, status=status, modify_index=self.index))
            self._summarize(job)
        return tuple(self._events)

    def _summarize(self, job: records.Job) -> None:
        """Bring a job's summary up to date; it has a new index only when a number changed."""
        state = self._state
        groups = summaries.count(job, state.allocations.of(job.id), state.queued.get(job.id, {}))
        known = state.summaries.get(job.id)
        if known is None or known.groups != groups:
            state.summaries[job.id] = records.Summary(
                groups=groups, create_index=job.create_index, modify_index=self.index
            )
            self._mark("job_summary", job.id)

    def _mark(self, table: str, *keys: str) -> None:
        """Note that records of a table changed, for its index and for those who wait."""
        self._state.table_index[table] = self.index
        self.changed.add((table, ""))
        self.changed.update((table, key) for key in keys)

    def _store_job(self, job: records.Job) -> None:
        self._state.jobs[job.id] = job
        self._state.versions.setdefault(job.id, {})[job.version] = job
        self._mark("jobs", job.id)
        self._publish("Job", job.id, None, {"Job": wire.job(job)})

    def _store_allocation(self, allocation: records.Allocation) -> records.Allocation:
        stored = replace(
            allocation,
            create_index=allocation.create_index or self.index,
            create_time=allocation.create_time or self.now,
            modify_index=self.index,
            modify_time=self.now,
        )
        self._state.allocations[stored.id] = stored
        self._state.occupied.take(stored)
        self._mark("allocs", stored.job.id, stored.id)
        self._publish(
            "Allocation",
            stored.id,
            (stored.job.id, ""),
            {"Allocation": wire.allocation(stored, with_job=False)},
        )
        self._touched_jobs[stored.job.id] = None
        return stored

    def _publish(
        self,
        topic: str,
        key: str,
        filter_keys: tuple[str, ...] | None,
        payload: Mapping[str, records.Json],
        namespace: str = records.NAMESPACE,
    ) -> None:
        self._events.append(
            events.Event(
                topic=topic,
                type=self._event_type,
                key=key,
                namespace=namespace,
                filter_keys=filter_keys,
                index=self.index,
                payload=payload,
            )
        )


class State:
    """All tables of the engine and the broker of their changes."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self.index = FIRST_INDEX
        self.jobs: dict[str, records.Job] = {}
        self.versions: dict[str, dict[int, records.Job]] = {}
        self.summaries: dict[str, records.Summary] = {}
        self.queued: dict[str, dict[str, int]] = {}
        self.evaluations = tables.JobTable[records.Evaluation](lambda each: each.job_id)
        self.blocked: dict[str, None] = {}
        self.allocations = tables.JobTable[records.Allocation](lambda each: each.job.id)
        self.occupied = resources.Occupied()
        self.variables: dict[str, records.Variable] = {}
        self.node: records.Node | None = None
        self.table_index: dict[str, int] = {}
        self.broker = events.Broker()
        self.changed = notices.Board()
        self.variables_changed = notices.Notice()
        self._clock = clock

    @contextmanager
    def transaction(self, event_type: str) -> Iterator[Transaction]:
        """Open a transaction: the next index, published when the block ends well."""
        transaction = Transaction(self, event_type, self.index + 1, self._clock())
        self.index += 1
        yield transaction
        published = transaction.finish()
        if published:
            self.broker.publish(transaction.index, published)
        self.changed.give(transaction.changed)
        if ("variables", "") in transaction.changed:
            self.variables_changed.give()

    def close(self) -> None:
        """Let all waiters and streams go."""
        self.changed.close()
        self.variables_changed.close()
        self.broker.close()

    def index_of(self, *tables: str) -> int:
        """Return the last index that changed one of these tables."""
        return max(FIRST_INDEX, *(self.table_index.get(table, 0) for table in tables))

    async def wait_beyond(
        self,
        minimum: int,
        seconds: float,
        names: Collection[notices.Name],
        read: Callable[[], tuple[int, Value]],
    ) -> tuple[int, Value]:
        """Read until the index that comes with the value passes the minimum or the time is over.

        It is read again when something of ``names`` changed, which is all that the value depends on.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            with self.changed.ticket(names) as ticket:
                index, value = read()
                remaining = deadline - asyncio.get_running_loop().time()
                if index > minimum or remaining <= 0 or self.changed.closed:
                    return index, value
                try:
                    await asyncio.wait_for(ticket.wait(), remaining)
                except TimeoutError:
                    return read()

    def current_node(self) -> records.Node:
        """Return the node; it registers before anything else happens."""
        if self.node is None:
            msg = "the node has not registered yet"
            raise RuntimeError(msg)
        return self.node
