"""Connections to allowed addresses only, which end when a deadline is over.

A name may lead anywhere, and elsewhere a moment later. So each connection is made to an address that was looked
up here and is allowed, and its peer is looked at again before anything is sent.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import urllib3.connection

from server.destinations import AllowedHosts, Target


class Refused(Exception):
    """No address that the host leads to may be connected to."""


@contextlib.contextmanager
def connect(
    target: Target, allowed: AllowedHosts, deadline: Deadline, tls: ssl.SSLContext, seconds: float
) -> Iterator[urllib3.connection.HTTPConnection]:
    """Connect, each address and the TLS handshake for at most so many seconds; close in the end.

    Raises:
        Refused: nothing has been sent.
        OSError: what the sockets and TLS raise.
    """
    options: dict[str, Any] = {"allowed": allowed, "deadline": deadline}
    options |= {"port": target.port, "timeout": seconds}
    connection = (
        _HTTPSConnection(target.host, ssl_context=tls, **options)
        if target.scheme == "https"
        else _HTTPConnection(target.host, **options)
    )
    with contextlib.closing(connection):
        connection.connect()
        yield connection


class Deadline:
    """Bounds everything that is done with sockets, whatever they wait for: they are shut down when time is over.

    The sockets' own timeouts bound the wait for the next byte alone, and a receiver may send one at a time.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._shut_down)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for watched in self._watched:
                watched.close()
            self._watched.clear()

    @property
    def remaining(self) -> float:
        return self._end - time.monotonic()

    @property
    def over(self) -> bool:
        return self.remaining <= 0

    def watch(self, connected: socket.socket) -> None:
        """Shut this socket down in time; by a copy, for TLS takes the socket itself into another object."""
        with self._lock:
            self._watched.append(connected.dup())
        if self.over:
            self._shut_down()

    def _shut_down(self) -> None:
        with self._lock:
            for watched in self._watched:
                with contextlib.suppress(OSError):
                    watched.shutdown(socket.SHUT_RDWR)


class _Guarded(urllib3.connection.HTTPConnection):
    """A connection to an allowed address only; for https this comes before the TLS handshake."""

    def __init__(
        self, host: str, *, allowed: AllowedHosts, deadline: Deadline, **options: Any
    ) -> None:
        super().__init__(host, **options)
        self._allowed = allowed
        self._deadline = deadline
        self._seconds: float = options["timeout"]

    def _new_conn(self) -> socket.socket:
        problem: Exception | None = None
        for family, kind, protocol, _, place in socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM
        ):
            # Before connecting, too: whether a private port is open is nobody's business.
            if not self._accepts(place[0]):
                continue
            try:
                return self._open(family, kind, protocol, place)
            except OSError as error:
                problem = error
        raise problem or Refused

    def _open(self, family: int, kind: int, protocol: int, place: Any) -> socket.socket:
        left = min(self._seconds, self._deadline.remaining)
        if left <= 0:
            raise TimeoutError
        with contextlib.ExitStack() as cleanup:
            made = cleanup.enter_context(socket.socket(family, kind, protocol))
            made.settimeout(left)
            made.connect(place)
            if not self._accepts(made.getpeername()[0]):
                raise Refused
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._deadline.watch(made)
            cleanup.pop_all()
        return made

    def _accepts(self, address: Any) -> bool:
        # A zone ("%eth0") belongs to addresses of one link, which are not public either way.
        read = ipaddress.ip_address(str(address).partition("%")[0])
        return self._allowed.accepts(self.host, read)


class _HTTPConnection(_Guarded):
    """Plain HTTP."""


class _HTTPSConnection(_Guarded, urllib3.connection.HTTPSConnection):
    """HTTP over TLS."""
