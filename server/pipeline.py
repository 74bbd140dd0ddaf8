"""What a build does next: a pure function of its record, of what Nomad shows, and of the time.

Nothing else decides. A step that was interrupted is decided again from the record and repeated; each step is
safe to repeat. ``docs/architecture.md`` draws the states.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from server import cluster, diagnosis
from server.config import Config
from server.record import Failure, Phase, Reason, Record

# How long a phase's job may go on after its own scripts should have ended it, and how long a node
# may be unheard of before its build is given up.
_GRACE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Observation:
    """What Nomad shows of the job of the build's current phase."""

    job: cluster.Job | None
    allocation: cluster.Allocation | None
    shortage: cluster.Shortage | None


@dataclass(frozen=True, slots=True)
class Register:
    """Register the job of a phase: does nothing when it is registered already."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Advance:
    """The phase succeeded: keep its results and go to the next, or end."""

    phase: Phase
    allocation: cluster.Allocation


@dataclass(frozen=True, slots=True)
class Diagnose:
    """The phase's allocation failed: find out why and end the build."""

    phase: Phase
    allocation: cluster.Allocation


@dataclass(frozen=True, slots=True)
class Abandon:
    """End the build for a reason that is known already, stopping its job."""

    failure: Failure
    allocation: cluster.Allocation | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before Nomad has news or the time has come."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Finish:
    """The build has ended: nothing is left to do for it but to put it away."""


Step: TypeAlias = Register | Advance | Diagnose | Abandon | Wait | Finish


def next_step(record: Record, seen: Observation, config: Config, now: datetime) -> Step:
    """Decide what to do for a build."""
    if record.ended:
        return Finish()
    phase = record.phase
    registered_at = record.of(phase).registered_at
    if record.kill_requested_at is not None:
        return _kill(phase, seen.allocation)
    if registered_at is None:
        return Register(phase)
    if seen.allocation is not None:
        return _follow(phase, seen.allocation, registered_at, config, now)
    return _wait_for_placement(phase, seen, registered_at, config, now)


def _kill(phase: Phase, allocation: cluster.Allocation | None) -> Step:
    """End a build as somebody wants, but for one whose image is published already."""
    message = "the build was killed by killJob"
    if phase == "publish" and allocation is not None:
        if allocation.client_status == "complete" and _ended_well(allocation):
            return Advance(phase, allocation)
        # Nomad hears of a task's start a moment after it.
        message += " when publishing may have begun: its log says which tags were moved"
    return Abandon(diagnosis.explain(phase, "killed", message), allocation)


def _wait_for_placement(
    phase: Phase, seen: Observation, registered_at: datetime, config: Config, now: datetime
) -> Step:
    if seen.job is None:
        message = f"the job of the {phase} phase was removed from Nomad"
        return Abandon(diagnosis.explain(phase, "killed", message), None)
    if seen.job.stopped:
        message = f"the job of the {phase} phase was stopped in Nomad"
        return Abandon(diagnosis.explain(phase, "killed", message), None)
    deadline = registered_at + timedelta(seconds=config.queue_timeout)
    if now < deadline:
        return Wait(deadline)
    message = f"no node took the job within {config.queue_timeout} s"
    if seen.shortage is None:
        return Abandon(diagnosis.explain(phase, "queue_timeout", message), None)
    # Nodes that are only full would have taken it at another time.
    reason: Reason = "queue_timeout" if seen.shortage.exhausted else "placement_failed"
    message += f": {seen.shortage}"
    return Abandon(diagnosis.explain(phase, reason, message), None)


def _follow(
    phase: Phase,
    allocation: cluster.Allocation,
    registered_at: datetime,
    config: Config,
    now: datetime,
) -> Step:
    match allocation.client_status:
        case "complete" if _ended_well(allocation):
            return Advance(phase, allocation)
        case "complete":
            message = f"the job of the {phase} phase was stopped in Nomad before it had ended"
            return Abandon(diagnosis.explain(phase, "killed", message), allocation)
        case "failed" | "lost":
            return Diagnose(phase, allocation)
        case "unknown":
            # The node may come back with the result; after the phase's time it will not matter.
            deadline = _phase_deadline(phase, registered_at, config)
            return Diagnose(phase, allocation) if now >= deadline else Wait(deadline)
        case "pending" | "running":
            return _watch(phase, allocation, registered_at, config, now)


def _watch(
    phase: Phase,
    allocation: cluster.Allocation,
    registered_at: datetime,
    config: Config,
    now: datetime,
) -> Step:
    waiting = diagnosis.find_missing_secret(allocation)
    deadline = _phase_deadline(phase, registered_at, config)
    if waiting is not None:
        patience = timedelta(seconds=config.secret_timeout)
        deadline = min(deadline, _last_event_time(waiting) + patience)
    if now < deadline:
        return Wait(deadline)
    if waiting is not None:
        message = f"task {waiting.name} waits for a secret. {waiting.events[-1].message}"
        failure = diagnosis.explain(phase, "secret_unavailable", message, task=waiting.name)
        return Abandon(failure, allocation)
    message = f"the {phase} phase did not end in time and was stopped"
    return Abandon(diagnosis.explain(phase, "timeout", message), allocation)


def _ended_well(allocation: cluster.Allocation) -> bool:
    """Tell a job that did its work from one that was stopped, perhaps before it ran: both are ``complete``."""
    return bool(allocation.tasks) and all(
        task.exit_code == 0 and not any(event.type == "Killing" for event in task.events)
        for task in allocation.tasks
    )


def _phase_deadline(phase: Phase, registered_at: datetime, config: Config) -> datetime:
    """When a phase is given up: the time its scripts have, plus waiting for a place, plus a grace."""
    seconds = {
        "build": config.source_timeout + config.build_timeout,
        "test": config.test_timeout,
        "publish": config.publish_timeout,
    }[phase]
    return registered_at + timedelta(seconds=seconds + config.queue_timeout) + _GRACE


def _last_event_time(task: cluster.TaskState) -> datetime:
    return datetime.fromtimestamp(task.events[-1].time / 1e9, tz=UTC)
