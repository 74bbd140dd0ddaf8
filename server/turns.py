"""A build's place in the queue as all live builds' markers show it; what its own marker lacks is put right first."""

from __future__ import annotations

from server import admission
from server.admission import Entry, Limits, Verdict
from server.config import Config
from server.errors import NomadUnreachable
from server.record import Record
from server.store import Store


class Turns:
    """Says whose turn it is."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._limits = Limits.of(config)

    def decide(self, entries: tuple[Entry, ...]) -> dict[str, Verdict]:
        """Say for every live build whether it may run."""
        return admission.decide(entries, self._limits, self._store.claims)

    def find_verdict(self, build: Record) -> Verdict | None:
        """Say whether it is a build's turn, which counts before its first job; None when its record has changed.

        Raises:
            NomadUnreachable: the list that was given is older than the build.
        """
        if build.started_at is not None or build.kill is not None:
            return admission.ADMITTED
        entries = self._store.list_live()
        own = next((entry for entry in entries if entry.build_id == build.id), None)
        if own is None:
            if self._store.read(build.id).record != build:
                # It has ended and was put away in this moment.
                return None
            # Somebody removed its marker; without one it would be forgotten.
            self._store.announce(build)
            entries = self._store.list_live()
        elif build.asked is not None and not own.repositories:
            # Its build file was read; from now on it stands where others see what it wants.
            self._store.move(build)
            entries = self._store.list_live()
        verdicts = self.decide(entries)
        if build.id not in verdicts:
            msg = "the server of Nomad that was asked lags behind"
            raise NomadUnreachable(msg)
        return verdicts[build.id]
