"""What a record has kept of a phase's log, when Nomad has it no more: the end of each task's. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from server import terminal
from server.logs.files import START, Position
from server.logs.lines import guard as guard_heading
from server.logs.lines import heading

_HEADING = re.compile(r"--- task ([a-z0-9-]+) ---")
_CUT = re.compile(r"\[earlier lines are cut(?:: ([0-9]{1,15}) bytes)?\]")

# Stands for a position of which nobody knows where it is in what was kept.
SOMEWHERE = Position(-1)


@dataclass(frozen=True, slots=True)
class Part:
    """The end of one task's log; ``cut`` is how many bytes come before it, None if that is not known.

    It is ``exact`` when its lines are byte for byte what was written, and ``joined`` when it is known to have the ends
    of both streams, some of whose bytes are cut in between. A record that had to be shortened has no heading above its
    first part: that one's ``task`` is empty.
    """

    task: str
    lines: tuple[str, ...]
    cut: int | None = 0
    exact: bool = True
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Rest:
    """What a reader has not had yet: ``missing`` bytes before it are lost, None if nobody knows how many.

    ``repeats`` says that the beginning may have been read before.
    """

    lines: tuple[tuple[str, str], ...] = ()  # the task, and a line of its log
    missing: int | None = 0
    repeats: bool = False


def mark(cut: int, *, exact: bool) -> list[str]:
    """Return the line that stands above the end of a stream, if there has to be one.

    A zero before the number says that the lines below it are not as they were written, so that no place in the stream
    is found by their lengths. To older versions of this service, which may run beside this one, it is the same number.
    """
    if exact:
        return [f"[earlier lines are cut: {cut} bytes]"] if cut else []
    return [f"[earlier lines are cut: 0{cut or ''} bytes]"]


def guard(line: str) -> str:
    """Set a line in that looks like one of those that stand above others here."""
    return f" {line}" if _CUT.fullmatch(line) else guard_heading(line)


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
    kept: list[str] = []
    cut: int | None = 0 if task else None
    exact, joined = True, False
    for number, line in enumerate(lines):
        match = _CUT.fullmatch(line)
        if match is None:
            kept.append(line)
            continue
        count = match[1]
        cut = None if cut is None or count is None else cut + int(count)
        exact &= count is None or not count.startswith("0")
        joined |= number > 0
    return Part(task, tuple(kept), cut, exact, joined)


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
    together, all that is kept of the task comes, of which some may have been read before. So does what a record that
    was shortened has of nobody knows whom, unless all of which it could be was read.
    """
    lines: list[tuple[str, str]] = []
    missing: int | None = 0
    repeats = False
    for part in parts:
        if part.task and task in ("", part.task):
            known = read.get(part.task, START)
            rest = Rest() if known is None else _after(part, known)
        elif not part.task:
            rest = _after_headless(part, parts, read, task)
        else:
            continue
        lines += rest.lines
        repeats |= rest.repeats
        missing = None if missing is None or rest.missing is None else missing + rest.missing
    return Rest(tuple(lines), missing, repeats)


def _after_headless(
    part: Part, parts: tuple[Part, ...], read: Mapping[str, Position | None], task: str
) -> Rest:
    """Return what is to be told of the end of a log of which nobody knows whose it is.

    It is that of a task which has no part of its own, as are others then of which nothing is left at all.
    """
    named = {each.task for each in parts}
    others = {name: position for name, position in read.items() if name not in named}
    if task:
        return Rest(missing=None if others.get(task) is not None else 0)
    if others and all(position is None for position in others.values()):
        return Rest()
    repeats = any(position != START for position in others.values())
    return Rest(tuple(("", line) for line in part.lines), None, repeats)


def _after(part: Part, known: Position) -> Rest:
    lines = tuple((part.task, line) for line in part.lines)
    if known == START:
        return Rest(lines, part.cut)
    if part.cut is None or part.joined or known.file:
        return Rest(lines, None, repeats=True)
    if known.offset <= part.cut:
        return Rest(lines, part.cut - known.offset)
    if part.exact:
        place = part.cut
        for number, line in enumerate(part.lines):
            if place == known.offset:
                return Rest(lines[number:])
            place += len(line.encode()) + 1
        if place == known.offset:
            return Rest()
    return Rest(lines, 0, repeats=True)
