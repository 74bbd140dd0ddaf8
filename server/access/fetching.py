"""Fetching what a provider tells: bounded in size and, from the first address to the last byte, in time.

PyJWT's client waits for each piece of an answer anew, so that one who sends a byte now and then holds it for ever.
"""

from __future__ import annotations

import functools
import http.client
import json
import socket
import urllib.error
import urllib.request
from typing import Any

from server.guarded import Deadline

_STEP_SECONDS = 5.0
_SIZE_LIMIT = 1024 * 1024


def fetch_json(address: str, deadline: Deadline) -> Any:
    """Return what an address answers, as JSON; redirects are not followed, the environment's proxies are used.

    Raises:
        OSError: there is no answer, not the whole of it in time, or it is one of failure.
        ValueError: it is no JSON, or too large.
        RecursionError: it is nested too deeply.
    """
    opener = urllib.request.build_opener(_NoRedirect(), _Bounded(deadline))
    try:
        with opener.open(address, timeout=_STEP_SECONDS) as response:
            content = response.read(_SIZE_LIMIT + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise
    except http.client.HTTPException as error:
        msg = f"{address} broke off, or gave an answer that is not HTTP"
        raise OSError(msg) from error
    if deadline.over:  # an answer of no known length just seems to end
        msg = f"{address} did not answer in time"
        raise TimeoutError(msg)
    if len(content) > _SIZE_LIMIT:
        msg = f"{address} answered more than {_SIZE_LIMIT} bytes"
        raise ValueError(msg)
    return json.loads(content)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _open(deadline: Deadline, address: Any, timeout: float, *others: Any) -> socket.socket:
    """Connect; what comes after it, the TLS handshake first, ends with the deadline."""
    left = min(timeout, deadline.remaining)
    if left <= 0:
        raise TimeoutError
    made = socket.create_connection(address, left, *others)
    deadline.watch(made)
    return made


class _Bounded(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Opens both kinds of addresses, so that each connection ends with the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(
            functools.partial(_connect, http.client.HTTPConnection, self._deadline), req
        )

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(
            functools.partial(_connect, http.client.HTTPSConnection, self._deadline), req
        )


def _connect(
    kind: type[http.client.HTTPConnection], deadline: Deadline, host: str, timeout: float
) -> http.client.HTTPConnection:
    connection = kind(host, timeout=timeout)
    # The one place between connecting and the handshake; the library's own tests set it, too.
    connection._create_connection = functools.partial(_open, deadline)  # type: ignore[attr-defined]
    return connection
