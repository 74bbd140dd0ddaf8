"""Of which builds this replica has heard a moment ago: by Nomad's events, which all replicas get, and by its own steps.

News are a hint to read a record again, so that whoever waits for a build need not read it all the time. They may be
lost: who relies on them reads the record every few seconds all the same.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

# So many builds are remembered; the others are read every few seconds.
_KEPT = 10_000


class News:
    """Remembers when of which build was heard; ``clock`` counts seconds. Safe for use by several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._heard: OrderedDict[str, float] = OrderedDict()

    def tell(self, build_id: str) -> None:
        """Note that there is news of a build."""
        with self._lock:
            self._heard[build_id] = self._clock()
            self._heard.move_to_end(build_id)
            if len(self._heard) > _KEPT:
                self._heard.popitem(last=False)

    def heard_since(self, build_id: str, seconds: float) -> bool:
        """Tell whether there was news of a build within so many seconds."""
        with self._lock:
            heard = self._heard.get(build_id)
        return heard is not None and self._clock() - heard <= seconds
