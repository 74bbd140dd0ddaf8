"""Reading the logs of a phase's tasks from Nomad as one text, in the order in which the tasks ran.

Whatever a task has written, what is read here can be shown in a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from server import terminal
from server.nomad import Nomad

_HEADING = re.compile(r"--- task ([a-z0-9-]+) ---")
_FORGED = re.compile(rf"^(?={_HEADING.pattern}$)", re.MULTILINE)


def read_log(nomad: Nomad, allocation_id: str, tasks: Iterable[str], limit: int) -> str:
    """Read at most the last ``limit`` bytes of each stream of each task, with a line above each task's part."""
    parts = []
    for task in tasks:
        streams = [nomad.read_log(allocation_id, task, "stdout", limit)]
        # A script sends both streams to the first and says when it ends; a program that runs without one does not.
        if f"nomad-build: {task} ended with exit code".encode() not in streams[0]:
            streams.append(nomad.read_log(allocation_id, task, "stderr", limit))
        if any(streams):
            log = "\n".join(_whole_lines(stream, limit) for stream in streams if stream)
            # A line of the task's own that looks like a heading is set in, that it says nothing in another's name.
            parts.append(f"--- task {task} ---\n{_FORGED.sub(' ', log)}")
    return "\n".join(parts)


def _whole_lines(log: bytes, limit: int) -> str:
    """Drop the first line when it was cut, and say so."""
    text = terminal.strip(log.decode("utf-8", "replace"))
    if len(log) < limit:
        return text.rstrip("\n")
    first, _, rest = text.partition("\n")
    return "[earlier lines are cut]\n" + (rest.rstrip("\n") or first)


def tail_tasks(text: str, count: int, task: str = "") -> str:
    """Return the last ``count`` lines of each task's part of a log, or of one task's, below its heading."""
    parts: list[list[str]] = [[]]
    for line in terminal.strip(text).splitlines():
        if _HEADING.fullmatch(line):
            parts.append([line])
        else:
            parts[-1].append(line)
    kept: list[str] = []
    for part in parts:
        heading = _HEADING.fullmatch(part[0]) if part else None
        if task and (heading is None or heading[1] != task):
            continue
        kept += part[:1] + part[1:][-count:] if heading else part[-count:]
    return "\n".join(kept)


def tail_lines(text: str, count: int) -> list[str]:
    """Return the last ``count`` lines of a log, also of one from a record that an older version has written."""
    return terminal.strip(text).splitlines()[-count:]
