"""Which replica looks after which build, so that ten replicas do not all read the same thing.

Each replica writes a variable of its own every few seconds, and reads the list of all. Whose variable has not
changed for a while is gone. This only divides the work: nothing is wrong when two replicas, or none for some
seconds, take themselves for the one to look after a build.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable

from server.errors import NomadConflict, NomadError
from server.nomad import Nomad

_log = logging.getLogger(__name__)

_PREFIX = "nomad-build/replicas/"
BEAT_SECONDS = 3.0
# Measured from when this replica has seen the other's variable change: no two clocks are compared.
GONE_SECONDS = 10.0
# A variable that nobody has changed for so long is removed.
_FORGOTTEN_SECONDS = 120.0


class Replicas:
    """The replicas that are there, as this one sees them. Safe for use by several threads."""

    def __init__(
        self, nomad: Nomad, name: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self._nomad = nomad
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._index = 0
        self._seen: dict[str, tuple[int, float]] = {}
        self._alive: tuple[str, ...] = (name,)

    @property
    def alive(self) -> tuple[str, ...]:
        """The names of the replicas that are there, this one among them."""
        return self._alive

    def owns(self, build_id: str) -> bool:
        """Tell whether this replica is the one to look after a build."""
        return self.name == max(self._alive, key=lambda each: _weight(each, build_id))

    def beat(self) -> bool:
        """Say that this replica is there, and look who else is; tell whether that has changed."""
        self._write()
        now = self._monotonic()
        with self._lock:
            known, self._seen = self._seen, {}
            for stub in self._nomad.list_variables(_PREFIX):
                name = stub.path.removeprefix(_PREFIX)
                index, since = known.get(name, (0, now))
                self._seen[name] = (
                    stub.modify_index,
                    since if index == stub.modify_index else now,
                )
            alive = {name for name, (_, since) in self._seen.items() if now - since < GONE_SECONDS}
            before, self._alive = self._alive, tuple(sorted(alive | {self.name}))
            forgotten = [
                (name, index)
                for name, (index, since) in self._seen.items()
                if now - since > _FORGOTTEN_SECONDS
            ]
        for name, index in forgotten:
            self._remove(name, index)
        return before != self._alive

    def leave(self) -> None:
        """Say that this replica is gone, so that the others need not find out."""
        try:
            self._nomad.delete_variable(_PREFIX + self.name)
        except NomadError as error:
            _log.info("the others will find out that this replica is gone: %s", error.message)

    def _write(self) -> None:
        items = {"name": self.name}
        try:
            self._index = self._nomad.write_variable(_PREFIX + self.name, items, self._index)
        except NomadConflict:
            # An answer was lost, or another replica took this one for gone.
            found = self._nomad.read_variable(_PREFIX + self.name)
            self._index = found.modify_index if found else 0

    def _remove(self, name: str, index: int) -> None:
        try:
            self._nomad.delete_variable(_PREFIX + name, index)
        except NomadConflict:
            return


def _weight(name: str, build_id: str) -> bytes:
    """Rendezvous hashing: a replica that comes or goes moves only its own share of the builds."""
    return hashlib.blake2b(f"{name}\0{build_id}".encode(), digest_size=8).digest()
