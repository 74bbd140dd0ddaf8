"""What Nomad's servers do: register and stop jobs, evaluate them, take in what the client reports.

Each step is one transaction of the state, in the order and with the event types that a real Nomad
publishes (JobRegistered, PlanResult, EvaluationUpdated, AllocationUpdated, JobDeregistered).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from server.embedded import faults, records, scheduler, state, validation


class Client(Protocol):
    """What runs allocations, as the control side sees it."""

    def run(self, allocation: records.Allocation) -> None:
        """Start an allocation."""

    def stop(self, allocation_id: str) -> None:
        """Let an allocation's tasks be killed."""

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

    def __init__(self, store: state.State, client: Client) -> None:
        self._store = store
        self._client = client

    def register(
        self, definition: Mapping[str, records.Json], enforced_index: int | None
    ) -> Registered:
        """Register a job; with an enforced index only when the job stands at it (0: is absent)."""
        current = self._store.jobs.get(definition["ID"])
        _check_index(current, enforced_index)
        validation.refuse_unsupported(definition)
        changed = current is None or current.stop or current.definition != definition
        event_type = "JobRegistered" if changed else "EvaluationUpdated"
        with self._store.transaction(event_type) as transaction:
            if current is None or changed:
                stored = transaction.put_job(
                    records.Job(
                        id=definition["ID"],
                        definition=definition,
                        version=current.version + 1 if current else 0,
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
        self._evaluate(evaluation)
        return Registered(evaluation.id, transaction.index, stored.job_modify_index)

    def deregister(self, job_id: str, purge: bool) -> Registered:
        """Stop a job, or remove it with all that is known of it."""
        current = self._store.jobs.get(job_id)
        if current is None:
            return Registered("", 0, 0)
        removed = [each.id for each in self._store.allocations_of(job_id)] if purge else []
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
        self._evaluate(evaluation)
        return Registered(evaluation.id, transaction.index, transaction.index)

    def update(self, allocation: records.Allocation) -> None:
        """Take in what the client reports of an allocation."""
        known = self._store.allocations.get(allocation.id)
        if known is None:
            return
        with self._store.transaction("AllocationUpdated") as transaction:
            transaction.put_client_update(
                replace(
                    known,
                    client_status=allocation.client_status,
                    client_description=allocation.client_description,
                    task_states=allocation.task_states,
                )
            )
            transaction.touch_node()
        if allocation.client_terminal and not known.client_terminal:
            self._unblock()

    def _unblock(self) -> None:
        """Look again at what waits for room."""
        for evaluation in list(self._store.evaluations.values()):
            if evaluation.status == "blocked":
                self._evaluate(evaluation)

    def _evaluate(self, evaluation: records.Evaluation) -> None:
        """Bring a job's allocations to what its definition says."""
        current = self._store.jobs.get(evaluation.job_id)
        snapshot = replace(evaluation, snapshot_index=self._store.index)
        if current is None or current.stop:
            self._stop_all(snapshot, current)
            return
        outdated = [
            each
            for each in self._store.allocations_of(current.id)
            if each.job.version != current.version and not each.terminal
        ]
        placed: list[records.Allocation] = []
        failed: dict[str, records.Json] = {}
        eligible: bool | None = None
        for group in current.definition["TaskGroups"]:
            if self._is_placed(current, group["Name"]):
                continue
            verdict = self._judge(current, group)
            if verdict.fits:
                placed.append(self._place(current, group["Name"], snapshot, verdict))
            else:
                failed[group["Name"]] = verdict.metrics
                eligible = verdict.class_eligible
        self._apply_plan(snapshot, placed, outdated)
        self._finish(snapshot, current, failed, eligible)

    def _judge(self, current: records.Job, group: Mapping[str, records.Json]) -> scheduler.Verdict:
        running = [
            each
            for each in self._store.allocations.values()
            if not each.client_terminal and each.job.id != current.id
        ]
        return scheduler.judge(current.definition, group, self._store.current_node(), running)

    def _is_placed(self, current: records.Job, group: str) -> bool:
        """Tell whether the group has its allocation: nothing is rescheduled, so any will do."""
        return any(
            each.group == group and each.job.version == current.version
            for each in self._store.allocations_of(current.id)
            if each.job.create_index == current.create_index
        )

    def _place(
        self,
        current: records.Job,
        group: str,
        evaluation: records.Evaluation,
        verdict: scheduler.Verdict,
    ) -> records.Allocation:
        node = self._store.current_node()
        return records.Allocation(
            id=str(uuid.uuid4()),
            job=current,
            group=group,
            eval_id=evaluation.id,
            node_id=node.id,
            node_name=node.name,
            metrics=verdict.metrics,
        )

    def _apply_plan(
        self,
        evaluation: records.Evaluation,
        placed: list[records.Allocation],
        stopped: list[records.Allocation],
        reason: str = "alloc is being updated due to job update",
    ) -> None:
        """Write placements and stops as one plan result, then let the client act on it."""
        if not placed and not stopped:
            return
        with self._store.transaction("PlanResult") as transaction:
            transaction.put_evaluation(replace(evaluation, snapshot_index=0))
            for allocation in stopped:
                transaction.put_allocation(
                    replace(allocation, desired_status="stop", desired_description=reason)
                )
            stored = [transaction.put_allocation(allocation) for allocation in placed]
        for allocation in stopped:
            self._client.stop(allocation.id)
        for allocation in stored:
            self._client.run(allocation)

    def _finish(
        self,
        evaluation: records.Evaluation,
        current: records.Job,
        failed: Mapping[str, records.Json],
        eligible: bool | None,
    ) -> None:
        """End an evaluation; what could not be placed waits in a blocked one."""
        queued = {
            group["Name"]: int(group["Name"] in failed)
            for group in current.definition["TaskGroups"]
        }
        known = self._store.evaluations[evaluation.id]
        done = replace(known, snapshot_index=evaluation.snapshot_index, queued=queued)
        if evaluation.status == "blocked":
            if not failed:
                with self._store.transaction("EvaluationUpdated") as transaction:
                    transaction.put_evaluation(
                        replace(done, status="complete", failed_groups={}, class_eligible=None)
                    )
            return
        if failed:
            with self._store.transaction("EvaluationUpdated") as transaction:
                blocked = transaction.put_evaluation(
                    records.Evaluation(
                        id=str(uuid.uuid4()),
                        job_id=current.id,
                        type=known.type,
                        triggered_by="queued-allocs",
                        status="blocked",
                        priority=known.priority,
                        status_description="created to place remaining allocations",
                        previous_eval=known.id,
                        job_modify_index=known.job_modify_index,
                        snapshot_index=evaluation.snapshot_index,
                        failed_groups=failed,
                        class_eligible=eligible,
                    )
                )
            done = replace(done, blocked_eval=blocked.id, failed_groups=failed)
        with self._store.transaction("EvaluationUpdated") as transaction:
            self._cancel_blocked(transaction, done, keep=done.blocked_eval)
            transaction.put_evaluation(replace(done, status="complete"))

    def _stop_all(self, evaluation: records.Evaluation, current: records.Job | None) -> None:
        """Stop all allocations of a job that was stopped or removed."""
        running = [
            each for each in self._store.allocations_of(evaluation.job_id) if not each.terminal
        ]
        self._apply_plan(evaluation, [], running, "alloc not needed due to job update")
        known = self._store.evaluations[evaluation.id]
        queued = {group["Name"]: 0 for group in current.definition["TaskGroups"]} if current else {}
        with self._store.transaction("EvaluationUpdated") as transaction:
            self._cancel_blocked(transaction, known, keep="")
            transaction.put_evaluation(
                replace(
                    known,
                    status="complete",
                    snapshot_index=evaluation.snapshot_index,
                    queued=queued,
                )
            )

    def _cancel_blocked(
        self, transaction: state.Transaction, by: records.Evaluation, keep: str
    ) -> None:
        for evaluation in self._store.evaluations_of(by.job_id):
            if evaluation.status == "blocked" and evaluation.id not in (keep, by.id):
                transaction.put_evaluation(
                    replace(
                        evaluation,
                        status="canceled",
                        status_description=f'evaluation "{by.id}" successful',
                    )
                )


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


def _evaluation(current: records.Job, triggered_by: str, index: int) -> records.Evaluation:
    return records.Evaluation(
        id=str(uuid.uuid4()),
        job_id=current.id,
        type=current.definition["Type"],
        triggered_by=triggered_by,
        status="pending",
        priority=current.definition["Priority"],
        job_modify_index=index,
    )
