"""Reading the ends of logs from Nomad: of a stream for those who ask, of a phase's tasks as one text for its record.

Whatever a task has written, what is read here can be shown in a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.logs import lines
from server.logs.files import KINDS, Position, Stream, list_streams
from server.nomad import Nomad


@dataclass(frozen=True, slots=True)
class End:
    """The last lines of a stream; ``cut`` is how many of its bytes come before them, 0 if they are all.

    ``end`` is behind the last of them that has an end of its own.
    """

    lines: tuple[str, ...]
    cut: int
    end: Position


def read_end(nomad: Nomad, allocation_id: str, stream: Stream, limit: int) -> End:
    """Read what the last ``limit`` bytes of a stream have of whole lines, and the line that has no end yet."""
    start = stream.locate(limit)
    reader = lines.LineReader(start)
    found: list[lines.Line] = []
    for at, size in stream.parts(start):
        found += reader.feed(at, stream.read(nomad, allocation_id, at, size))
    end = found[-1].end if found else start
    if (rest := reader.take_rest()) is not None:
        found.append(rest)
    cut = max(stream.size - limit, 0)
    if cut and len(found) > 1:
        # The first one was cut.
        first, *found = found
        cut += len(first.content) + 1
    return End(tuple(each.text for each in found), cut, end)


def read_log(nomad: Nomad, allocation_id: str, tasks: Iterable[str], limit: int) -> str:
    """Read at most the last ``limit`` bytes of each stream of each task, with a line above each task's part."""
    streams = list_streams(nomad, allocation_id) or {}
    parts = []
    for task in tasks:
        ends = [
            read_end(nomad, allocation_id, streams[task, kind], limit)
            for kind in KINDS
            if (task, kind) in streams and streams[task, kind].size
        ]
        if ends:
            parts.append(
                "\n".join((lines.heading(task), *(line for end in ends for line in _kept(end))))
            )
    return "\n".join(parts)


def _kept(end: End) -> list[str]:
    first = [f"[earlier lines are cut: {end.cut} bytes]"] if end.cut else []
    return [*first, *map(lines.guard, end.lines)]
