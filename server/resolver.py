"""Looking names up, in a bounded time and with a bounded memory of the answers."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from server.destinations import Address

_SECONDS = 2.0
_LIFETIME = 60.0
_SIZE = 1024
# Lookups at the same time; one that the system's resolver holds on to for long keeps its place until it ends.
_SLOTS = 8

Lookup = Callable[[str], tuple[Address, ...]]


def look_up(name: str) -> tuple[Address, ...]:
    """Ask the system's resolver, for as long as that takes; nothing when it knows no address."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found)


class Resolver:
    """Looks names up, each at most once in ``lifetime`` seconds. Safe for use by several threads."""

    def __init__(
        self,
        lookup: Lookup = look_up,
        *,
        seconds: float = _SECONDS,
        lifetime: float = _LIFETIME,
        size: int = _SIZE,
        slots: int = _SLOTS,
    ) -> None:
        self._lookup = lookup
        self._seconds = seconds
        self._lifetime = lifetime
        self._size = size
        self._slots = threading.BoundedSemaphore(slots)
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, tuple[Address, ...]]] = OrderedDict()

    def resolve(self, name: str) -> tuple[Address, ...]:
        """Return the addresses of a name; none when it has none, or none that is found within ``seconds``."""
        end = time.monotonic() + self._seconds
        with self._lock:
            known = self._known.get(name)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        if not self._slots.acquire(timeout=self._seconds):
            return ()
        answer: list[Address] = []
        # Nothing can end a lookup: it is left to itself when its time is over, and is no reason to stay alive.
        asker = threading.Thread(target=self._ask, args=(name, answer), daemon=True)
        try:
            asker.start()
        except BaseException:
            self._slots.release()
            raise
        asker.join(max(0.0, end - time.monotonic()))
        return () if asker.is_alive() else tuple(answer)

    def _ask(self, name: str, answer: list[Address]) -> None:
        try:
            answer.extend(self._lookup(name))
            with self._lock:
                self._known[name] = (time.monotonic() + self._lifetime, tuple(answer))
                self._known.move_to_end(name)
                while len(self._known) > self._size:
                    self._known.popitem(last=False)
        finally:
            self._slots.release()
