"""What a reader who follows a build's logs is told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from server.logs.cursor import Cursor
from server.record import Phase, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A whole line of a task's log; ``cursor`` is behind it, as with all that follow here."""

    kind: Literal["line"] = "line"
    cursor: Cursor
    phase: Phase
    task: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseBegun:
    """A phase's job was registered, once more in a later attempt; or Nomad has placed it on another node."""

    kind: Literal["phase"] = "phase"
    cursor: Cursor
    phase: Phase
    attempt: int
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that was written and not read before is lost: so many bytes, None if nobody knows how many."""

    kind: Literal["gap"] = "gap"
    cursor: Cursor
    phase: Phase
    task: str = ""
    missing: int | None = None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The build has ended, and all of its logs were told."""

    kind: Literal["end"] = "end"
    cursor: Cursor
    status: Status


Event = Line | PhaseBegun | Gap | Ended


@dataclass(frozen=True, slots=True)
class Pause:
    """There is nothing more now: whoever follows waits so many seconds before asking for the next event."""

    seconds: float
