"""A page of a build's logs, and what was wanted of them. Pure data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.record import Phase, Record

# Lines from the end of each task's log when nothing else is asked for.
TAIL = 200

_NOTES = 8
_NOTE_LIMIT = 300  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to see of a build's logs.

    ``lines`` is how many from the end of each task's log, or with a cursor or a search at most how many at all.
    ``context`` is how many lines before and after one that has what is searched for.
    """

    phase: Phase | None = None
    task: str = ""
    lines: int | None = None
    cursor: str = ""
    search: str = ""
    context: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some lines of one task's log.

    ``first`` is the number of the first of them, ``total`` how many there are and ``size`` how many bytes; None where
    it is not known. ``kept`` says that the rest of the log is lost: only this end was kept in the record.
    """

    phase: Phase
    task: str
    lines: tuple[str, ...] = ()
    first: int | None = None
    total: int | None = None
    size: int | None = None
    kept: bool = False


def choose_notes(notes: Sequence[str]) -> tuple[str, ...]:
    """Return as many notes as there is room for, in one line."""
    kept = [note if len(note) <= _NOTE_LIMIT else f"{note[:_NOTE_LIMIT]}…" for note in notes]
    if len(kept) <= _NOTES:
        return tuple(kept)
    return (*kept[:_NOTES], f"and {len(kept) - _NOTES} more notes like these")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a build's logs: ``cursor`` is where the next one goes on, and ``more`` says that it has something."""

    build: Record
    parts: tuple[Part, ...]
    cursor: str | None
    more: bool = False
    notes: tuple[str, ...] = ()
