"""What remains, in the record, of the logs of an allocation that Nomad does not have any more. Pure."""

from __future__ import annotations

from server.logs import kept
from server.logs.cursor import Cursor
from server.logs.files import KINDS, START, Position
from server.logs.placements import Placement
from server.record import PhaseRecord


def find_rest(
    known: PhaseRecord | None,
    placement: Placement,
    names: tuple[str, ...],
    cursor: Cursor,
    task: str,
) -> kept.Rest:
    """Return what the record has of all tasks, or of one, and was not read up to a cursor.

    ``names`` are the tasks in the order by which the cursor knows them.
    """
    read = {name: _find_read(cursor, number) for number, name in enumerate(names)}
    if known is not None and known.allocation == placement.id and known.log_tail:
        return kept.after(kept.read_parts(known.log_tail), read, task)
    told = all(read[name] is None for name in names if task in ("", name))
    silent = known is not None and not any(each.started_at for each in known.tasks.values())
    return kept.Rest(missing=0 if told or silent else None)


def _find_read(cursor: Cursor, number: int) -> Position | None:
    """Return how far a task's log was read: None when to its end."""
    first, second = (len(KINDS) * number + place for place in range(len(KINDS)))
    if {first, second} <= cursor.done:
        return None
    if second in cursor.begun or first in cursor.done:
        return kept.SOMEWHERE
    return cursor.begun.get(first, START)
