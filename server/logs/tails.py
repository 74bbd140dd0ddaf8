"""The end of each task's log, as much of it as fits; the newest fits first."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass, field

from server.errors import NomadError
from server.logs import cursor as cursors
from server.logs import kept
from server.logs.cursor import Cursor
from server.logs.files import KINDS, START, Streams, list_streams
from server.logs.parts import TAIL, Page, Part, Wanted, choose_notes
from server.logs.placements import Placement, list_placements, read_placement
from server.logs.reading import End, read_end
from server.nomad import Nomad
from server.record import Phase, Record

# A stream of so many bytes is read whole, and its lines counted.
_WHOLE = 1024 * 1024
# A line of a log has seldom more; the newest lines of a longer stream are found within this many bytes.
_BYTES_PER_LINE = 400


@dataclass(slots=True)
class _Found:
    """What was found of one phase, and where a reader goes on that has seen it."""

    parts: list[Part] = field(default_factory=list)
    cursor: Cursor | None = None
    notes: list[str] = field(default_factory=list)


def read_tails(nomad: Nomad, build: Record, wanted: Wanted, limit: int) -> Page:
    """Read the last lines of each task's log, together at most so many characters; Nomad's while it has them."""
    phases = build.phases if wanted.phase is None else (wanted.phase,)
    found = [_read_phase(nomad, build, phase, wanted) for phase in phases]
    parts = [part for each in found for part in each.parts]
    notes = [note for each in found for note in each.notes]
    shown = _fit(parts, limit)
    for before, part in zip(parts, shown, strict=True):
        if len(part.lines) < len(before.lines):
            count = len(before.lines) - len(part.lines)
            notes.append(
                f"{part.phase}/{part.task}: {count} lines more are left out for their length"
            )
    begun = [each.cursor for each in found if each.cursor is not None]
    cursor: Cursor | None = begun[-1] if begun else Cursor()
    if build.ended and wanted.phase is None and begun:
        cursor = begun[-1].end()
    elif begun and len(begun[-1].begun) > cursors.OPEN_LIMIT:
        cursor = None
        notes.append("too many tasks run at once for a cursor: name one")
    return Page(
        build=build,
        parts=tuple(shown),
        cursor=None if cursor is None else cursors.encode_cursor(cursor, build.id),
        notes=choose_notes(notes),
    )


def _read_phase(nomad: Nomad, build: Record, phase: Phase, wanted: Wanted) -> _Found:
    known = build.of(phase)
    if known.registered_at is None and not known.allocation:
        return _Found()
    cursor = Cursor(phase=phase, attempt=known.attempt)
    streams = None
    placement = None
    try:
        if known.allocation:
            placement = read_placement(known)
        else:
            placements = list_placements(nomad, build.job_of(phase), None)
            placement = placements[-1] if placements else None
        if placement is not None:
            cursor = cursor.place(placement.id)
            streams = list_streams(nomad, placement.id)
        if placement is not None and streams is not None:
            return _read_streams(nomad, build, phase, wanted, placement, streams)
    except NomadError as error:
        # The node may be gone; of an ended phase the record has the end.
        if known.log_tail is None:
            raise
        return _read_kept(build, phase, wanted, cursor, error.message)
    if known.log_tail is None:
        return _Found(cursor=cursor)
    return _read_kept(build, phase, wanted, cursor, "")


def _read_streams(
    nomad: Nomad,
    build: Record,
    phase: Phase,
    wanted: Wanted,
    placement: Placement,
    streams: Streams,
) -> _Found:
    cursor = Cursor(phase=phase, attempt=build.of(phase).attempt).place(placement.id)
    ends: dict[str, list[End]] = {}
    names = placement.names(phase, build.request)
    count = wanted.lines or TAIL
    for number, (task, kind) in enumerate(itertools.product(names, KINDS)):
        if wanted.task not in ("", task):
            continue
        stream = streams.get((task, kind))
        if stream is not None and stream.size:
            limit = _WHOLE if stream.size <= _WHOLE else min(count * _BYTES_PER_LINE, _WHOLE)
            end = read_end(nomad, placement.id, stream, limit)
            ends.setdefault(task, []).append(end)
            if not placement.ended and end.end != START:
                cursor = cursor.move(number, end.end)
        if placement.ended:
            cursor = cursor.finish(number)
    parts = []
    for task, found in ends.items():
        lines = tuple(line for end in found for line in end.lines)
        tail = lines[-count:]
        whole = not any(end.cut for end in found) and all(
            streams[task, kind].whole for kind in KINDS if (task, kind) in streams
        )
        parts.append(
            Part(
                phase=phase,
                task=task,
                lines=tail,
                first=len(lines) - len(tail) + 1 if whole else None,
                total=len(lines) if whole else None,
                size=sum(streams[task, kind].size for kind in KINDS if (task, kind) in streams),
            )
        )
    return _Found(parts, cursor)


def _read_kept(build: Record, phase: Phase, wanted: Wanted, cursor: Cursor, why: str) -> _Found:
    tail = build.of(phase).log_tail or ""
    count = wanted.lines or TAIL
    parts = [
        Part(
            phase=phase,
            task=part.task,
            lines=part.lines[-count:],
            first=max(len(part.lines) - count, 0) + 1 if part.cut == 0 else None,
            total=len(part.lines) if part.cut == 0 else None,
            kept=part.cut != 0,
        )
        for part in kept.read_parts(tail)
        if wanted.task in ("", part.task)
    ]
    return _Found(parts, cursor.keep(0), [f"{phase}: {why}"] if why else [])


def _fit(parts: list[Part], limit: int) -> list[Part]:
    """Leave out the oldest lines where all together are too long."""
    shown = []
    for part in reversed(parts):
        kept_lines = 0
        for line in reversed(part.lines):
            if len(line) + 1 > limit:
                limit = 0
                break
            limit -= len(line) + 1
            kept_lines += 1
        dropped = len(part.lines) - kept_lines
        first = part.first + dropped if part.first is not None else None
        shown.append(dataclasses.replace(part, lines=part.lines[dropped:], first=first))
    return shown[::-1]
