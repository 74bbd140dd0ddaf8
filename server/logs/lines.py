"""From bytes to lines, however the bytes are cut into chunks, and each line's place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from server import terminal
from server.logs.files import START, Position

# Bytes after which a line is cut in two: what has no line ends must not fill the memory.
LINE_LIMIT = 32 * 1024

_HEADING = re.compile(r"--- (?:task|phase) [a-z0-9-]+ ---")
_LONGEST_CHARACTER = 4


class Line(NamedTuple):
    """A line without its end, and the position behind it, from which the next one is read."""

    content: bytes
    end: Position

    @property
    def text(self) -> str:
        """The line as it can be shown."""
        return show(self.content)


class LineReader:
    """Makes lines of what is read of a stream from a position on."""

    def __init__(self, start: Position = START) -> None:
        self.next = start  # where to read on
        self._rest = b""
        self._marks: list[tuple[int, Position]] = [(0, start)]

    @property
    def rest(self) -> Line | None:
        """The line that has no end yet; None if there is none."""
        return Line(self._rest, self.next) if self._rest else None

    def take_rest(self) -> Line | None:
        """Take the line that will have no end."""
        line = self.rest
        self._keep(len(self._rest))
        return line

    def feed(self, at: Position, data: bytes) -> Iterator[Line]:
        """Take in what stands at a position, which is where the last part ended; yield the lines that it completes."""
        self._take(at, data)
        start = 0
        while (end := self._find_end(start)) is not None:
            length, skipped = end
            stop = start + length
            yield Line(self._rest[start:stop], self._position(stop + skipped))
            start = stop + skipped
        self._keep(start)

    def skip(self, at: Position, data: bytes) -> int:
        """Take in what stands at a position; return how many lines it completes, of which none is made."""
        self._take(at, data)
        start = count = 0
        while True:
            # As long as a line end is near enough all before it are, too: none of these lines is cut.
            last = self._rest.rfind(b"\n", start, start + LINE_LIMIT + 1)
            if last >= 0:
                count += self._rest.count(b"\n", start, last + 1)
                start = last + 1
            elif (end := self._find_end(start)) is not None:
                count += 1
                start += sum(end)
            else:
                self._keep(start)
                return count

    def _take(self, at: Position, data: bytes) -> None:
        self._marks.append((len(self._rest), at))
        self.next = Position(at.file, at.offset + len(data))
        self._rest += data

    def _find_end(self, start: int) -> tuple[int, int] | None:
        """Return a line's length and that of its end; None while it has none."""
        found = self._rest.find(b"\n", start, start + LINE_LIMIT + 1)
        if found >= 0:
            return found - start, 1
        if len(self._rest) - start <= LINE_LIMIT:
            return None
        for length in range(LINE_LIMIT, LINE_LIMIT - _LONGEST_CHARACTER, -1):
            if not _continues(self._rest[start + length]):
                return length, 0
        return LINE_LIMIT, 0

    def _position(self, index: int) -> Position:
        """Return the position of a byte of what is held."""
        begin, mark = next(each for each in reversed(self._marks) if each[0] <= index)
        return Position(mark.file, mark.offset + index - begin)

    def _keep(self, start: int) -> None:
        """Let go what comes before an index."""
        position = self._position(start)
        later = [(index - start, mark) for index, mark in self._marks if index > start]
        self._marks = [(0, position), *later]
        self._rest = self._rest[start:]


def _continues(byte: int) -> bool:
    """Tell the second and later bytes of a character in UTF-8."""
    return 0x80 <= byte < 0xC0


def show(content: bytes) -> str:
    """Return a line as it can be shown in a terminal: one line, whatever it has in it."""
    text = terminal.strip(content.decode("utf-8", "replace"))
    return text.replace("\n", " ")


def is_last_word(line: str, task: str) -> bool:
    """Tell the line with which a task's script says that it says no more."""
    return line.startswith(f"nomad-build: {task} ended with exit code ")


def heading(name: str, kind: Literal["task", "phase"] = "task") -> str:
    """Return the line above what a task has said, or what belongs to a phase."""
    return f"--- {kind} {name} ---"


def guard(line: str) -> str:
    """Set a line in that looks like a heading, that it says nothing in another's name."""
    return f" {line}" if _HEADING.fullmatch(line) else line
