"""``nomad system gc``: forget all jobs that are dead, with what belongs to them."""

from __future__ import annotations

from server.embedded import control, state


def collect(store: state.State, client: control.Client) -> None:
    """Remove dead jobs, their allocations with their directories, and evaluations of nothing."""
    for current in list(store.jobs.values()):
        allocations = store.allocations_of(current.id)
        if current.status == "dead" and all(each.client_terminal for each in allocations):
            with store.transaction("JobDeregistered") as transaction:
                transaction.delete_job(current)
            for allocation in allocations:
                client.forget(allocation.id)
    for evaluation in list(store.evaluations.values()):
        if evaluation.job_id not in store.jobs and evaluation.status != "blocked":
            del store.evaluations[evaluation.id]
