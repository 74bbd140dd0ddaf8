"""A job's allocations and evaluations -> its status, and the numbers of its summary by group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from server.embedded import records

_FIELDS = ("Queued", "Complete", "Failed", "Running", "Starting", "Lost", "Unknown")
_FIELD_OF: Mapping[records.ClientStatus, str] = {
    "pending": "Starting",
    "running": "Running",
    "complete": "Complete",
    "failed": "Failed",
    "lost": "Lost",
    "unknown": "Unknown",
}


def count(
    job: records.Job, allocations: Iterable[records.Allocation], queued: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    """Count the allocations of this job, not of one of the same name that was there before."""
    groups = {
        group["Name"]: dict.fromkeys(_FIELDS, 0) | {"Queued": queued.get(group["Name"], 0)}
        for group in job.definition["TaskGroups"]
    }
    for allocation in allocations:
        if allocation.group in groups and allocation.job.create_index == job.create_index:
            groups[allocation.group][_FIELD_OF[allocation.client_status]] += 1
    return groups


def derive_status(
    job: records.Job,
    allocations: Collection[records.Allocation],
    evaluations: Collection[records.Evaluation],
) -> records.JobStatus:
    """Say what a job's status is now, as state_store.go getJobStatus for batch jobs."""
    if any(not allocation.terminal for allocation in allocations):
        return "running"
    if any(each.status in ("pending", "blocked") for each in evaluations):
        return "pending"
    return "dead" if allocations or evaluations or job.stop else "pending"
