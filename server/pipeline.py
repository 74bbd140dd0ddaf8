"""What a build does next: a pure function of its record, of what Nomad shows, and of the time.

Nothing else decides. A step that was interrupted is decided again from the record and repeated; each step is
safe to repeat. ``docs/pipeline.md`` draws the states.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from server import admission, cluster, deadlines, diagnosis
from server.config import Config
from server.record import Failure, Phase, Reason, Record

# What trying again cannot mend, or nobody wants mended.
FINAL: frozenset[Reason] = frozenset(
    {"push_denied", "secret_unavailable", "killed", "superseded", "placement_failed"}
)
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What Nomad shows of the job of the build's current phase, and whether it is the build's turn."""

    verdict: admission.Verdict = admission.ADMITTED
    job: cluster.Job | None = None
    allocation: cluster.Allocation | None = None
    evaluations: cluster.Evaluations = cluster.NO_EVALUATIONS


NOTHING = Observation()


@dataclass(frozen=True, slots=True)
class Supersede:
    """Ask older builds to make room for this one, which wants their images' names."""

    build_ids: tuple[str, ...]
    until: datetime


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
    """The phase's allocation failed: find out why, then ``after_failure`` decides."""

    phase: Phase
    allocation: cluster.Allocation


@dataclass(frozen=True, slots=True)
class Abandon:
    """End the build, or this attempt, for a reason that is known already, stopping its job."""

    failure: Failure
    allocation: cluster.Allocation | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before Nomad has news or the time has come; ``note`` says what a job waits for."""

    until: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """The build has ended: nothing is left to do for it but to put it away."""


Step: TypeAlias = Supersede | Register | Advance | Diagnose | Abandon | Wait | Finish


@dataclass(frozen=True, slots=True)
class Retry:
    """Try the phase again, with a job of its own."""

    at: datetime


def next_step(record: Record, seen: Observation, config: Config, now: datetime) -> Step:
    """Decide what to do for a build."""
    if record.ended:
        return Finish()
    if record.kill is not None:
        return _kill(record, seen.allocation)
    phase = record.phase
    known = record.of(phase)
    if record.started_at is None and not seen.verdict.admitted:
        return _wait_for_turn(record, seen.verdict, config, now)
    if known.registered_at is None:
        if known.retry_at is not None and now < known.retry_at:
            return Wait(known.retry_at, known.waiting)
        return Register(phase)
    if seen.allocation is not None:
        return _follow(record, seen, seen.allocation, config, now)
    return _wait_for_placement(record, seen, config, now)


def after_failure(record: Record, failure: Failure, config: Config, now: datetime) -> Retry | None:
    """Say when a phase that failed is tried again: publishing is, as it can be half done; None ends the build."""
    if failure.phase != "publish" or failure.reason in FINAL:
        return None
    attempt = record.publish.attempt
    at = now + min(_FIRST_PAUSE * 3 ** (attempt - 1), _LONGEST_PAUSE)
    if attempt >= config.publish_attempts or at >= deadlines.last_moment(record, config):
        return None
    return Retry(at)


def _kill(record: Record, allocation: cluster.Allocation | None) -> Step:
    """End a build as somebody wants, but for one whose image is published already."""
    phase, kill = record.phase, record.kill
    assert kill is not None
    if phase == "publish" and (allocation is not None or record.publish.attempt > 1):
        if allocation is not None and allocation.ended_well:
            return Advance(phase, allocation)
        # Nomad hears of a task's start a moment after it.
        begun = "; publishing may have begun: its log says which tags were moved"
    else:
        begun = ""
    if kill.superseded_by:
        message = f"build {kill.superseded_by}, which is newer, took its place{begun}"
        return Abandon(diagnosis.explain(phase, "superseded", message), allocation)
    why = f" ({kill.why})" if kill.why else ""
    message = f"the build was killed by {kill.by} at {kill.at:%Y-%m-%dT%H:%M:%SZ}{why}{begun}"
    return Abandon(diagnosis.explain(phase, "killed", message), allocation)


def _wait_for_turn(
    record: Record, verdict: admission.Verdict, config: Config, now: datetime
) -> Step:
    deadline = deadlines.turn_deadline(record, config)
    if now >= deadline:
        message = f"the build waited for its turn for {config.turn_timeout} s: {describe(verdict)}"
        return Abandon(diagnosis.explain(record.phase, "queue_timeout", message), None)
    if record.request.on_conflict == "reject" and verdict.blockers and record.asked is not None:
        # Only its build file has told what it publishes: it could not be refused when it was submitted.
        message = f"{describe(verdict)}, and onConflict is reject"
        return Abandon(diagnosis.explain(record.phase, "conflict", message), None)
    if record.request.on_conflict == "supersede" and verdict.blockers:
        return Supersede(verdict.blockers, deadline)
    return Wait(deadline)


def describe(verdict: admission.Verdict) -> str:
    """Say in a few words what a build waits for."""
    match verdict.obstacle:
        case "":
            return "nothing"
        case "limit":
            return "as many builds run as may run at once"
        case "owner_limit":
            return "as many builds of this owner run as may run at once"
        case "same_image":
            return f"an older build publishes to the same tag: {', '.join(verdict.blockers)}"


def _wait_for_placement(record: Record, seen: Observation, config: Config, now: datetime) -> Step:
    phase = record.phase
    if seen.job is None:
        return Abandon(_explain_absence(phase, seen), None)
    step = _wait_for_node(record, seen.evaluations.shortage, _since(record), config, now)
    if seen.job.stopped and not isinstance(step, Abandon):
        # What is given up is stopped first, and perhaps not written down then: it is decided again.
        message = f"the job of the {phase} phase was stopped in Nomad"
        return Abandon(diagnosis.explain(phase, "killed", message), None)
    return step


def _explain_absence(phase: Phase, seen: Observation) -> Failure:
    """A job that is not there any more was removed by somebody, or by Nomad's own garbage collection."""
    if seen.evaluations.removed:
        message = f"the job of the {phase} phase was removed from Nomad"
        return diagnosis.explain(phase, "killed", message)
    message = f"Nomad forgot the job of the {phase} phase before its end was seen"
    return diagnosis.explain(phase, "result_lost", message)


