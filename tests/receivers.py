"""What webhooks are sent to in tests: real servers on loopback, polite ones and others."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest

from server.destinations import AllowedHosts
from server.outbound import DeliveryFailed, Sender

LOOPBACK = AllowedHosts.parse(["127.0.0.0/8"])
BODY = json.dumps({"jobID": "x"}).encode()
HEADERS = {"X-Webhook-Signature": "sha256=00", "X-Team": "Zürich"}

Conversation = Callable[[socket.socket], None]


class Receiver:
    """An HTTP server that answers what its table says for a path, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                receiver.asked.append((self.command, self.path, dict(self.headers), body))
                code, headers, answer = receiver.answers.get(self.path, (200, {}, b"thanks"))
                self.send_response(code)
                for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(answer)

            do_GET = do_POST

            def log_message(self, format: str, *args: object) -> None:
                del format, args

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Let a server answer as long as the context lasts."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def conversing(talk: Conversation) -> Iterator[str]:
    """A server that does what the function does with each connection."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                talk(self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server, serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


def failure(sender: Sender, url: str) -> DeliveryFailed:
    """Send, and return how it failed."""
    with pytest.raises(DeliveryFailed) as caught:
        sender.send(url, HEADERS, BODY)
    return caught.value


def hear(connection: socket.socket) -> None:
    """Read a whole request."""
    heard = b""
    while not heard.endswith(BODY):
        heard += connection.recv(65536)


def drip(connection: socket.socket, start: bytes) -> None:
    """Send a byte now and then, for as long as anybody listens."""
    connection.sendall(start)
    pause = threading.Event()
    while not pause.wait(0.05):
        connection.sendall(b"x")
