"""What is answered about builds: from records to the shapes on the wire. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from server import logs
from server.answers import (
    BuildAnswer,
    CleanupAnswer,
    FailureAnswer,
    KilledAnswer,
    PhaseAnswer,
    QueueAnswer,
    RemovalAnswer,
    Submitted,
    TaskAnswer,
    TestsAnswer,
    WebhookAnswer,
)
from server.builds import Place
from server.housekeeping import Removal
from server.record import PhaseRecord, Record

# A failure's own answer has to be enough to see what is wrong, and small enough to be read at once.
_FAILURE_LINES = 40
_FAILURE_CHARACTERS = 8000


def describe_place(place: Place | None) -> QueueAnswer | None:
    """Answer a build's place in the queue."""
    if place is None:
        return None
    return QueueAnswer(
        position=place.verdict.position,
        reason=place.reason,
        waiting_for=place.verdict.blockers,
        deadline=place.deadline,
    )


def describe_submitted(record: Record, place: Place | None = None) -> Submitted:
    """Answer a submitted build."""
    return Submitted(
        job_id=record.id,
        status=record.status,
        variant=record.variant,
        variant_reason=record.variant_reason or None,
        images=record.images,
        queue=describe_place(place),
        next_step="Call getStatus with this jobID until status is SUCCEEDED or FAILED",
    )


def describe_build(record: Record, place: Place | None = None) -> BuildAnswer:
    """Answer what is known of a build; the answer alone is enough to know what failed and why."""
    failure = None
    if record.failure is not None:
        whole = record.of(record.failure.phase).log_tail or ""
        # Of tests that ran side by side the one that failed is of interest.
        tail = logs.tail_tasks(whole, _FAILURE_LINES, record.failure.task) or whole
        failure = FailureAnswer(
            phase=record.failure.phase,
            task=record.failure.task or None,
            reason=record.failure.reason,
            exit_code=record.failure.exit_code,
            message=record.failure.message,
            hint=record.failure.hint,
            log_tail="\n".join(logs.tail_lines(tail, _FAILURE_LINES))[-_FAILURE_CHARACTERS:],
        )
    return BuildAnswer(
        job_id=record.id,
        status=record.status,
        owner=record.request.owner,
        variant=record.variant,
        variant_reason=record.variant_reason or None,
        created_at=record.created_at,
        ended_at=record.ended_at,
        images=record.images if record.status == "SUCCEEDED" else (),
        digest=record.digest or None,
        size=record.size,
        commit=record.commit or None,
        tests=_describe_tests(record),
        phases={
            phase: _describe_phase(record.of(phase))
            for phase in record.phases
            if record.of(phase).registered_at is not None or record.of(phase).retry_at is not None
        },
        queue=describe_place(place),
        killed=_describe_kill(record),
        webhook=_describe_delivery(record),
        failure=failure,
        error=f"{record.failure.reason}: {record.failure.message}" if record.failure else None,
        next_step=_next_step(record),
    )


def _describe_phase(phase: PhaseRecord) -> PhaseAnswer:
    return PhaseAnswer(
        registered_at=phase.registered_at,
        started_at=phase.started_at,
        ended_at=phase.ended_at,
        seconds=_seconds(phase.started_at, phase.ended_at),
        node=phase.node or None,
        waiting=phase.waiting or None,
        attempt=phase.attempt if phase.attempt > 1 else None,
        retry_at=phase.retry_at,
        last_error=phase.last_error or None,
        tasks={
            name: TaskAnswer(
                started_at=task.started_at,
                ended_at=task.ended_at,
                seconds=_seconds(task.started_at, task.ended_at),
                exit_code=task.exit_code,
            )
            for name, task in phase.tasks.items()
        }
        or None,
    )


def _describe_tests(record: Record) -> TestsAnswer | None:
    report = record.report
    return None if report is None else TestsAnswer.model_validate(report.model_dump())


def _seconds(started_at: datetime | None, ended_at: datetime | None) -> float | None:
    if started_at is None or ended_at is None:
        return None
    return round((ended_at - started_at).total_seconds(), 2)


def _describe_kill(record: Record) -> KilledAnswer | None:
    kill = record.kill
    return None if kill is None else KilledAnswer(at=kill.at, by=kill.by, why=kill.why or None)


def _describe_delivery(record: Record) -> WebhookAnswer | None:
    delivery = record.delivery
    if delivery is None:
        return None
    return WebhookAnswer(
        delivery_id=delivery.id,
        event=delivery.event,
        attempts=delivery.attempts,
        next_attempt_at=delivery.next_attempt_at,
        delivered_at=delivery.delivered_at,
        last_error=delivery.last_error or None,
    )


def describe_cleanup(removals: tuple[Removal, ...], *, dry_run: bool) -> CleanupAnswer:
    """Answer what a cleanup has removed, or would."""
    counts = Counter(each.kind for each in removals)
    listed = ", ".join(f"{count} x {kind}" for kind, count in sorted(counts.items())) or "nothing"
    verb = "would be removed" if dry_run else "was removed or is being removed"
    return CleanupAnswer(
        success=True,
        dry_run=dry_run,
        cleaned_jobs=tuple(each.name for each in removals if each.kind == "job"),
        removed=tuple(
            RemovalAnswer(kind=each.kind, name=each.name, why=each.why) for each in removals
        ),
        message=f"{listed} {verb}; published images stay",
    )


def _next_step(record: Record) -> str:
    match record.status:
        case "SUCCEEDED":
            return "The images can be pulled"
        case "FAILED":
            hint = record.failure.hint if record.failure else ""
            return f"{hint}. getLogs has the whole log" if hint else "getLogs has the whole log"
        case "PENDING" | "BUILDING" | "TESTING" | "PUBLISHING":
            return "Call getStatus again in a few seconds; getLogs shows the log so far"
