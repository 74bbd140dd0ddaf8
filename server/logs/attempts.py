"""Which attempts at phases a build's record knows, and where among them a reader is. Pure."""

from __future__ import annotations

from server.logs.cursor import Cursor
from server.record import Phase, PhaseRecord, Record


def find_next(build: Record, cursor: Cursor) -> tuple[Phase, int] | None:
    """Return the attempt after the one that is being read, None while there is none."""
    begun = [
        (phase, attempt)
        for phase in build.phases
        for attempt in range(1, build.of(phase).attempt + 1)
        if attempt < build.of(phase).attempt or build.of(phase).registered_at is not None
    ]
    if cursor.phase is None:
        return begun[0] if begun else None
    order = build.phases
    if cursor.phase not in order:
        return None
    here = (order.index(cursor.phase), cursor.attempt)
    return next((each for each in begun if (order.index(each[0]), each[1]) > here), None)


def find_known(build: Record, cursor: Cursor) -> PhaseRecord | None:
    """Return what the record has of the attempt that is being read; it has only the last one."""
    if cursor.phase is None:
        return None
    known = build.of(cursor.phase)
    return known if known.attempt == cursor.attempt else None
