"""A TCP relay in front of a server: cut it, and for whoever connects through it the server is down."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType


class Relay:
    """Relays connections to an address; ``cut`` ends all and refuses new ones until ``mend``."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listening: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    @property
    def address(self) -> str:
        """Where to connect."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Relay:
        self.mend()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()
        for thread in self._threads:
            thread.join(10)

    def mend(self) -> None:
        """Relay again."""
        listening = socket.create_server(("127.0.0.1", self.port))
        self._listening = listening
        self._start(self._accept, listening)

    def cut(self) -> None:
        """End all connections, and refuse new ones."""
        with self._lock:
            ends, self._open = self._open, set()
            if self._listening is not None:
                ends.add(self._listening)
                self._listening = None
        for end in ends:
            _close(end)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                relaying = self._listening is listening
                if relaying:
                    self._open |= {near, far}
            if not relaying:
                _close(near)
                _close(far)
                return
            self._start(self._relay, near, far)
            self._start(self._relay, far, near)

    def _start(self, work: object, *ends: socket.socket) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=ends, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        _close(source)
        _close(sink)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
