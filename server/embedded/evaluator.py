"""The scheduler's work on one evaluation: what reconciling asks for becomes a plan, what has no room waits.

Mirrors scheduler/generic_sched.go: the plan is one transaction, then the evaluation ends; what could not be
placed waits in a blocked evaluation, of which a job has one at most.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from server.embedded import reconcile, records, resources, scheduler, state


class Client(Protocol):
    """What the node's client is told."""

    def run(self, allocation: records.Allocation) -> None:
        """Start an allocation."""

    def stop(self, allocation: records.Allocation) -> None:
        """Let an allocation's tasks be killed."""


class Evaluator:
    """Brings jobs to what their definitions say."""

    def __init__(self, store: state.State, client: Client) -> None:
        self._store = store
        self._client = client

    def evaluate(self, evaluation: records.Evaluation) -> None:
        """Bring one job's allocations to what its definition says."""
        current = self._store.jobs.get(evaluation.job_id)
        snapshot = replace(evaluation, snapshot_index=self._store.index)
        changes = reconcile.reconcile(
            current,
            self._store.allocations.of(evaluation.job_id),
            self._store.current_node(),
        )
        placed: list[records.Allocation] = []
        failed: dict[str, records.Json] = {}
        eligible: bool | None = None
        used = self._used_without(changes.stops)
        for placement in changes.placements:
            verdict = self._judge(current, placement, used)
            if verdict.fits:
                placed.append(self._place(current, placement, snapshot, verdict))
                used = used.plus(resources.peak(placement.group))
            else:
                failed[placement.group["Name"]] = verdict.metrics
                eligible = verdict.class_eligible
        self._apply_plan(snapshot, changes, placed)
        self._finish(snapshot, current, failed, eligible)

    def _used_without(self, stops: Sequence[reconcile.Stop]) -> resources.Need:
        used = self._store.occupied.total
        for stop in stops:
            used = used.minus(self._store.occupied.of(stop.allocation.id))
        return used

    def _judge(
        self, current: records.Job | None, placement: reconcile.Placement, used: resources.Need
    ) -> scheduler.Verdict:
        job = _existing(current)
        return scheduler.judge(job.definition, placement.group, self._store.current_node(), used)

    def _place(
        self,
        current: records.Job | None,
        placement: reconcile.Placement,
        evaluation: records.Evaluation,
        verdict: scheduler.Verdict,
    ) -> records.Allocation:
        node = self._store.current_node()
        return records.Allocation(
            id=str(uuid.uuid4()),
            job=_existing(current),
            group=placement.group["Name"],
            eval_id=evaluation.id,
            node_id=node.id,
            node_name=node.name,
            metrics=verdict.metrics,
            previous_id=placement.previous_id,
        )

    def _apply_plan(
        self,
        evaluation: records.Evaluation,
        changes: reconcile.Changes,
        placed: Sequence[records.Allocation],
    ) -> None:
        """Write placements and stops as one plan result, then let the client act on it."""
        if not (placed or changes.stops or changes.unknown):
            return
        with self._store.transaction("PlanResult") as transaction:
            transaction.put_evaluation(replace(evaluation, snapshot_index=0))
            stopped = [self._write_stop(transaction, each, placed) for each in changes.stops]
            for allocation in changes.unknown:
                transaction.put_allocation(
                    replace(
                        allocation,
                        client_status="unknown",
                        client_description=reconcile.UNKNOWN,
                    )
                )
            stored = [transaction.put_allocation(allocation) for allocation in placed]
        for allocation in stopped:
            self._client.stop(allocation)
        for allocation in stored:
            self._client.run(allocation)

    def _write_stop(
        self,
        transaction: state.Transaction,
        stop: reconcile.Stop,
        placed: Sequence[records.Allocation],
    ) -> records.Allocation:
        known = stop.allocation
        following = [each.id for each in placed if each.previous_id == known.id]
        return transaction.put_allocation(
            replace(
                known,
                desired_status="stop",
                desired_description=stop.description,
                client_status="lost" if stop.lost else known.client_status,
                next_id=following[0] if following else known.next_id,
            )
        )

    def _finish(
        self,
        evaluation: records.Evaluation,
        current: records.Job | None,
        failed: Mapping[str, records.Json],
        eligible: bool | None,
    ) -> None:
        """End an evaluation; what could not be placed waits in a blocked one."""
        groups = current.definition["TaskGroups"] if current else ()
        queued = {group["Name"]: int(group["Name"] in failed) for group in groups}
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
                        job_id=known.job_id,
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
            self._cancel_blocked(transaction, done)
            transaction.put_evaluation(replace(done, status="complete"))

    def _cancel_blocked(self, transaction: state.Transaction, by: records.Evaluation) -> None:
        """Cancel the job's older blocked evaluations, in the words of who finds them first."""
        reason = f'evaluation "{by.id}" successful'
        if by.failed_groups:
            reason = f'existing blocked evaluation exists for job "{by.job_id}"'
        for evaluation in self._store.evaluations.of(by.job_id):
            if evaluation.status == "blocked" and evaluation.id not in (by.blocked_eval, by.id):
                transaction.put_evaluation(
                    replace(evaluation, status="canceled", status_description=reason)
                )


def _existing(current: records.Job | None) -> records.Job:
    """Return the job of a placement; a job that was removed has none."""
    if current is None:
        msg = "a job that was removed is not placed"
        raise RuntimeError(msg)
    return current
