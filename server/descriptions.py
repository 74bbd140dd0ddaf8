"""What is answered about builds: from records to the shapes on the wire. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from server import failures, logs
from server.answers import (
    BuildAnswer,
    CleanupAnswer,
    FailureAnswer,
    KilledAnswer,
    PhaseAnswer,
    QueueAnswer,
    RemovalAnswer,
    StepAnswer,
    Submitted,
    TaskAnswer,
    TestsAnswer,
    WebhookAnswer,
)
from server.builds import Place
from server.glances import HistoryAnswer, SummaryAnswer, WaitAnswer
from server.history import Page
from server.housekeeping import Removal
from server.record import Failure, PhaseRecord, Record

# A failure's own answer has to be enough to see what is wrong, and small enough to be read at once.
_FAILURE_LINES = 40
_FAILURE_BYTES = 1200
# Lines of a log that is in a record: more than there can be.
_WHOLE_TAIL = 64 * 1024


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


def describe_submitted(
    record: Record, place: Place | None = None, *, repeated: bool = False
) -> Submitted:
    """Answer a submitted build."""
    return Submitted(
        job_id=record.id,
        repeated=repeated or None,
        status=record.status,
        variant=record.variant,
        variant_reason=record.variant_reason or None,
        images=record.images,
        queue=describe_place(place),
        next_step="Call waitJob with this jobID until finished is true",
    )


def describe_wait(
    record: Record, now: datetime, step: str = "", place: Place | None = None
) -> WaitAnswer:
    """Answer how far a build has come, and all that matters of it once it has ended."""
    return WaitAnswer(
        job_id=record.id,
        status=record.status,
        finished=record.ended,
        elapsed_seconds=round(((record.ended_at or now) - record.created_at).total_seconds()),
        step=step or None,
        queue=describe_place(place),
        images=record.images if record.status == "SUCCEEDED" else None,
        digest=(record.digest or None) if record.ended else None,
        failure=_describe_failure(record),
        next_step=_next_step(record),
    )


def describe_history(page: Page, now: datetime) -> HistoryAnswer:
    """Answer a page of builds."""
    builds = tuple(
        SummaryAnswer(
            job_id=each.id,
            status=each.status,
            owner=each.owner,
            repo_url=each.repo_url,
            git_ref=each.git_ref,
            commit=each.commit or None,
            images=each.images,
            created_at=each.created_at,
            seconds=round(((each.ended_at or now) - each.created_at).total_seconds()),
            reason=each.reason,
        )
        for each in page.builds
    )
    next_step = (
        "Call again with cursor for older ones"
        if page.cursor
        else "getStatus with a jobID says more of a build"
    )
    return HistoryAnswer(builds=builds, next_cursor=page.cursor or None, next_step=next_step)


def _describe_failure(record: Record) -> FailureAnswer | None:
    if record.failure is None:
        return None
    step = record.failure.step
    return FailureAnswer(
        phase=record.failure.phase,
        task=record.failure.task or None,
        reason=record.failure.reason,
        exit_code=record.failure.exit_code,
        message=record.failure.message,
        hint=record.failure.hint,
        step=None if step is None else StepAnswer.model_validate(step.model_dump()),
        family=record.failure.family or None,
        evidence=record.failure.evidence or None,
        log_tail=failures.excerpt(_find_own_lines(record, record.failure), _FAILURE_BYTES),
    )


def _find_own_lines(record: Record, failure: Failure) -> list[str]:
    """Return the last lines of what has failed: of the step, where it is known, else of the task."""
    whole = record.of(failure.phase).log_tail or ""
    # Of tests that ran side by side the one that failed is of interest.
    tail = logs.tail_tasks(whole, _WHOLE_TAIL, failure.task) or whole
    lines = logs.tail_lines(tail, _WHOLE_TAIL)
    own = lines if failure.step is None else failures.own_output("\n".join(lines))
    return own[-_FAILURE_LINES:]


def describe_build(
    record: Record, place: Place | None = None, now: datetime | None = None, step: str = ""
) -> BuildAnswer:
    """Answer what is known of a build; the answer alone is enough to know what failed and why."""
    return BuildAnswer(
        job_id=record.id,
        status=record.status,
        owner=record.request.owner,
        variant=record.variant,
        variant_reason=record.variant_reason or None,
        created_at=record.created_at,
        ended_at=record.ended_at,
        elapsed_seconds=_seconds(record.created_at, record.ended_at or now),
        step=step or None,
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
        failure=_describe_failure(record),
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
            return _after(record.failure)
        case "PENDING" | "BUILDING" | "TESTING" | "PUBLISHING":
            return "Call waitJob again"


def _after(failure: Failure | None) -> str:
    """Return what to do after a failure; its hint stands beside it already."""
    step = failure.step if failure is not None else None
    if step is not None and step.line is not None:
        return (
            f"Mend {step.file}, line {step.line}, push, and submit again; getLogs has the whole log"
        )
    return "Do what failure.hint says; getLogs has the whole log"
