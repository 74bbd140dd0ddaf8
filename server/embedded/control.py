"""What Nomad's servers do on request: register and stop jobs, stop allocations, take in what the client reports.

Each step is one transaction of the state, in the order and with the event types that a real Nomad
publishes (JobRegistered, PlanResult, EvaluationUpdated, AllocationUpdated, JobDeregistered).
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from server.embedded import evaluator, faults, reconcile, records, state, validation


class Client(evaluator.Client, Protocol):
    """What runs allocations, as the control side sees it."""

    def forget(self, allocation_id: str) -> None:
        """Kill what still runs of an allocation and remove its directory."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Where a registration or deregistration left its marks."""

    evaluation_id: str
    index: int
    job_modify_index: int


class Control:
    """The server side of the engine."""

    def __init__(self, store: state.State, client: Client, *, has_vault: bool) -> None:
        self._store = store
        self._has_vault = has_vault
        self._client = client
        self._evaluator = evaluator.Evaluator(store, client)
        self._unblocking: asyncio.Handle | None = None

    def register(
        self, definition: Mapping[str, records.Json], enforced_index: int | None
    ) -> Registered:
        """Register a job; with an enforced index only when the job stands at it (0: is absent)."""
        current = self._store.jobs.get(definition["ID"])
        _check_index(current, enforced_index)
        validation.refuse_unsupported(definition, has_vault=self._has_vault)
        changed = current is None or current.stop or current.definition != definition
        event_type = "JobRegistered" if changed else "EvaluationUpdated"
        with self._store.transaction(event_type) as transaction:
            if current is None or changed:
                stored = transaction.put_job(
                    records.Job(
                        id=definition["ID"],
                        definition=definition,
                        version=current.version + 1 if current else 0,
                        stop=definition["Stop"],
                        status=current.status if current else "pending",
                        submit_time=time.time_ns(),
                        create_index=current.create_index if current else 0,
                    )
                )
            else:
                stored = current
            evaluation = transaction.put_evaluation(
                _evaluation(stored, "job-register", stored.job_modify_index)
            )
        self._evaluator.evaluate(evaluation)
        return Registered(evaluation.id, transaction.index, stored.job_modify_index)

    def deregister(self, job_id: str, purge: bool) -> Registered:
        """Stop a job, or remove it with all that is known of it."""
        current = self._store.jobs.get(job_id)
        if current is None:
            return Registered("", 0, 0)
        removed = [each.id for each in self._store.allocations.of(job_id)] if purge else []
        with self._store.transaction("JobDeregistered") as transaction:
            if purge:
                transaction.delete_job(current)
            else:
                transaction.put_job(
                    replace(
                        current, stop=True, version=current.version + 1, submit_time=time.time_ns()
                    )
                )
            # Nomad gives deregistrations the type "service", whatever the job's (job_endpoint.go).
            evaluation = transaction.put_evaluation(
                replace(_evaluation(current, "job-deregister", transaction.index), type="service")
            )
        for allocation_id in removed:
            self._client.forget(allocation_id)
        self._evaluator.evaluate(evaluation)
        return Registered(evaluation.id, transaction.index, transaction.index)

    def stop_allocation(self, allocation_id: str, no_shutdown_delay: bool) -> Registered | None:
        """Stop an allocation, so that another one is placed; None when there is none of this id."""
        known = self._store.allocations.get(allocation_id)
        if known is None:
            return None
        with self._store.transaction("AllocationUpdateDesiredStatus") as transaction:
            transaction.put_allocation(
                replace(known, migrate=True, no_shutdown_delay=no_shutdown_delay)
            )
            current = self._store.jobs.get(known.job.id, known.job)
            evaluation = transaction.put_evaluation(
                _evaluation(current, "alloc-stop", known.job.modify_index)
            )
        self._evaluator.evaluate(evaluation)
        return Registered(evaluation.id, transaction.index, 0)

    def update(self, allocation: records.Allocation) -> None:
        """Take in what the client reports of an allocation."""
        known = self._store.allocations.get(allocation.id)
        if known is None:
            return
        reconnected: records.Evaluation | None = None
        with self._store.transaction("AllocationUpdated") as transaction:
            transaction.put_client_update(
                replace(
                    known,
                    client_status=allocation.client_status,
                    client_description=allocation.client_description,
                    task_states=allocation.task_states,
                )
            )
            if known.client_status == "unknown":
                current = self._store.jobs.get(known.job.id, known.job)
                reconnected = transaction.put_evaluation(_evaluation(current, "reconnect"))
            transaction.touch_node()
        if reconnected is not None:
            self._evaluator.evaluate(reconnected)
        if allocation.client_terminal and not known.client_terminal:
            self._unblock_soon()

    def lose_node(self) -> None:
        """Let the node's heartbeat stay away, as nomad/heartbeat.go invalidateHeartbeat."""
        patient = any(reconcile.may_reconnect(each) for each in self._store.allocations.values())
        status: Literal["disconnected", "down"] = "disconnected" if patient else "down"
        with self._store.transaction("NodeStreamEvent") as transaction:
            transaction.put_node(replace(self._store.current_node(), status=status))
        self._evaluate_node(transaction.index)

    def find_node(self) -> list[str]:
        """Hear of the node again; return the allocations that it has to tell of."""
        with self._store.transaction("NodeStreamEvent") as transaction:
            transaction.put_node(replace(self._store.current_node(), status="ready"))
        self._unblock()
        self._evaluate_node(transaction.index)
        return [
            each.id for each in self._store.allocations.values() if each.client_status == "unknown"
        ]

    def drain_node(self) -> int:
        """Drain the node as ``-enable -force`` does: the deadline is now; return the index."""
        node = self._store.current_node()
        with self._store.transaction("NodeDrain") as drain:
            drain.put_node(replace(node, eligible=False, drained_at=drain.now))
        running = [each for each in self._store.allocations.values() if not each.terminal]
        with self._store.transaction("AllocationUpdateDesiredStatus") as transaction:
            for each in running:
                transaction.put_allocation(replace(each, migrate=True))
            evaluations = [
                transaction.put_evaluation(_evaluation(each, "node-drain"))
                for each in self._jobs_of(running)
            ]
        for evaluation in evaluations:
            self._evaluator.evaluate(evaluation)
        return drain.index

    def set_eligible(self, eligible: bool) -> tuple[int, int, list[str]]:
        """Let jobs be placed on the node, or not; return the index, and of evaluations index and ids."""
        node = self._store.current_node()
        if node.eligible == eligible:
            return 0, 0, []
        with self._store.transaction("NodeDrain") as transaction:
            transaction.put_node(replace(node, eligible=eligible))
        if not eligible:
            return transaction.index, 0, []
        self._unblock()
        return transaction.index, *self._evaluate_node(transaction.index)

    def _evaluate_node(self, node_index: int) -> tuple[int, list[str]]:
        """Look at all jobs that run on the node, as createNodeEvals; it looks at ended ones too."""
        running = [each for each in self._store.allocations.values() if not each.client_terminal]
        node_id = self._store.current_node().id
        with self._store.transaction("EvaluationUpdated") as transaction:
            evaluations = [
                transaction.put_evaluation(
                    replace(
                        _evaluation(each, "node-update"),
                        node_id=node_id,
                        node_modify_index=node_index,
                    )
                )
                for each in self._jobs_of(running)
            ]
        for evaluation in evaluations:
            self._evaluator.evaluate(evaluation)
        return transaction.index, [each.id for each in evaluations]

    def _jobs_of(self, allocations: Iterable[records.Allocation]) -> list[records.Job]:
        found = {each.job.id: self._store.jobs.get(each.job.id, each.job) for each in allocations}
        return list(found.values())

    def _unblock_soon(self) -> None:
        """Look at what waits for room, once for all allocations that end at this moment."""
        if self._unblocking is None and self._store.blocked:
            self._unblocking = asyncio.get_running_loop().call_soon(self._unblock)

    def _unblock(self) -> None:
        self._unblocking = None
        for evaluation_id in list(self._store.blocked):
            self._evaluator.evaluate(self._store.evaluations[evaluation_id])


def _check_index(current: records.Job | None, enforced: int | None) -> None:
    """Hold a registration to the index that the client expects (job_endpoint.go)."""
    if enforced is None:
        return
    prefix = f"Enforcing job modify index {enforced}: "
    if enforced == 0 and current is not None:
        raise faults.RequestFault(500, f"{prefix}job already exists")
    if enforced != 0 and current is None:
        raise faults.RequestFault(500, f"{prefix}job does not exist")
    if current is not None and enforced != current.job_modify_index:
        text = f"{prefix}job exists with conflicting job modify index: {current.job_modify_index}"
        raise faults.RequestFault(500, text)


def _evaluation(current: records.Job, triggered_by: str, index: int = 0) -> records.Evaluation:
    return records.Evaluation(
        id=str(uuid.uuid4()),
        job_id=current.id,
        type=current.definition["Type"],
        triggered_by=triggered_by,
        status="pending",
        priority=current.definition["Priority"],
        job_modify_index=index,
    )
