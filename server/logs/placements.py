"""Where a phase's job ran, as a reader of its logs has to know it: from Nomad, or from the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from server import task_names
from server.cluster import Allocation, read_time
from server.nomad import Nomad
from server.record import Phase, PhaseRecord
from server.request import BuildRequest

# What Nomad collects of a task's output is in its files this long after the task's end at the latest.
_SETTLE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One allocation of a job; ``ends`` has the tasks that have ended, and when if they ever ran."""

    id: str
    node: str
    running: bool
    ended: bool
    tasks: tuple[str, ...]
    ends: Mapping[str, datetime | None]
    modified_at: datetime | None = None

    def has_settled(self, task: str, now: datetime, *, closed: bool) -> bool:
        """Whether all that a task has said is in its files: Nomad collects it a moment after it was said.

        A task is ``closed`` when its script has said its last word.
        """
        if task not in self.ends:
            return self.ended
        ended_at = self.ends[task]
        return closed or ended_at is None or now - ended_at >= _SETTLE

    def names(self, phase: Phase, request: BuildRequest) -> tuple[str, ...]:
        """Return the tasks in an order that stays, whatever Nomad has told of them so far."""
        known = task_names.of_phase(phase, request)
        return (*known, *sorted(set(self.tasks) - set(known)))


def list_placements(nomad: Nomad, job_id: str, known: PhaseRecord | None) -> tuple[Placement, ...]:
    """List the allocations of a job, the oldest first; the one of the record also when Nomad has forgotten it."""
    found = tuple(map(_of_allocation, nomad.list_allocations(job_id)))
    if known is None or not known.allocation or known.allocation in {each.id for each in found}:
        return found
    return (*found, read_placement(known))


def _of_allocation(allocation: Allocation) -> Placement:
    return Placement(
        id=allocation.id,
        node=allocation.node_name,
        running=allocation.client_status in ("pending", "running"),
        ended=allocation.ended,
        tasks=tuple(task.name for task in allocation.tasks),
        ends={
            task.name: read_time(task.finished_at)
            for task in allocation.tasks
            if task.state == "dead"
        },
        modified_at=allocation.modified_at,
    )


def read_placement(known: PhaseRecord) -> Placement:
    """Return what the record of a phase that has ended says."""
    return Placement(
        id=known.allocation,
        node=known.node,
        running=False,
        ended=True,
        tasks=tuple(known.tasks),
        ends={name: task.ended_at for name, task in known.tasks.items()},
        modified_at=known.ended_at,
    )