def _since(record: Record) -> datetime:
    registered_at = record.of(record.phase).registered_at
    assert registered_at is not None
    return registered_at


def _wait_for_node(
    record: Record,
    shortage: cluster.Shortage | None,
    since: datetime,
    config: Config,
    now: datetime,
) -> Step:
    phase = record.phase
    last = deadlines.last_moment(record, config)
    deadline = min(since + timedelta(seconds=config.queue_timeout), last)
    if now < deadline:
        return Wait(deadline, str(shortage) if shortage else "")
    message = f"no node took the job within {(deadline - since).total_seconds():.0f} s"
    if shortage is None:
        return Abandon(diagnosis.explain(phase, "queue_timeout", message), None)
    # Nodes that are only full would have taken it at another time.
    reason: Reason = "queue_timeout" if shortage.exhausted else "placement_failed"
    message += f": {shortage}"
    return Abandon(diagnosis.explain(phase, reason, message), None)


def _follow(
    record: Record,
    seen: Observation,
    allocation: cluster.Allocation,
    config: Config,
    now: datetime,
) -> Step:
    phase = record.phase
    match allocation.client_status:
        case "complete" if allocation.ended_well:
            return Advance(phase, allocation)
        case _ if allocation.stopped:
            return _follow_stopped(record, seen, allocation, config, now)
        case "failed":
            return Diagnose(phase, allocation)
        case "lost":
            return Abandon(diagnosis.explain_lost(phase, allocation), allocation)
        case "unknown":
            # The node may come back with the result, but nobody waits for it as long as for a build.
            deadline = _unknown_deadline(record, allocation, config)
            if now < deadline:
                return Wait(deadline, f"node {allocation.node_name} does not answer")
            return Abandon(diagnosis.explain_lost(phase, allocation), allocation)
        case "pending" | "running" | "complete":
            return _watch(record, allocation, config, now)


def _follow_stopped(
    record: Record,
    seen: Observation,
    allocation: cluster.Allocation,
    config: Config,
    now: datetime,
) -> Step:
    """Somebody stopped the job, or only this allocation: then Nomad places another, as when a node is drained."""
    phase = record.phase
    if seen.job is None:
        return Abandon(_explain_absence(phase, seen), allocation)
    if seen.job.stopped:
        given_up = _watch(record, allocation, config, now)
        if isinstance(given_up, Abandon):
            # It was stopped for that, or would have been: this is decided again by whoever could not write it down.
            return given_up
        message = f"the job of the {phase} phase was stopped in Nomad before it had ended"
        return Abandon(diagnosis.explain(phase, "killed", message), allocation)
    since = max(_since(record), allocation.modified_at or _since(record))
    step = _wait_for_node(record, seen.evaluations.shortage, since, config, now)
    if isinstance(step, Wait):
        drained = f"its allocation on {allocation.node_name} was stopped, another is to be placed"
        return Wait(step.until, f"{drained}: {step.note}" if step.note else drained)
    if isinstance(step, Abandon):
        message = (
            f"the {phase} phase was stopped on node {allocation.node_name}, as when a node is drained, "
            f"and {step.failure.message}"
        )
        return Abandon(diagnosis.explain(phase, "node_lost", message), allocation)
    return step


def _unknown_deadline(record: Record, allocation: cluster.Allocation, config: Config) -> datetime:
    since = max(_since(record), allocation.modified_at or _since(record))
    return since + timedelta(seconds=config.node_timeout)


def _watch(record: Record, allocation: cluster.Allocation, config: Config, now: datetime) -> Step:
    phase = record.phase
    waiting = diagnosis.find_missing_secret(allocation)
    deadline = deadlines.phase_deadline(record, phase, config)
    assert deadline is not None
    if waiting is not None:
        patience = timedelta(seconds=config.secret_timeout)
        deadline = min(deadline, _last_event_time(waiting) + patience)
    if now < deadline:
        return Wait(deadline, waiting.events[-1].message if waiting else "")
    if waiting is not None:
        message = f"task {waiting.name} waits for a secret. {waiting.events[-1].message}"
        failure = diagnosis.explain(phase, "secret_unavailable", message, task=waiting.name)
        return Abandon(failure, allocation)
    if now >= deadlines.last_moment(record, config):
        message = f"the build took more than {config.total_timeout} s and was stopped in the {phase} phase"
    else:
        message = f"the {phase} phase did not end in time and was stopped"
    return Abandon(diagnosis.explain(phase, "timeout", message), allocation)


def _last_event_time(task: cluster.TaskState) -> datetime:
    return datetime.fromtimestamp(task.events[-1].time / 1e9, tz=UTC)
