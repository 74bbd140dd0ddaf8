"""What is shown of a build's logs at once: the end of each task's, what came since a cursor, or what a search finds."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from server.logs import cursor as cursors
from server.logs import events, searching, tails
from server.logs.following import Follower
from server.logs.pace import Followed
from server.logs.parts import Page, Part, Wanted, choose_notes
from server.nomad import Nomad
from server.record import Phase, Record

# An agent's client takes 25,000 tokens of a tool's answer and drops the rest, and a log of paths and hashes has no
# more than two characters to a token.
TEXT_LIMIT = 50_000  # characters
# The rest is for the line at the top, and for those above each task's part.
_LINES_LIMIT = TEXT_LIMIT - 6_000
# Seconds between two looks at what is about to come, and how many there are before it is given up.
_PAUSE = 0.5
_PAUSES = 8
# Seconds for which streams that had no place in a cursor are read one after the other.
_LOOKING = 5.0
# Bytes of a log that are looked through with one call.
_SEARCH_LIMIT = 8 * 1024 * 1024
# Bytes after which a long search gives its thread back for a moment.
_STRIDE = 1024 * 1024


# A page, perhaps after some pauses in which whoever asks for the next item waits.
Pages = Generator[events.Pause | Page, None, None]


def read_page(nomad: Nomad, read: Callable[[], Record], build: Record, wanted: Wanted) -> Pages:
    """Read what is wanted of a build's logs; ``read`` returns its record, as it has returned ``build`` just now.

    Raises:
        InvalidRequest: the cursor is none, or the pattern.
    """
    if wanted.cursor or wanted.search:
        cursor = cursors.decode_cursor(wanted.cursor or cursors.START, build.id)
        yield from _read_on(nomad, read, build, wanted, cursor)
    else:
        yield from tails.read_tails(nomad, build, wanted, _LINES_LIMIT)


@dataclass(slots=True)
class _Sheet:
    """A page while it is filled."""

    lines_limit: int | None
    lines: dict[tuple[Phase, str], list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    count: int = 0
    used: int = 0

    def has_room(self, texts: list[str]) -> bool:
        """Whether some lines fit; on an empty page a single one does, however long."""
        if not self.count and len(texts) == 1:
            return True
        if self.lines_limit is not None and self.count + len(texts) > self.lines_limit:
            return False
        return self.used + _cost(texts) <= _LINES_LIMIT

    def add(self, phase: Phase, task: str, texts: list[str]) -> None:
        """Put lines on the page, below those of the same task."""
        if texts:
            self.lines.setdefault((phase, task), []).extend(texts)
            self.count += len(texts)
            self.used += _cost(texts)


def _read_all(follower: Follower) -> Followed:
    """Yield all that there is by now; of tasks that have just ended what they have said last, after a moment.

    A build that goes on talking is not listened to: each further look needs a reason of its own, so that this ends
    whatever is written meanwhile.
    """
    pauses = 0
    until = time.monotonic() + _LOOKING
    while True:
        yield from follower.look()
        if follower.making_room and time.monotonic() < until:
            continue
        if not follower.settling or pauses == _PAUSES:
            return
        pauses += 1
        yield events.Pause(_PAUSE)


def _cost(texts: list[str]) -> int:
    return sum(len(each) + 1 for each in texts)


def _read_on(
    nomad: Nomad,
    read: Callable[[], Record],
    build: Record,
    wanted: Wanted,
    cursor: cursors.Cursor,
) -> Pages:
    pattern = searching.compile_pattern(wanted.search) if wanted.search else None
    greps: dict[tuple[Phase, str], searching.Grep] = {}
    follower = Follower(nomad, read, cursor, build=build, phase=wanted.phase, task=wanted.task)
    sheet = _Sheet(wanted.lines)
    scanned = 0
    more = False
    for event in _read_all(follower):
        if isinstance(event, events.Pause):
            yield event
            continue
        match event:
            case events.Line():
                texts = [event.text]
                if pattern is not None:
                    key = (event.phase, event.task)
                    grep = greps.setdefault(key, searching.Grep(pattern, wanted.context))
                    texts = list(grep.take(event.text))
                    if not sheet.count and not sheet.has_room(texts):
                        texts = [event.text]
                if not sheet.has_room(texts):
                    more = True
                    break
                sheet.add(event.phase, event.task, texts)
                before, scanned = scanned, scanned + len(event.text) + 1
                if scanned // _STRIDE != before // _STRIDE:
                    yield events.Pause(0)
            case events.Gap():
                place = f"{event.phase}/{event.task}" if event.task else event.phase
                sheet.notes.append(f"{place}: {event.text}")
            case events.Ended() if wanted.phase is not None:
                continue  # only of this phase: of the others the reader may still want to know
        cursor = event.cursor
        if scanned > _SEARCH_LIMIT:
            sheet.notes.append("the search is not through yet")
            more = True
            break
    else:
        more = follower.making_room
    yield _make_page(follower, wanted, sheet, cursor, more=more)


def _make_page(
    follower: Follower, wanted: Wanted, sheet: _Sheet, cursor: cursors.Cursor, *, more: bool
) -> Page:
    notes = list(sheet.notes)
    if more and wanted.search and wanted.context:
        notes.append("context goes no further than this page")
    if follower.trouble:
        notes.append(follower.trouble)
    sizes = follower.sizes
    parts = [
        Part(phase=phase, task=task, lines=tuple(lines), size=sizes.get((phase, task)))
        for (phase, task), lines in sheet.lines.items()
    ]
    return Page(
        build=follower.build,
        parts=tuple(parts),
        cursor=cursors.encode_cursor(cursor, follower.build.id),
        more=more,
        notes=choose_notes(notes),
    )
