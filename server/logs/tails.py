"""The end of each task's log, as much of it as fits; the newest fits first."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field

from server.errors import NomadError
from server.logs import cursor as cursors
from server.logs import events, kept
from server.logs.cursor import Cursor
from server.logs.files import KINDS, START, Stream, Streams, list_streams
from server.logs.lines import Line, is_last_word
from server.logs.parts import TAIL, Page, Part, Wanted, choose_notes
from server.logs.placements import Placement, list_placements, read_placement
from server.logs.reading import Last, read_last
from server.nomad import Nomad
from server.record import Phase, Record


@dataclass(slots=True)
class _Found:
    """What was found of one phase, and where a reader goes on that has seen it."""

    parts: list[Part] = field(default_factory=list)
    cursor: Cursor | None = None
    notes: list[str] = field(default_factory=list)
    settled: bool = True


class _Room:
    """The room for all lines. The newest come first, so that no line is made of bytes for which there is none."""

    def __init__(self, limit: int) -> None:
        self.notes: list[str] = []
        self._left = limit

    def fit(self, phase: Phase, task: str, newest: Iterable[str], count: int) -> tuple[str, ...]:
        """Return as many of a task's lines as there is room for, in their order; of so many the newest come first."""
        shown: list[str] = []
        for line in newest:
            if len(line) + 1 > self._left:
                self._left = 0
                break
            self._left -= len(line) + 1
            shown.append(line)
        if len(shown) < count:
            text = f"{phase}/{task}: {count - len(shown)} lines more are left out for their length"
            self.notes.insert(0, text)
        return tuple(reversed(shown))


# A page, after pauses of no length: between two tasks the thread is given back.
_Pages = Generator[events.Pause | Page, None, None]
_Finding = Generator[events.Pause, None, _Found]


def read_tails(nomad: Nomad, build: Record, wanted: Wanted, limit: int) -> _Pages:
    """Read the last lines of each task's log, together at most so many characters; Nomad's while it has them."""
    phases = build.phases if wanted.phase is None else (wanted.phase,)
    room = _Room(limit)
    found: list[_Found] = []
    for phase in reversed(phases):
        each = yield from _read_phase(nomad, build, phase, wanted, room)
        found.insert(0, each)
    notes = [note for each in found for note in each.notes] + room.notes
    begun = [each for each in found if each.cursor is not None]
    cursor = begun[-1].cursor if begun else Cursor()
    if cursor is not None and len(cursor.begun) > cursors.OPEN_LIMIT:
        cursor = None
        notes.append("a cursor has no room for so many tasks at once: name one")
    elif cursor is not None and build.ended and wanted.phase is None and begun:
        # What the last task has said last may come yet.
        cursor = cursor.end() if begun[-1].settled else cursor
    yield Page(
        build=build,
        parts=tuple(part for each in found for part in each.parts),
        cursor=None if cursor is None else cursors.encode_cursor(cursor, build.id),
        notes=choose_notes(notes),
    )


def _read_phase(nomad: Nomad, build: Record, phase: Phase, wanted: Wanted, room: _Room) -> _Finding:
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
            tails = _Tails(nomad, build, phase, wanted, placement, streams)
            return (yield from tails.read(room))
    except NomadError as error:
        # The node may be gone; of an ended phase the record has the end.
        if known.log_tail is None:
            raise
        return _read_kept(build, phase, wanted, cursor, room, error.message)
    if known.log_tail is None:
        return _Found(cursor=cursor)
    return _read_kept(build, phase, wanted, cursor, room, "")


class _Tails:
    """Reads the last lines of one allocation's tasks."""

    def __init__(
        self,
        nomad: Nomad,
        build: Record,
        phase: Phase,
        wanted: Wanted,
        placement: Placement,
        streams: Streams,
    ) -> None:
        self._nomad = nomad
        self._phase = phase
        self._count = wanted.lines or TAIL
        self._placement = placement
        self._streams = streams
        names = placement.names(phase, build.request)
        self._tasks = [
            (number, task) for number, task in enumerate(names) if wanted.task in ("", task)
        ]
        cursor = Cursor(phase=phase, attempt=build.of(phase).attempt).place(placement.id)
        self._found = _Found(cursor=cursor)

    def read(self, room: _Room) -> _Finding:
        """Read the last task first, as its lines are what there has to be room for."""
        for number, task in reversed(self._tasks):
            streams = [self._streams.get((task, kind), Stream(task, kind)) for kind in KINDS]
            lasts = {
                len(KINDS) * number + place: read_last(
                    self._nomad, self._placement.id, stream, self._count
                )
                for place, stream in enumerate(streams)
            }
            found = [line for last in lasts.values() for line in last.lines]
            self._move(task, lasts, found[-1].text if found else "")
            if any(stream.size for stream in streams):
                self._found.parts.insert(0, self._make_part(task, streams, lasts, found, room))
                yield events.Pause(0)
        return self._found

    def _make_part(
        self,
        task: str,
        streams: list[Stream],
        lasts: dict[int, Last],
        found: list[Line],
        room: _Room,
    ) -> Part:
        newest = (line.text for line in reversed(found[-self._count :]))
        shown = room.fit(self._phase, task, newest, min(len(found), self._count))
        counts = [last.total for last in lasts.values() if last.total is not None]
        whole = len(counts) == len(lasts) and all(stream.whole for stream in streams)
        return Part(
            phase=self._phase,
            task=task,
            lines=shown,
            first=sum(counts) - len(shown) + 1 if whole else None,
            total=sum(counts) if whole else None,
            size=sum(stream.size for stream in streams),
        )

    def _move(self, task: str, lasts: dict[int, Last], said: str) -> None:
        """Go on behind what was read; of a task that has settled nothing more will come."""
        cursor = self._found.cursor
        assert cursor is not None
        now = self._nomad.clock.now()
        settled = self._placement.has_settled(task, now, closed=is_last_word(said, task))
        for number, last in lasts.items():
            if settled:
                cursor = cursor.finish(number)
            elif last.end != START:
                cursor = cursor.move(number, last.end)
        self._found.cursor = cursor
        self._found.settled &= settled


def _read_kept(
    build: Record, phase: Phase, wanted: Wanted, cursor: Cursor, room: _Room, why: str
) -> _Found:
    count = wanted.lines or TAIL
    found = kept.read_parts(build.of(phase).log_tail or "")
    notes = [f"{phase}: {why}"] if why else []
    named = {part.task for part in found}
    if "" in named and wanted.task in _names(build, phase) - named:
        notes.append(f"{phase}/{wanted.task}: the record has no room for it")
    parts: list[Part] = []
    for part in reversed(found):
        if wanted.task not in ("", part.task):
            continue
        newest = part.lines[-count:][::-1]
        shown = room.fit(phase, part.task, newest, len(newest))
        total = len(part.lines) if part.cut == 0 else None
        first = len(part.lines) - len(shown) + 1 if part.cut == 0 else None
        parts.insert(
            0,
            Part(
                phase=phase,
                task=part.task,
                lines=shown,
                first=first,
                total=total,
                kept=part.cut != 0,
            ),
        )
    return _Found(parts, cursor.keep(0), notes)


def _names(build: Record, phase: Phase) -> set[str]:
    return set(read_placement(build.of(phase)).names(phase, build.request))
