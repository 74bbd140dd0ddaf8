"""The public keys of an issuer, fetched when they are needed and at most every so often.

PyJWT reads them. When they are fetched is decided here, because its own cache asks a silent issuer again with every
call, while all others wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt

from server.errors import IssuerSilent

_log = logging.getLogger(__name__)

# Seconds: how long keys are used without a look whether they still hold, and how long if the issuer does not answer.
LIFESPAN = 300.0
_PATIENCE = 3600.0
# From one fetch's end to the next one, however many unknown keys are named meanwhile: so nobody can have the issuer
# asked at will.
FLOOR = 10.0
# How long a call waits for a fetch: one with an unknown key longer than any should take, one that has a key and only
# began the fetch that was due no longer than nobody minds.
_WAIT = 10.0
_GLANCE = 3.0


def read_keys(document: Any) -> dict[str, jwt.PyJWK]:
    """Return the keys of a key set (RFC 7517) that sign, by their ids, without those that cannot be read.

    Raises:
        ValueError: there is none.
    """
    entries = document.get("keys") if isinstance(document, dict) else None
    found = {}
    for entry in entries if isinstance(entries, list) else ():
        key = _read_key(entry)
        if key is not None:
            found[entry["kid"]] = key
    if not found:
        msg = "the issuer of tokens names no keys that can be used"
        raise ValueError(msg)
    return found


def _read_key(entry: Any) -> jwt.PyJWK | None:
    if not isinstance(entry, dict) or entry.get("use") not in ("sig", None):
        return None
    key_id = entry.get("kid")
    if not isinstance(key_id, str) or not key_id:
        return None
    try:
        return jwt.PyJWK(entry)
    except Exception as error:
        # What is odd about one key may be anything, and must not make the others useless.
        _log.info("a key of the issuer of tokens cannot be used: %s", type(error).__name__)
        return None


class KeyRing:
    """Keys by their ids; ``fetch`` returns all of them or raises, ``clock`` counts seconds.

    A fetch has a thread of its own, so that none who waits for it has to wait for its end.
    """

    def __init__(
        self,
        fetch: Callable[[], Mapping[str, jwt.PyJWK]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._fetching: threading.Event | None = None
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None

    def has(self, key_id: str) -> bool:
        """Tell whether a key can be found without asking the issuer."""
        return self._age() < LIFESPAN and key_id in self._keys

    def knows(self, key_id: str) -> bool:
        """Tell whether a key is good as long as the issuer does not say otherwise."""
        return self._age() < _PATIENCE and key_id in self._keys

    def waits(self, key_id: str) -> bool:
        """Tell whether to find a key may take a while."""
        if self.has(key_id):
            return False
        return self._due() if self.knows(key_id) else self._due() or self._fetching is not None

    def find(self, key_id: str, *, may_wait: bool = True) -> jwt.PyJWK | None:
        """Return a key, None if the issuer has none of this id.

        Whoever has a key that only wants a look waits for no fetch but the one that he has begun, and not for long.

        Raises:
            IssuerSilent: it cannot be told.
        """
        if not self.has(key_id):
            known = self.knows(key_id)
            fetching, began = self._join()
            if fetching is not None and may_wait and (began or not known):
                fetching.wait(_GLANCE if known else _WAIT)
        with self._lock:
            found = self._keys.get(key_id)
            told = self._fetching is None and self._tried_at == self._fetched_at
            if self._age() >= _PATIENCE or (found is None and not told):
                raise IssuerSilent
            return found

    def _age(self) -> float:
        fetched_at = self._fetched_at
        return float("inf") if fetched_at is None else self._clock() - fetched_at

    def _due(self) -> bool:
        """Whether a fetch would be begun now."""
        tried_at = self._tried_at
        rested = tried_at is None or self._clock() - tried_at >= FLOOR
        return rested and self._fetching is None

    def _join(self) -> tuple[threading.Event | None, bool]:
        """Return the end of the fetch that is under way, None without, and whether it was begun here."""
        with self._lock:
            if not self._due():
                return self._fetching, False
            ended = threading.Event()
            threading.Thread(
                target=self._refresh, args=(ended,), name="issuer's keys", daemon=True
            ).start()
            self._fetching = ended
            return ended, True

    def _refresh(self, ended: threading.Event) -> None:
        keys = None
        try:
            keys = self._fetch()
        except Exception as error:
            _log.warning("the keys of the issuer of tokens cannot be fetched: %s", error)
        with self._lock:
            self._tried_at = self._clock()
            if keys is not None:
                self._keys, self._fetched_at = keys, self._tried_at
            self._fetching = None
        ended.set()
