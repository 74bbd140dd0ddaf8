"""A way to a service on which connections break."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Way:
    """Passes on what clients and service say; of streams of events the first ones are cut after so many bytes."""

    def __init__(self, url: str, after: list[int]) -> None:
        self._target = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
        self._after = after
        self.streams = 0

    @contextlib.contextmanager
    def serve(self) -> Iterator[str]:
        """Listen on a port of its own; yields the address."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            thread = threading.Thread(target=self._accept, args=(listening,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            finally:
                listening.shutdown(socket.SHUT_RDWR)
                thread.join()

    def _accept(self, listening: socket.socket) -> None:
        connections = []
        with contextlib.suppress(OSError):
            while True:
                client, _ = listening.accept()
                connections.append(threading.Thread(target=self._pass, args=(client,)))
                connections[-1].start()
        for each in connections:
            each.join()

    def _pass(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as service:
            rest: list[int] = []  # bytes that may still pass, once a stream was asked for
            asking = threading.Thread(target=self._ask, args=(client, service, rest))
            asking.start()
            with contextlib.suppress(OSError):
                while piece := service.recv(65_536):
                    allowed = piece[: rest[0]] if rest else piece
                    client.sendall(allowed)
                    if rest:
                        rest[0] -= len(allowed)
                        if not rest[0]:
                            break
            for end in (client, service):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            asking.join()

    def _ask(self, client: socket.socket, service: socket.socket, rest: list[int]) -> None:
        with contextlib.suppress(OSError):
            # Clients ask again on a connection that they have: each request comes whole, as it is small.
            while request := client.recv(65_536):
                if b"/logs/follow" in request:
                    self.streams += 1
                    if self._after:
                        rest.append(self._after.pop(0))
                service.sendall(request)
            service.shutdown(socket.SHUT_WR)
