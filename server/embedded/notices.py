"""Waking those who wait in one event loop, without losing a wake-up between look and wait."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

Name = tuple[str, str]
"""What is waited for: a table, and a key of it or "" for any."""


class Notice:
    """Something happens again and again; a ticket taken before a look is called when it happens next."""

    def __init__(self) -> None:
        self._current = asyncio.Event()
        self.closed = False

    def ticket(self) -> asyncio.Event:
        """Take a ticket: an event that is set when the notice is given after this moment."""
        return self._current

    def give(self) -> None:
        """Call all tickets."""
        self._current.set()
        if not self.closed:
            self._current = asyncio.Event()

    def close(self) -> None:
        """Call all tickets for good: nothing will happen any more."""
        self.closed = True
        self._current.set()


class Board:
    """Many things happen, each with its name; who waits for one is not woken by another."""

    def __init__(self) -> None:
        self._waiting: dict[Name, set[asyncio.Event]] = {}
        self.closed = False

    @contextmanager
    def ticket(self, names: Iterable[Name]) -> Iterator[asyncio.Event]:
        """Hold a ticket: an event that is set when one of the names is called in the meantime."""
        event = asyncio.Event()
        for name in names:
            self._waiting.setdefault(name, set()).add(event)
        if self.closed:
            event.set()
        try:
            yield event
        finally:
            for name in names:
                waiting = self._waiting[name]
                waiting.discard(event)
                if not waiting:
                    del self._waiting[name]

    def give(self, names: Iterable[Name]) -> None:
        """Call the tickets of these names."""
        for name in names:
            for event in self._waiting.get(name, ()):
                event.set()

    def close(self) -> None:
        """Call all tickets for good."""
        self.closed = True
        for waiting in self._waiting.values():
            for event in waiting:
                event.set()
