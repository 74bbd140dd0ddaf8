"""A page of logs as an answer: for programs its lines by phase, for readers a text below one line."""

from __future__ import annotations

from collections.abc import Iterator

import pydantic

from server import logs
from server.answers import LogsAnswer, TaskLogAnswer
from server.record import ALL_PHASES, PHASES, Phase
from server.tools.tool import Progress

# Tasks that are named in the line at the top: with many tests it would be longer than what it stands above.
_NAMED = 12


def describe_all(pages: logs.Pages, phase: Phase | None) -> Iterator[Progress | pydantic.BaseModel]:
    """Answer a page as soon as it is there."""
    waited = 0.0
    for each in pages:
        if isinstance(each, logs.Page):
            yield describe(each, phase)
            return
        waited += each.seconds
        yield Progress(seconds=waited, message="", pause=each.seconds)


def describe(page: logs.Page, phase: Phase | None) -> LogsAnswer:
    """Answer a page; phases that were asked for and have said nothing are there without lines."""
    build = page.build
    wanted = (phase,) if phase else ALL_PHASES if "plan" in build.phases else PHASES
    lines: dict[Phase, list[str]] = {each: [] for each in wanted}
    for part in page.parts:
        below = lines.setdefault(part.phase, [])
        below += [logs.heading(part.task)] if part.task else []
        below += map(logs.guard, part.lines)
    return LogsAnswer(
        job_id=build.id,
        status=build.status,
        logs=lines,
        tasks=tuple(
            TaskLogAnswer(
                phase=part.phase,
                task=part.task,
                lines=len(part.lines),
                first_line=part.first if part.lines else None,
                total_lines=part.total,
                total_bytes=part.size,
                only_end=part.kept or None,
            )
            for part in page.parts
        ),
        cursor=page.cursor,
        more=page.more,
        notes=page.notes,
    )


def write(answer: LogsAnswer) -> str:
    """Write an answer as one line that says what it has, and the lines below; a heading only where it is needed."""
    facts = [", ".join(_write_parts(answer)) or "no lines", f"status {answer.status}"]
    facts += answer.notes
    facts += ["more follows"] if answer.more else []
    facts += [f"cursor {answer.cursor}"] if answer.cursor else []
    lines = [f"[{answer.job_id} {'; '.join(facts)}]"]
    spoken = [phase for phase, below in answer.logs.items() if below]
    alone = len(answer.tasks) == 1
    for phase in spoken:
        if len(spoken) > 1:
            lines.append(logs.heading(phase, "phase"))
        lines += answer.logs[phase][1:] if alone and answer.tasks[0].task else answer.logs[phase]
    return "\n".join(lines)


def _write_parts(answer: LogsAnswer) -> list[str]:
    written = [_write_part(part) for part in answer.tasks[-_NAMED:]]
    others = len(answer.tasks) - len(written)
    return [f"{others} other tasks", *written] if others else written


def _write_part(part: TaskLogAnswer) -> str:
    name = f"{part.phase}/{part.task}" if part.task else part.phase
    if part.first_line is not None and part.total_lines is not None:
        last = part.first_line + part.lines - 1
        return f"{name} lines {part.first_line}-{last} of {part.total_lines}"
    text = f"{name} {part.lines} lines"
    if part.only_end:
        return f"{text}, only the end is kept"
    return text if part.total_bytes is None else f"{text} of {part.total_bytes} bytes"
