"""Sending to addresses that callers name: one POST, bounded in time and size, and to allowed addresses alone."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import urllib.parse
from collections.abc import Iterator, Mapping

import urllib3.exceptions
from urllib3.response import BaseHTTPResponse

import server
from server import destinations, guarded
from server.destinations import NONE_ALLOWED, AllowedHosts, Target
from server.errors import ServiceError

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 10.0
_TOTAL_SECONDS = 30.0
_REDIRECTS = 3
# An answer's body is of no interest; a little of it is read, as some receivers break off otherwise.
_BODY_LIMIT = 4096
# Answers below 500 that may be others later: the receiver was too slow, is working on the same delivery, was
# asked too early, or too often; or its redirect was cut before it said where to.
_PASSING = frozenset({307, 308, 408, 409, 425, 429})
_LIBRARY_ERRORS = (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException)
_DEFAULTS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": f"nomad-build-service/{server.__version__}",
}


class DeliveryFailed(ServiceError):
    """The receiver did not take what was sent.

    ``permanent`` says that trying again will not help; ``retry_after`` is how many seconds the receiver wants to
    be left alone, if it said so. The message holds no more of the URL than host and port, and nothing of the answer
    but its code.
    """

    def __init__(self, message: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after


class Sender:
    """Sends; may be used from several threads at once, and keeps nothing open between calls.

    Proxies, credentials and the like from the environment are not used. Certificates are verified with the system's
    authorities, or with those of ``ca_file``.
    """

    def __init__(
        self,
        allowed: AllowedHosts = NONE_ALLOWED,
        *,
        ca_file: str = "",
        connect_seconds: float = _CONNECT_SECONDS,
        read_seconds: float = _READ_SECONDS,
        total_seconds: float = _TOTAL_SECONDS,
    ) -> None:
        self._allowed = allowed
        self._tls = ssl.create_default_context(cafile=ca_file or None)
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._total_seconds = total_seconds

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """POST a body; return when a receiver has answered 2xx.

        Only 307 and 308 are followed, as they alone keep method and body; body and headers, the signature among
        them, then go to an address for which the same rules hold. The headers are those that
        ``webhooks.check_headers`` accepts, and the service's own. ``total_seconds`` bounds all of it but the
        resolver, which has a bound of its own.

        Raises:
            DeliveryFailed: for everything else that can happen.
        """
        with guarded.Deadline(self._total_seconds) as deadline:
            target = self._check(url)
            for _ in range(_REDIRECTS + 1):
                location = self._post(target, headers, body, deadline)
                if location is None:
                    return
                target = self._follow(target, location)
        msg = f"{target.origin} is one redirect more than the {_REDIRECTS} that are followed"
        raise DeliveryFailed(msg, permanent=True)

    def _check(self, url: str, place: str = "the URL") -> Target:
        try:
            return destinations.check_url(url, self._allowed)
        except ValueError as error:
            msg = f"{place} {error}"
            raise DeliveryFailed(msg, permanent=True) from error

    def _follow(self, source: Target, location: str) -> Target:
        try:
            url = urllib.parse.urljoin(f"{source.origin}{source.path}", location)
        except ValueError as error:
            msg = f"{source.origin} redirects to what is no address"
            raise DeliveryFailed(msg, permanent=True) from error
        target = self._check(url, f"{source.origin} redirects to what")
        if source.scheme == "https" and target.scheme == "http":
            msg = f"{source.origin} redirects from https to http"
            raise DeliveryFailed(msg, permanent=True)
        return target

    def _post(
        self, target: Target, headers: Mapping[str, str], body: bytes, deadline: guarded.Deadline
    ) -> str | None:
        """Send to one address; return where it redirects to, None when it took the body."""
        with (
            self._translated(target, deadline),
            guarded.connect(
                target, self._allowed, deadline, self._tls, self._connect_seconds
            ) as connection,
        ):
            connection.timeout = self._read_seconds
            given = {name.lower() for name in headers}
            defaults = {key: value for key, value in _DEFAULTS.items() if key.lower() not in given}
            connection.request(
                "POST",
                target.path,
                body=body,
                headers={**defaults, **headers},
                preload_content=False,
                decode_content=False,
            )
            with contextlib.closing(connection.getresponse()) as answer:
                if deadline.over:  # the library takes a cut for the end of the headers
                    raise TimeoutError
                location = _judge(target, answer)
                # The code was the answer: how the rest ends changes nothing.
                with contextlib.suppress(*_LIBRARY_ERRORS):
                    answer.read(_BODY_LIMIT)
            return location

    @contextlib.contextmanager
    def _translated(self, target: Target, deadline: guarded.Deadline) -> Iterator[None]:
        """Turn what the libraries raise into our error."""
        try:
            yield
        except guarded.Refused as error:
            msg = (
                f"{target.origin} leads to no public address, and to none that the operator allows"
            )
            raise DeliveryFailed(msg, permanent=True) from error
        except _LIBRARY_ERRORS as error:
            late = f"did not answer within {self._total_seconds:g} s"
            msg = f"{target.origin} {late if deadline.over else _describe(error)}"
            raise DeliveryFailed(msg, permanent=False) from error


def _judge(target: Target, answer: BaseHTTPResponse) -> str | None:
    """Return where an answer redirects to, None if it is one of success."""
    code = answer.status
    if 200 <= code < 300:
        return None
    location = answer.headers.get("Location")
    if code in (307, 308) and location is not None:
        return location
    msg = f"{target.origin} answered {code}"
    if code in (301, 302, 303):
        msg += ", a redirect that does not keep method and body; only 307 and 308 are followed"
    raise DeliveryFailed(
        msg,
        permanent=code < 500 and code not in _PASSING,
        retry_after=_read_retry_after(answer.headers.get("Retry-After", "")),
    )


def _read_retry_after(value: str) -> float | None:
    """Read seconds; the other form, a date, would have to trust the receiver's clock."""
    return float(value) if re.fullmatch(r"[0-9]{1,9}", value) else None


def _describe(error: Exception) -> str:
    """Say what went wrong with a connection, in words that hold nothing of what was sent or answered."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"has a certificate that cannot be verified: {error.verify_message}"
        case ssl.SSLError() | urllib3.exceptions.SSLError():
            return "does not speak TLS as it should"
        case socket.gaierror():
            return "has a name that cannot be resolved"
        case TimeoutError() | urllib3.exceptions.TimeoutError():
            return "did not answer in time"
        case ConnectionRefusedError():
            return "refuses connections"
        case ConnectionError() | http.client.HTTPException() | urllib3.exceptions.ProtocolError():
            return "broke off, or gave an answer that is not HTTP"
        case _:
            return "cannot be reached"
