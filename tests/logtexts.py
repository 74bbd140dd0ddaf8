"""The logs of builds as tests look at them: as texts, and as the events of those who follow."""

from __future__ import annotations

import time
from collections.abc import Iterator

from server import logs
from server.builds import Builds
from server.record import Phase
from server.tools import logpages

# Whoever follows decides how long to wait; tests are in a hurry.
_PAUSE = 0.02


def read_tail(running: Builds, build_id: str, phase: Phase, lines: int) -> str:
    """Read the last lines of each task of a phase, each below its heading."""
    page = read_page(running, build_id, logs.Wanted(phase=phase, lines=lines))
    return "\n".join(logpages.describe(page, phase).logs[phase])


def read_page(running: Builds, build_id: str, wanted: logs.Wanted) -> logs.Page:
    """Read a page of a build's logs."""
    *_, page = running.read_logs(build_id, wanted)
    assert isinstance(page, logs.Page)
    return page


def last_word(task: str, code: int = 0) -> str:
    """Return what a script says last."""
    return f"nomad-build: {task} ended with exit code {code}\n"


def follow(
    running: Builds, build_id: str, cursor: str = "", phase: Phase | None = None, task: str = ""
) -> Iterator[logs.Event]:
    """Follow a build to its end."""
    for event in running.follow_logs(build_id, cursor, phase=phase, task=task):
        if isinstance(event, logs.Pause):
            time.sleep(_PAUSE)
        else:
            yield event


def show(event: logs.Event) -> str:
    """Write an event as one line."""
    match event:
        case logs.Line():
            return f"{event.phase}/{event.task} {event.text}"
        case logs.PhaseBegun():
            return f"{event.phase} begins, attempt {event.attempt}"
        case logs.Gap():
            return f"{event.phase}/{event.task} lacks {event.missing}"
        case logs.Ended():
            return f"it ends {event.status}"
