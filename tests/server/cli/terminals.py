"""Terminals for processes to write to, and what a person would see there."""

from __future__ import annotations

import contextlib
import os
import pty
import termios


class Terminal:
    """What a person would see come from a process."""

    def __init__(self, columns: int = 120) -> None:
        self._master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (40, columns))
        os.set_blocking(self._master, False)
        self.seen = ""

    def read(self) -> str:
        """Return all that has come by now."""
        with contextlib.suppress(BlockingIOError, OSError):
            while piece := os.read(self._master, 65_536):
                self.seen += piece.decode("utf-8", "replace")
        return self.seen

    def close(self) -> None:
        """Close both ends."""
        os.close(self._master)
        os.close(self.slave)
