"""Servers on loopback that misbehave as others do: they limit, forbid, hide, keep silent, or are not to be trusted."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from server.lab import authority

# Code and words of a registry's answers, by the first part of a repository's name or of a path.
_ANSWERS = {
    "limited": (429, "TOOMANYREQUESTS", "You have reached your pull rate limit."),
    "secret": (401, "UNAUTHORIZED", "authentication required"),
    "broken": (503, "UNAVAILABLE", "the server has a fault of its own"),
    "forbidden": (403, "DENIED", "requested access to the resource is denied"),
}
_ABSENT = (404, "MANIFEST_UNKNOWN", "manifest unknown")
_INDEX = "application/vnd.oci.image.index.v1+json"
_FOREIGN = {
    "schemaVersion": 2,
    "mediaType": _INDEX,
    "manifests": [
        {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": f"sha256:{'0' * 64}",
            "size": 2,
            "platform": {"architecture": "s390x", "os": "linux"},
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Site:
    """The addresses of the server, and of the one whose certificate nobody vouches for."""

    address: str
    secure: str

    def fill(self, text: str) -> str:
        """Put the addresses where a case names them."""
        return text.replace("{site}", self.address).replace("{secure}", self.secure)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer as the path wants it."""
        path = self.path.strip("/")
        first = path.removeprefix("v2/").split("/", 1)[0]
        if path == "v2":
            self._answer(200, {})
        elif first == "silent":
            time.sleep(4)
            self.close_connection = True
        elif first == "foreign":
            self._answer(200, _FOREIGN, _INDEX)
        else:
            code, word, sentence = _ANSWERS.get(first, _ABSENT)
            self._answer(code, {"errors": [{"code": word, "message": sentence}]})

    do_HEAD = do_POST = do_PUT = do_PATCH = do_GET

    def _answer(
        self, code: int, content: dict[str, object], kind: str = "application/json"
    ) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if code == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="members"')
        if code == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: who does not trust the certificate goes away in the middle of it."""


@contextlib.contextmanager
def run(folder: Path) -> Iterator[Site]:
    """Serve on loopback; ``folder`` is for the key of the certificate that is not trusted."""
    with _serve(None) as address, _serve(authority.create(folder).tls) as secure:
        yield Site(address, secure)


@contextlib.contextmanager
def _serve(tls: ssl.SSLContext | None) -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
