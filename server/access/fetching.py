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
    opener = urllib.request.build_opener(_NoRedirect(), _Plain(deadline), _Secure(deadline))
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


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_connect_plainly, self._deadline), req)


class _Secure(urllib.request.HTTPSHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_connect_securely, self._deadline), req)


def _connect_plainly(deadline: Deadline, host: str, timeout: float) -> http.client.HTTPConnection:
    return _watch(http.client.HTTPConnection(host, timeout=timeout), deadline)


def _connect_securely(deadline: Deadline, host: str, timeout: float) -> http.client.HTTPConnection:
    return _watch(http.client.HTTPSConnection(host, timeout=timeout), deadline)


def _watch(
    connection: http.client.HTTPConnection, deadline: Deadline
) -> http.client.HTTPConnection:
    # The one place between connecting and the handshake; the library's own tests set it, too.
    connection._create_connection = functools.partial(_open, deadline)  # type: ignore[attr-defined]
    return connection
