"""Requests that nobody would write: any method, path, query, headers and body, from a seed."""

from __future__ import annotations

import json
import random
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests import samples

_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW", "get")
_TOOLS = (
    "submitJob",
    "waitJob",
    "getStatus",
    "getLogs",
    "killJob",
    "cleanup",
    "getHistory",
    "nope",
)
_PATHS = (
    ("GET", "/v1/builds"),
    ("POST", "/v1/builds"),
    ("GET", "/v1/builds/{id}"),
    ("GET", "/v1/builds/{id}/wait"),
    ("GET", "/v1/builds/{id}/logs"),
    ("GET", "/v1/builds/{id}/logs/follow"),
    ("POST", "/v1/builds/{id}/kill"),
    ("POST", "/v1/builds/{id}/cleanup"),
    ("POST", "/v1/cleanup"),
    ("POST", "/mcp/{tool}"),
    ("POST", "/mcp/{tool}"),
    ("POST", "/json/{tool}"),
    ("POST", "/mcp"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/metrics"),
    ("GET", "/favicon.ico"),
    ("GET", "/"),
    ("GET", "/{id}"),
    ("GET", "/v1/{id}/{id}"),
)
_SEGMENTS = (
    "x", "..", ".", "%2e%2e%2f", "%00", "%0a", "%0d%0aX:1", "%ff", "%ed%a0%80", "%zz", "%", "%u0041", "a%2Fb", "~",
    "*", ";a=b", "%F0%9F%90%B3", "x" * 3000, "%25252e", "{id}", "'--", "[]", "!$&'()", "",
)  # fmt: skip
_NAMES = (
    "jobID", "job_id", "jobId", "owner", "phase", "task", "lines", "limit", "cursor", "status", "finished", "seconds",
    "repository", "dryRun", "dry_run", "all", "by", "why", "nope", "", "%00", "repoURL", "jobConfig",
)  # fmt: skip
_TEXTS = (
    "", "0", "-1", "1", "45", "007", "1e3", "1e999", "NaN", "Infinity", "9" * 400, "9" * 5000, "true", "True", "null",
    "FAILED", "%00", "%ff", "%ed%a0%80", "%zz", "%", "x" * 5000, "build", "+", "a%0Ab", "%F0%9F%90%B3", "claude-test",
    "[]", "{}",
)  # fmt: skip
_HEADERS = (
    ("Content-Type", "application/json"),
    ("Content-Type", "application/json; charset=utf-16"),
    ("Content-Type", "text/plain"),
    ("Content-Type", "multipart/form-data"),
    ("Content-Type", ";;;"),
    ("Content-Encoding", "gzip"),
    ("Accept", "*/*"),
    ("Accept", "text/plain"),
    ("Accept", "application/json;q=0"),
    ("Accept", "text/html;q=nope, */*;q=0.1"),
    ("Accept", ",;,=/"),
    ("Accept", "application/json, text/event-stream"),
    ("Accept-Encoding", "br;q=1.0, *;q=0"),
    ("Authorization", "Bearer \xff\xfe"),
    ("Authorization", "Basic Og=="),
    ("Origin", "null"),
    ("Origin", "https://evil.example.com"),
    ("Cookie", "a=b; c"),
    ("Last-Event-ID", "nope"),
    ("X-Forwarded-For", "1.2.3.4"),
    ("X-Forwarded-Host", "evil.example.com"),
    ("If-None-Match", '"x"'),
    ("Range", "bytes=0-1,5-"),
    ("Expect", "100-continue"),
    ("MCP-Protocol-Version", "1999-01-01"),
    ("Mcp-Session-Id", "\xe9" * 40),
    ("X-Long", "x" * 8000),
    ("Host", "evil.example.com"),
)  # fmt: skip
_STRINGS = (
    "", "x", "\0", "\ud800", "\u2028", "\x1b[2J", "🐳", "e\u0301", "x" * 5000, "${HOME}", "../..",
)  # fmt: skip
_SCALARS: tuple[Callable[[random.Random], Any], ...] = (
    lambda dice: None,
    lambda dice: dice.choice((True, False)),
    lambda dice: dice.choice((0, -1, 1, 45, 2**31, 2**63, -(2**64), 10**300)),
    lambda dice: dice.choice((0.5, -0.0, 1e308, 85.0, 5e-324)),
    lambda dice: dice.choice(_STRINGS),
    lambda dice: "".join(chr(dice.randrange(0x10FFFF)) for _ in range(dice.randrange(8))),
)
_BODIES = (
    b"", b" ", b"{", b"[]", b"7", b"null", b'"x"', b"{}{}", b"{'a': 1}", b"// x", b'{"jobID": "x",}', b"\xff\xfe",
    b"\xef\xbb\xbf{}", '{"jobID": "x"}'.encode("utf-16"), b'{"owner": "\xed\xa0\x80"}', b'{"jobID": "\\ud800"}',
    b'{"jobID": "\\u0000"}', b'{"\\ud800": 1}', b'{"jobID": "x", "jobID": "y"}', b'{"\\ud800": 1, "\\ud800": 2}',
    b"1e999", b'{"lines": NaN}', b'{"limit": Infinity}', b'{"limit": 1e999}', b"1" * 5000,
    b'{"a": 1' + b"0" * 5000 + b"}", b"[" * 50_000, b'{"a":' * 50_000, b'{"a":' * 900 + b"1" + b"}" * 900,
    b" " * (1024 * 1024 + 1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes over the wire; one that is ``cut`` ends before its body does."""

    method: str
    target: str
    raw: bytes
    cut: bool

    @property
    def path(self) -> str:
        """What it asks for."""
        return self.target.partition("?")[0]


def make(seed: int, build_id: str) -> Iterator[Request]:
    """Make requests without end."""
    dice = random.Random(seed)
    while True:
        yield _make_one(dice, build_id)


def _make_one(dice: random.Random, build_id: str) -> Request:
    method, template = dice.choice(_PATHS)
    if dice.random() < 0.2:
        method = dice.choice(_METHODS)
    path = _make_path(dice, template, build_id)
    if path == "/mcp" and method == "GET":
        method = "POST"  # GET opens a stream there, which has no end
    target = path + _make_query(dice)
    body = _make_body(dice, build_id) if dice.random() < (0.9 if method == "POST" else 0.1) else b""
    headers = [("Host", "127.0.0.1")] if dice.random() < 0.98 else []
    if body and dice.random() < 0.8:
        headers.append(("Content-Type", "application/json"))
    if path == "/mcp" and dice.random() < 0.7:
        body = _wrap(dice, body)
        headers.append(("Accept", "application/json, text/event-stream"))
    headers += dice.choices(_HEADERS[:-1] if headers else _HEADERS, k=dice.choice((0, 0, 1, 2, 5)))
    # The library behind /mcp takes what is cut off for a fault of its own, and logs it.
    cut = bool(body) and path != "/mcp" and dice.random() < 0.02
    if body and dice.random() < 0.2:
        headers.append(("Transfer-Encoding", "chunked"))
        body = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in _chunks(dice, body))
        body += b"" if cut else b"0\r\n\r\n"
    elif body or method == "POST":
        headers.append(("Content-Length", str(len(body) + (5 if cut else 0))))
    head = f"{method} {target} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers) + "Connection: close\r\n\r\n"
    return Request(method, target, head.encode("latin-1") + body, cut)


def _wrap(dice: random.Random, body: bytes) -> bytes:
    """Make the body the arguments of a call, as the protocol has them."""
    head = (
        '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "%s", "arguments": '
    )
    return (head % dice.choice(_TOOLS)).encode() + (body or b"{}") + b"}}"


def _chunks(dice: random.Random, body: bytes) -> Iterator[bytes]:
    size = dice.choice((1, 7, 65536)) if len(body) < 1000 else 65536
    for begin in range(0, len(body), size):
        yield body[begin : begin + size]


def _make_path(dice: random.Random, path: str, build_id: str) -> str:
    while "{id}" in path:
        path = path.replace("{id}", build_id if dice.random() < 0.5 else _quote(dice), 1)
    path = path.replace("{tool}", dice.choice(_TOOLS))
    return path + (dice.choice(("/", "//", "%20", ";x")) if dice.random() < 0.1 else "")


def _quote(dice: random.Random) -> str:
    if dice.random() < 0.7:
        return dice.choice(_SEGMENTS).replace("{id}", "x")
    data = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 12)))
    return urllib.parse.quote(data, safe="")


def _make_query(dice: random.Random) -> str:
    if dice.random() < 0.6:
        return ""
    count = dice.choice((0, 1, 1, 2, 4, 200))
    pairs = (f"{dice.choice(_NAMES)}={dice.choice(_TEXTS)}" for _ in range(count))
    # Longer than a web server reads is no request for ours.
    return ("?" + dice.choice("&&&;").join(pairs))[:6000]


def _make_body(dice: random.Random, build_id: str) -> bytes:
    kind = dice.random()
    if kind < 0.3:
        return dice.choice(_BODIES)
    arguments: dict[str, Any] = {}
    if kind < 0.6:
        arguments = dict(samples.FIELDS) if dice.random() < 0.5 else {"jobID": build_id}
    for _ in range(dice.choice((0, 1, 1, 2, 5))):
        name = dice.choice((*_NAMES, *samples.FIELDS))
        arguments[urllib.parse.unquote(name)] = _make_value(dice, 3)
    return json.dumps(arguments, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")


def _make_value(dice: random.Random, depth: int) -> Any:
    kind = dice.random()
    if depth == 0 or kind < 0.7:
        return dice.choice(_SCALARS)(dice)
    if kind < 0.85:
        return [_make_value(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {dice.choice(_NAMES): _make_value(dice, depth - 1) for _ in range(dice.randrange(4))}
