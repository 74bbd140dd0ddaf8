"""Server-sent events: reading them from a stream, and following a build over however many streams it takes.

The form is that of the HTML standard's "Server-sent events" (section 9.2.6).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.cli.connection import Connection
from server.cli.exits import Busy, Failure, Stranger, Unreachable
from server.cli.reading import SAME_VERSION

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0
# What a service takes to be started again, or a replica to be replaced, and some more.
_PATIENCE = 300.0
_SHOWN = 80  # characters of an event that is none of ours


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, its text, and the id to go on after."""

    name: str
    text: str
    id: str

    @property
    def data(self) -> dict[str, Any]:
        """What the event says.

        Raises:
            Stranger: it is no event of the service's.
        """
        try:
            content = json.loads(self.text) if self.text else {}
        except (ValueError, RecursionError) as error:
            msg = f"what answers is not the service: an event of the log is {self.text[:_SHOWN]!r}"
            raise Stranger(msg, SAME_VERSION) from error
        return content if isinstance(content, dict) else {"text": content}


def parse(pieces: Iterable[bytes]) -> Iterator[Event]:
    """Read the events of a stream, in whatever pieces it comes; what has no end is none."""
    name, text, last = "", list[str](), ""
    for line in _lines(pieces):
        if not line:
            if text:
                yield Event(name or "message", "\n".join(text), last)
            name, text = "", []
            continue
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "event":
            name = value
        elif key == "data":
            text.append(value)
        elif key == "id" and "\0" not in value:
            last = value


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Split a stream into lines: a line ends with LF, CR LF or CR, and CR LF may come in two pieces."""
    rest = b""
    for piece in pieces:
        rest += piece
        # What ends with CR may go on with LF: it waits for the next piece.
        held = rest.endswith(b"\r")
        whole = rest[:-1] if held else rest
        whole = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = whole.split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")
        if held:
            rest += b"\r"
    if rest.endswith(b"\r"):
        yield rest[:-1].decode("utf-8", "replace")


@dataclass(slots=True, kw_only=True)
class Follower:
    """Follows one build's log to its end; when the connection breaks it goes on where it was.

    ``parameters`` choose phase and task. ``broken`` hears of each break, in words. ``patience`` is how many seconds
    nothing may be heard of the service until it is given up.
    """

    connection: Connection
    job_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    broken: Callable[[str], None] = lambda reason: None
    patience: float = _PATIENCE
    sleep: Callable[[float], None] = time.sleep
    last_event: str = ""
    _heard_at: float = 0.0

    def events(self) -> Iterator[Event]:
        """Yield all events up to the build's end, each once.

        Raises:
            Failure: the service refuses, knows no such build, or has not been heard of for too long.
        """
        pause, self._heard_at = _FIRST_PAUSE, time.monotonic()
        while True:
            reason: Failure = Unreachable("the stream of the log ended before the build did")
            try:
                with self.connection.follow(
                    self.job_id, self.parameters, self.last_event
                ) as pieces:
                    if pieces is None:
                        return
                    for event in parse(self._hear(pieces)):
                        pause = _FIRST_PAUSE
                        self.last_event = event.id or self.last_event
                        yield event
                        if event.name == "end":
                            return
            except (Unreachable, Busy) as error:
                reason = error
            if time.monotonic() - self._heard_at > self.patience:
                raise reason
            self.broken(reason.message)
            self.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _hear(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Note that the service lives: a stream on which nothing happens says so every few seconds."""
        for piece in pieces:
            self._heard_at = time.monotonic()
            yield piece
