"""Waking many waiters of one event loop at once, without losing a wake-up between look and wait."""

from __future__ import annotations

import asyncio


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
