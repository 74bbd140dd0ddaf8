"""How far a build has come within its Dockerfile: read from the end of its log, and remembered for a moment.

Everybody who waits for a build or asks how it is wants to know, and each look costs two calls of Nomad's.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from server import terminal
from server.errors import NomadError
from server.failures import steps
from server.nomad import Nomad
from server.record import Record

# Seconds for which a step that was read is good.
_FRESH = 5.0
_KEPT = 1000
# The end of a running build's log in which its step is looked for.
_BYTES = 32 * 1024
_CHARACTERS = 120


class Progress:
    """Finds the steps of builds. Safe for use by several threads."""

    def __init__(self, nomad: Nomad, clock: Callable[[], float] = time.monotonic) -> None:
        self._nomad = nomad
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def find_step(self, build: Record) -> str:
        """Return the step that a build is at, as Buildah writes it; empty when that is not known.

        A step that says much is known by what was read before it did.
        """
        if build.status != "BUILDING" or build.of("build").registered_at is None:
            return ""
        now = self._clock()
        with self._lock:
            seen_at, step = self._seen.get(build.id, (-_FRESH, ""))
        if now - seen_at < _FRESH:
            return step
        step = self._read_step(build) or step
        with self._lock:
            self._seen[build.id] = (now, step)
            self._seen.move_to_end(build.id)
            if len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
        return step

    def _read_step(self, build: Record) -> str:
        try:
            found = self._nomad.read_allocation(build.job_of("build"))
            if found is None:
                return ""
            log = self._nomad.read_log(found.id, "build", "stdout", _BYTES)
        except NomadError:
            # Where the task has not begun there is no log; a node may be away for a moment.
            return ""
        step = steps.current_step(terminal.strip(log.decode("utf-8", "replace")))
        if step is None:
            return ""
        stage = f"[{step.stage}/{step.stages}] " if step.stages > 1 else ""
        return f"{stage}STEP {step.number}/{step.of}: {step.instruction}"[:_CHARACTERS]
