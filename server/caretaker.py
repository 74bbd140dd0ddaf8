"""Cleans up by itself: every so often, on the replica that gets the lock for it."""

from __future__ import annotations

import logging
import threading

from server.errors import NotPossible, ServiceError
from server.housekeeping import Housekeeper

_log = logging.getLogger(__name__)


class Caretaker:
    """Has the housekeeper clean up every ``interval`` seconds, between ``start`` and ``stop``; never when it is 0."""

    def __init__(self, housekeeper: Housekeeper, interval: int) -> None:
        self._housekeeper = housekeeper
        self._interval = interval
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="caretaker", daemon=True)

    def start(self) -> None:
        """Start cleaning up in the background."""
        if self._interval:
            self._thread.start()

    def stop(self) -> None:
        """Stop; the next one goes on."""
        self._stopping.set()
        if self._interval:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            try:
                removals = self._housekeeper.clean_up_all(dry_run=False, automatic=True)
                _log.info("cleaned up: %d things removed", len(removals))
            except NotPossible as error:
                _log.info("not cleaned up: %s", error.message)
            except ServiceError as error:
                _log.warning("not cleaned up: %s", error)
            except Exception:
                _log.exception("not cleaned up")
