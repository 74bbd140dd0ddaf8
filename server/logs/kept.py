"""What a record has kept of a phase's log, when Nomad has it no more: the end of each task's. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from server import terminal
from server.logs.files import START, Position
from server.logs.lines import heading

_HEADING = re.compile(r"--- task ([a-z0-9-]+) ---")
_CUT = re.compile(r"\[earlier lines are cut(?:: ([0-9]{1,15}) bytes)?\]")


# Stands for a position of which nobody knows where it is in what was kept.
SOMEWHERE = Position(-1)


@dataclass(frozen=True, slots=True)
class Part:
    """The end of one task's log; ``cut`` is how many bytes come before it, None if that is not known.

    A record that had to be shortened has no heading above its first part: that one's ``task`` is empty.
    """

    task: str
    lines: tuple[str, ...]
    cut: int | None = 0


@dataclass(frozen=True, slots=True)
class Rest:
    """What a reader has not had yet: ``missing`` bytes before it are lost, None if nobody knows how many.

    ``repeats`` says that the beginning may have been read before.
    """

    lines: tuple[tuple[str, str], ...] = ()  # the task, and a line of its log
    missing: int | None = 0
    repeats: bool = False


def read_parts(text: str) -> tuple[Part, ...]:
    """Take a kept log apart; also one that an older version has written."""
    found: list[tuple[str, list[str]]] = []
    for line in terminal.strip(text).splitlines():
        match = _HEADING.fullmatch(line)
        if match:
            found.append((match[1], []))
        elif found:
            found[-1][1].append(line)
        else:
            found.append(("", [line]))
    return tuple(_read_part(task, lines) for task, lines in found)


def _read_part(task: str, lines: list[str]) -> Part:
    match = _CUT.fullmatch(lines[0]) if lines else None
    if match:
        return Part(task, tuple(lines[1:]), int(match[1]) if match[1] else None)
    return Part(task, tuple(lines), 0 if task else None)


def tail_tasks(text: str, count: int, task: str = "") -> str:
    """Return the last ``count`` lines of each task's part of a kept log, or of one task's, below its heading."""
    lines: list[str] = []
    for part in read_parts(text):
        if task in ("", part.task):
            lines += [heading(part.task)] if part.task else []
            lines += part.lines[-count:]
    return "\n".join(lines)


def tail_lines(text: str, count: int) -> list[str]:
    """Return the last ``count`` lines of a log, also of one from a record that an older version has written."""
    return terminal.strip(text).splitlines()[-count:]


def after(parts: tuple[Part, ...], read: Mapping[str, Position | None], task: str = "") -> Rest:
    """Return what comes after what was read of each task: up to a position in its output, or None for all of it.

    Positions count bytes as they were written, and what is kept was made safe to show: where the two do not go
    together, all that is kept of the task comes, of which some may have been read before.
    """
    lines: list[tuple[str, str]] = []
    missing: int | None = 0
    repeats = False
    for part in parts:
        if task and part.task != task:
            continue
        known = read.get(part.task, START)
        if known is None:
            continue
        rest = _after(part, known)
        lines += rest.lines
        repeats |= rest.repeats
        missing = None if missing is None or rest.missing is None else missing + rest.missing
    return Rest(tuple(lines), missing, repeats)


def _after(part: Part, known: Position) -> Rest:
    lines = tuple((part.task, line) for line in part.lines)
    if known == START:
        return Rest(lines, part.cut)
    if part.cut is None or known.file:
        return Rest(lines, None, repeats=True)
    if known.offset <= part.cut:
        return Rest(lines, part.cut - known.offset)
    place = part.cut
    for number, line in enumerate(part.lines):
        if place == known.offset:
            return Rest(lines[number:])
        place += len(line.encode()) + 1
    return Rest() if place == known.offset else Rest(lines, 0, repeats=True)
