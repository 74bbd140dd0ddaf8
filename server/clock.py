"""One clock for all replicas: the machine's own, set right by what Nomad's answers say the time is.

Deadlines are written by one replica and read by another. Machines whose clocks differ by minutes would give up
builds too early or too late; the ``Date`` of Nomad's answers is a clock that all of them share.
"""

from __future__ import annotations

import email.utils
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

# Dates in headers have whole seconds: what differs by less is no difference.
_PRECISION = timedelta(seconds=2)
# The time in a slow answer is that of long ago.
_QUICK = timedelta(seconds=0.5)


def _read_machine() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Tells the time; ``machine`` is what the machine's own clock says. Safe for use by several threads."""

    def __init__(self, machine: Callable[[], datetime] = _read_machine) -> None:
        self._machine = machine
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the time in UTC."""
        return self._machine() + self._offset

    @property
    def offset(self) -> timedelta:
        """How far the machine's clock is behind Nomad's."""
        return self._offset

    def observe(self, date: str | None, elapsed: timedelta) -> None:
        """Take in the ``Date`` of an answer that took so long."""
        if not date or elapsed > _QUICK:
            return
        try:
            told = email.utils.parsedate_to_datetime(date)
        except ValueError:
            return
        offset = told + timedelta(seconds=0.5) - self._machine()
        if abs(offset - self._offset) > _PRECISION:
            self._offset = offset if abs(offset) > _PRECISION else timedelta()
