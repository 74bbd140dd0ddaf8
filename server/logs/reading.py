"""Reading the ends of logs from Nomad: of a stream for those who ask, of a phase's tasks as one text for its record.

Whatever a task has written, what is read here can be shown in a terminal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from server.logs import kept, lines
from server.logs.files import KINDS, Kind, Position, Stream, list_streams
from server.nomad import Nomad

# A stream of so many bytes is read whole, and its lines counted; of a longer one so many are read at most.
_WHOLE = 1024 * 1024
# A line of a log has seldom more: the newest ones of a longer stream are looked for within this many bytes first, or
# within what a few of the longest have.
_BYTES_PER_LINE = 400
_LONG_LINES = 4 * lines.LINE_LIMIT


@dataclass(frozen=True, slots=True)
class End:
    """The last lines of a stream; ``cut`` is how many of its bytes come before them, 0 if they are all."""

    lines: tuple[lines.Line, ...]
    cut: int


def read_end(nomad: Nomad, allocation_id: str, stream: Stream, limit: int) -> End:
    """Read what the last ``limit`` bytes of a stream have of whole lines, and the line that has no end yet."""
    start = stream.locate(limit)
    reader = lines.LineReader(start)
    found: list[lines.Line] = []
    for at, size in stream.parts(start):
        found += reader.feed(at, stream.read(nomad, allocation_id, at, size))
    if (rest := reader.take_rest()) is not None:
        found.append(rest)
    cut = max(stream.size - limit, 0)
    if cut and len(found) > 1:
        # The first one was cut.
        first, *found = found
        cut += len(first.content) + 1
    return End(tuple(found), cut)


@dataclass(frozen=True, slots=True)
class Last:
    """The last lines of a stream, so many as were wanted if it has them, and ``total`` is how many it has.

    That is None where not all of it was read. ``end`` is behind the last line that has an end of its own.
    """

    lines: tuple[lines.Line, ...]
    total: int | None
    end: Position


def read_last(nomad: Nomad, allocation_id: str, stream: Stream, count: int) -> Last:
    """Read the last lines of a stream; those before them are counted at most, however many a task has written."""
    limit = _WHOLE if stream.size <= _WHOLE else max(count * _BYTES_PER_LINE, _LONG_LINES)
    while True:
        limit = min(limit, _WHOLE)
        last = _read_last(nomad, allocation_id, stream, count, limit)
        if last.total is not None or len(last.lines) == count or limit == _WHOLE:
            return last
        limit *= 2


def _read_last(nomad: Nomad, allocation_id: str, stream: Stream, count: int, limit: int) -> Last:
    start = stream.locate(limit)
    chunks = [(at, stream.read(nomad, allocation_id, at, size)) for at, size in stream.parts(start)]
    skipped = _find_last(b"".join(data for _, data in chunks), count)
    reader = lines.LineReader(start)
    found: deque[lines.Line] = deque(maxlen=count)
    total = 0
    end = start
    for at, data in chunks:
        head = min(skipped, len(data))
        skipped -= head
        total += reader.skip(at, data[:head])
        for line in reader.feed(Position(at.file, at.offset + head), data[head:]):
            found.append(line)
            total += 1
            end = line.end
    if (rest := reader.take_rest()) is not None:
        found.append(rest)
        total += 1
    cut = stream.size > limit
    if cut and 1 < len(found) == total:
        found.popleft()  # the first one was cut
    return Last(tuple(found), None if cut else total, end)


def _find_last(data: bytes, count: int) -> int:
    """Return where the last so many lines begin that have an end, at 0 when there are no more."""
    place = len(data)
    for _ in range(count + 1):
        place = data.rfind(b"\n", 0, place)
        if place < 0:
            return 0
    return place + 1


def read_log(nomad: Nomad, allocation_id: str, tasks: Iterable[str], limit: int) -> str:
    """Read at most the last ``limit`` bytes of each stream of each task, with a line above each task's part."""
    streams = list_streams(nomad, allocation_id) or {}
    parts = []
    for task in tasks:
        ends = [
            _write(read_end(nomad, allocation_id, streams[task, kind], limit), kind)
            for kind in KINDS
            if (task, kind) in streams and streams[task, kind].size
        ]
        if ends:
            parts.append("\n".join((lines.heading(task), *(line for end in ends for line in end))))
    return "\n".join(parts)


def _write(end: End, kind: Kind) -> list[str]:
    written = [kept.guard(line.text) for line in end.lines]
    # Only of a task's first stream a reader's place is looked for in what is kept.
    exact = kind != KINDS[0] or all(
        text.encode() == line.content for text, line in zip(written, end.lines, strict=True)
    )
    return [*kept.mark(end.cut, exact=exact), *written]
