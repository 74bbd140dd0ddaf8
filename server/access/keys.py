"""The public keys of an issuer, fetched when they are needed and at most every so often.

PyJWT's client fetches and parses them. When is decided here, because its own cache asks a silent issuer again with
every call, while all others wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

import jwt

from server.errors import IssuerSilent

_log = logging.getLogger(__name__)

# Seconds: how long keys are used without a look whether they still hold, and how long if the issuer does not answer.
LIFESPAN = 300.0
_PATIENCE = 3600.0
# Between two fetches, however many unknown keys are named meanwhile: so nobody can have the issuer asked at will.
FLOOR = 10.0


class KeyRing:
    """Keys by their ids; ``fetch`` returns all of them or raises, ``clock`` counts seconds."""

    def __init__(
        self,
        fetch: Callable[[], Mapping[str, jwt.PyJWK]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._fetching = threading.Lock()
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None

    def has(self, key_id: str) -> bool:
        """Tell whether a key can be found without asking the issuer."""
        return self._age() < LIFESPAN and key_id in self._keys

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """Return a key, None if the issuer has none of this id. May wait for the issuer.

        Raises:
            IssuerSilent: it cannot be told.
        """
        if not self.has(key_id):
            # Who has a key that only wants a look goes on with it while another is looking.
            may_wait = self._age() >= _PATIENCE or key_id not in self._keys
            if self._fetching.acquire(blocking=may_wait):
                try:
                    self._refresh(key_id)
                finally:
                    self._fetching.release()
        if self._age() >= _PATIENCE:
            raise IssuerSilent
        found = self._keys.get(key_id)
        if found is None and self._tried_at != self._fetched_at:
            raise IssuerSilent
        return found

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._clock() - self._fetched_at

    def _refresh(self, key_id: str) -> None:
        if self.has(key_id):
            return  # somebody else was first
        now = self._clock()
        if self._tried_at is not None and now - self._tried_at < FLOOR:
            return
        self._tried_at = now
        try:
            self._keys = self._fetch()
        except (jwt.PyJWTError, OSError, ValueError, RecursionError) as error:
            _log.warning("the keys of the issuer of tokens cannot be fetched: %s", error)
            return
        self._fetched_at = now
