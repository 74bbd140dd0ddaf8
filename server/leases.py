"""Work that one replica does at a time, without a leader: whoever holds the lock of a Nomad Variable does it.

A holder that dies loses the lock with its time. So nothing may be wrong when two are at it for a moment.
"""

from __future__ import annotations

from types import TracebackType

from server.nomad import Nomad

# Nomad takes 10 s at least; between two renewals there are single calls.
SECONDS = 30


class Lease:
    """A lock as a context: ``held`` says whether this replica has got it."""

    def __init__(self, nomad: Nomad, path: str) -> None:
        self._nomad = nomad
        self._path = path
        self._lock_id: str | None = None

    @property
    def held(self) -> bool:
        """Whether this replica had the lock when it last asked for it."""
        return self._lock_id is not None

    def renew(self) -> None:
        """Hold the lock for its time once more, or learn that it is lost."""
        if self._lock_id is not None and not self._nomad.renew_lock(self._path, self._lock_id):
            self._lock_id = None

    def __enter__(self) -> Lease:
        """Ask for the lock."""
        self._lock_id = self._nomad.acquire_lock(self._path, SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the lock go."""
        if self._lock_id is not None:
            self._nomad.release_lock(self._path, self._lock_id)
            self._lock_id = None
