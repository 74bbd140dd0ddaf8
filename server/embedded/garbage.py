"""What garbage collection forgets: ``nomad system gc``, or one job at any moment."""

from __future__ import annotations

from server.embedded import control, state


def collect(store: state.State, client: control.Client) -> None:
    """Remove dead jobs, their allocations with their directories, and evaluations of nothing."""
    for current in list(store.jobs.values()):
        allocations = store.allocations.of(current.id)
        if current.status == "dead" and all(each.client_terminal for each in allocations):
            _forget(store, client, current.id)
    for job_id in list(store.evaluations.jobs()):
        if job_id not in store.jobs:
            with store.transaction("EvaluationUpdated") as transaction:
                transaction.delete_evaluations(job_id)


def vanish(store: state.State, client: control.Client, job_id: str) -> None:
    """Forget a job with all that is known of it, whatever its state; its tasks are killed."""
    if job_id in store.jobs:
        _forget(store, client, job_id)


def _forget(store: state.State, client: control.Client, job_id: str) -> None:
    allocations = store.allocations.of(job_id)
    with store.transaction("JobDeregistered") as transaction:
        transaction.delete_job(store.jobs[job_id])
        transaction.delete_evaluations(job_id)
    for allocation in allocations:
        client.forget(allocation.id)
