"""How often somebody may call: counted in this process, over a window that moves."""

from __future__ import annotations

import ipaddress
import math
import time

import limits
import limits.storage
import limits.strategies

from server.errors import LimitReached

# So many names are kept before those without a call in their window are looked for and forgotten.
_MANY = 10_000


class Rates:
    """Counts calls by name; each replica counts its own."""

    def __init__(self) -> None:
        self._storage = limits.storage.MemoryStorage()
        self._limiter = limits.strategies.MovingWindowRateLimiter(self._storage)

    def take(self, kind: str, name: str, rate: str) -> None:
        """Count something of a kind, as calls, that a name has done, against a rate; an empty one is no limit.

        Raises:
            LimitReached: there were as many in the time before; this one is not counted.
        """
        if not rate:
            return
        item = limits.parse(rate)
        if self._limiter.hit(item, kind, name):
            self._forget()
            return
        stats = self._limiter.get_window_stats(item, kind, name)
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        msg = f"there were more {kind} of {name} than {rate}"
        raise LimitReached(msg, next_step=f"Wait {seconds} s, then go on", retry_after=seconds)

    def _forget(self) -> None:
        """Drop names whose calls have all left their windows: the library keeps an empty list for each."""
        if len(self._storage.events) > _MANY:
            for key in [key for key, calls in self._storage.events.items() if not calls]:
                self._storage.clear(key)


def network(address: str) -> str:
    """Return whose address it is: an IPv6 subscriber has 2^64 of them, and counts as one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address or "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
