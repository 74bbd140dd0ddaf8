"""What Debian's registry lacks, in front of it: tokens instead of passwords, and OCI 1.1's list of referrers.

Everything else is the registry's own: a request goes on to it as it came, and its answer back.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import http.server
import json
import re
import secrets
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from server.lab.credentials import Credentials

_PATH = re.compile(r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs|referrers|tags)/(?P<rest>.*)")
_INDEX = "application/vnd.oci.image.index.v1+json"
_HOP = {"connection", "transfer-encoding", "content-length"}


@dataclass(slots=True)
class Front:
    """A registry with tokens; with ``lists`` it has a list of referrers, too."""

    behind: str
    login: Credentials
    lists: bool
    address: str = ""
    granted: dict[str, set[str]] = field(default_factory=dict)
    referrers: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def grant(self, authorization: str, scopes: list[str]) -> str | None:
        """A token for what is asked for, to whoever knows the password."""
        expected = base64.b64encode(f"{self.login.user}:{self.login.password}".encode()).decode()
        if authorization != f"Basic {expected}":
            return None
        token = secrets.token_urlsafe(32)
        self.granted[token] = {
            f"{name}:{action}"
            for name, _, actions in (s.removeprefix("repository:").rpartition(":") for s in scopes)
            for action in actions.split(",")
        }
        return token

    def refuses(self, authorization: str, wanted: set[str]) -> bool:
        granted = self.granted.get(authorization.removeprefix("Bearer "))
        return granted is None or not wanted <= granted

    def note(self, name: str, kind: str, content: bytes, digest: str) -> None:
        """Keep what a manifest refers to."""
        manifest = json.loads(content)
        if "subject" in manifest:
            entry = {"mediaType": kind, "digest": digest, "size": len(content)}
            entry["artifactType"] = manifest["artifactType"]
            found = self.referrers.setdefault((name, manifest["subject"]["digest"]), [])
            if entry not in found:
                found.append(entry)


@contextlib.contextmanager
def stand_before(behind: str, login: Credentials, *, lists: bool) -> Iterator[Front]:
    """Have a front before the registry at the address ``behind`` for a while."""
    front = Front(behind, login, lists)
    handler = type("Handler", (_Handler,), {"front": front})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    front.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    front: Front
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        body = self._read_body()
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        authorization = self.headers.get("Authorization", "")
        if url.path == "/token":
            token = self.front.grant(authorization, query.get("scope", []))
            self._answer(200, {"token": token}) if token else self._answer(401, {})
            return
        match = _PATH.fullmatch(url.path)
        name, kind, rest = match.groups() if match else ("", "", "")
        wanted = set()
        if name:
            wanted = {f"{name}:{'pull' if self.command in ('GET', 'HEAD') else 'push'}"}
            wanted |= {f"{other}:pull" for other in query.get("from", [])}
        if self.command == "DELETE":
            wanted = {f"{name}:*"} if name else set()
        if self.front.refuses(authorization, wanted):
            challenge = f'Bearer realm="http://{self.front.address}/token",service="front"'
            self._answer(401, {"errors": []}, {"WWW-Authenticate": challenge})
        elif kind == "referrers" and self.front.lists:
            found = self.front.referrers.get((name, rest), [])
            index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": found}
            self._answer(200, index, {"Content-Type": _INDEX})
        else:
            self._pass_on(body, name if kind == "manifests" else "")

    def handle(self) -> None:
        """Serve a connection; whoever ends it early has heard what he wanted."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _pass_on(self, body: bytes, manifest_of: str) -> None:
        connection = http.client.HTTPConnection(self.front.behind, timeout=30)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for key, value in self.headers.items():  # one name may be there several times
            if key.lower() not in _HOP | {"authorization"}:
                connection.putheader(key, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        if self.command == "PUT" and manifest_of and answer.status == 201:
            digest = answer.headers["Docker-Content-Digest"]
            self.front.note(manifest_of, self.headers["Content-Type"], body, digest)
        self.send_response(answer.status)
        for key, value in answer.headers.items():
            if key.lower() not in _HOP or (self.command == "HEAD" and key == "Content-Length"):
                self.send_header(key, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    def _answer(self, status: int, said: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(said).encode()
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *arguments: object) -> None:
        """Say nothing: the registry behind has an access log."""
