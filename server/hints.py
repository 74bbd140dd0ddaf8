"""Which of Nomad's events are news to a build. Pure.

Most only say that a job goes on as it should: nothing is to be done then, and looking at the build would cost
calls. After one that said otherwise the next is news again, as what the job waited for may have come.
"""

from __future__ import annotations

import threading
from collections.abc import Container

from server import record
from server.nomad import Event


class Hints:
    """Remembers of which builds was heard, and whose jobs with trouble. Safe for use by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: set[str] = set()
        self._troubled: dict[str, str] = {}  # build -> job

    def are_news(self, build_id: str, event: Event) -> bool:
        """Tell whether a build is to be looked at for an event."""
        with self._lock:
            # Whoever has only had its build file read waits for its turn like those of which nothing was heard.
            if record.phase_of(event.job_id) != "plan":
                self._begun.add(build_id)
            if not event.routine:
                self._troubled[build_id] = event.job_id
                return True
            # An evaluation may only be about to look for a place.
            if event.topic == "Allocation" and self._troubled.get(build_id) == event.job_id:
                del self._troubled[build_id]
                return True
            return False

    def begun(self) -> frozenset[str]:
        """Return the builds of whose jobs was heard, but for those that read a build file."""
        with self._lock:
            return frozenset(self._begun)

    def keep(self, build_ids: Container[str]) -> None:
        """Forget all other builds."""
        with self._lock:
            self._begun = {build_id for build_id in self._begun if build_id in build_ids}
            self._troubled = {
                build_id: job_id
                for build_id, job_id in self._troubled.items()
                if build_id in build_ids
            }
