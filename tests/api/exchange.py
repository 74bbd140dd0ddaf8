"""Sending requests byte for byte, and judging what comes back."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
from collections import Counter
from dataclasses import dataclass, field

from tests.api import requests
from tests.api.stand import Stand

_SECONDS = 20
# The answer to a body that is larger may be lost: the connection is closed before all of it was read.
_LARGE = 65536
# What is no HTTP the web server answers itself.
_NO_HTTP = b"Invalid HTTP request received."


@dataclass(slots=True)
class Tally:
    """How many answers of each status code there were, and what was wrong with which."""

    codes: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    faults: list[str] = field(default_factory=list)


def play(stand: Stand, count: int, seed: int) -> Tally:
    """Send so many requests; what the service has logged of its own faults is counted, too."""
    tally = Tally()
    for request in itertools.islice(requests.make(seed, stand.build_id), count):
        try:
            code, content_type, body = _send(stand.port, request)
        except (OSError, http.client.HTTPException) as error:
            lost = isinstance(error, ConnectionResetError) and len(request.raw) > _LARGE
            if request.cut or lost:
                tally.unanswered += 1
            else:
                tally.faults.append(f"{request.raw[:300]!r}: no answer, {error!r}")
            continue
        tally.codes[code] += 1
        problem = _judge(request, code, content_type, body)
        if problem:
            tally.faults.append(f"{request.raw[:600]!r}: {code} {problem}: {body[:300]!r}")
    tally.faults += stand.faults()
    return tally


def _send(port: int, request: requests.Request) -> tuple[int, str, bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
        try:
            connection.sendall(request.raw)
            if request.cut:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # what is too large is answered before it has been sent
        response = http.client.HTTPResponse(connection, method=request.method)
        response.begin()
        return response.status, response.headers.get_content_type(), response.read()


def _judge(request: requests.Request, code: int, content_type: str, body: bytes) -> str:
    """Say what is wrong with an answer; nothing when it is as it should be."""
    if code >= 500 and not (request.path.startswith("/ready") and code == 503):
        return "is the service's fault"
    if code < 400 or request.method == "HEAD" or body == _NO_HTTP:
        return ""
    if request.path == "/mcp":
        return ""  # errors there are those of its protocol
    if content_type != "application/json":
        return f"is told as {content_type}"
    answer = json.loads(body)
    known = answer.keys() <= {"error", "code", "nextStep", "next_step"}
    told = answer.get("error") and (answer.get("nextStep") or answer.get("next_step"))
    if not known or not told or answer["code"] != code:
        return "does not say what is wrong and what to do next"
    return "" if len(body) < 8192 else "says too much"
