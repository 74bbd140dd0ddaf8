"""Reading the logs of a phase's tasks from Nomad as one text, in the order in which the tasks ran."""

from __future__ import annotations

from server.nomad import Nomad
from server.record import Phase

# In the order in which they run. Their scripts send both streams to standard output, so that the
# order of lines is kept; standard error has something only where a script could not even start.
_TASKS: dict[Phase, tuple[str, ...]] = {
    "build": ("source", "build"),
    "test": ("test",),
    "publish": ("publish",),
}


def read_log(nomad: Nomad, allocation_id: str, phase: Phase, limit: int) -> str:
    """Read at most the last ``limit`` bytes of each task's log, with a line above each task's part."""
    parts = []
    for task in _TASKS[phase]:
        log = nomad.read_log(allocation_id, task, "stdout", limit)
        log = log or nomad.read_log(allocation_id, task, "stderr", limit)
        if log:
            parts.append(f"--- task {task} ---\n{_whole_lines(log, limit)}")
    return "\n".join(parts)


def _whole_lines(log: bytes, limit: int) -> str:
    """Drop the first line when it was cut, and say so."""
    text = log.decode("utf-8", "replace")
    if len(log) < limit:
        return text.rstrip("\n")
    first, _, rest = text.partition("\n")
    return "[earlier lines are cut]\n" + (rest.rstrip("\n") or first)


def tail_lines(text: str, count: int) -> list[str]:
    """Return the last ``count`` lines of a log."""
    return text.splitlines()[-count:]
