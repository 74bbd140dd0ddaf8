"""The HTTP connection to a service: calling a tool, and following a stream."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import requests
import requests.adapters
import urllib3.util

from server.cli import reading
from server.cli.exits import Stranger, Unreachable
from server.cli.reading import TOKEN_VARIABLE as TOKEN_VARIABLE
from server.cli.reading import URL_VARIABLE as URL_VARIABLE

DEFAULT_URL = "http://127.0.0.1:8080"

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 60.0
# A stream says something at least every few seconds, if only that it is still there.
_SILENCE_SECONDS = 60.0
_ATTEMPTS = 4
_SHOWN = 300  # characters of what broke


class Connection:
    """A service at an address, with the token to show to it, if there is one."""

    def __init__(self, url: str, token: str = "", attempts: int = _ATTEMPTS) -> None:
        self.url = url.rstrip("/").removesuffix("/mcp")
        self._token = token
        self._session = requests.Session()
        # Nothing between this machine and itself; elsewhere proxies and authorities as the environment says.
        self._session.trust_env = not _is_loopback(self.url)
        self._session.auth = self._authorize
        for scheme in ("http://", "https://"):
            self._session.mount(
                scheme, requests.adapters.HTTPAdapter(max_retries=_retry(attempts - 1))
            )

    @property
    def has_token(self) -> bool:
        """Whether the service is told who asks."""
        return bool(self._token)

    def call(
        self, tool: str, arguments: Mapping[str, Any], *, seconds: float = _ANSWER_SECONDS
    ) -> dict[str, Any]:
        """Call a tool and return what it answers.

        Raises:
            Failure: of the kind that tells why not.
        """
        with self._failures():
            answer = self._session.post(
                f"{self.url}/mcp/{tool}",
                json=dict(arguments),
                timeout=(min(_CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
            )
            return reading.read_tool(self.url, tool, answer)

    def check_ready(self) -> None:
        """Ask whether the service is ready.

        Raises:
            Failure: of the kind that tells why not.
        """
        with self._failures():
            answer = self._session.get(
                f"{self.url}/ready",
                timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS),
                allow_redirects=False,
            )
            reading.read_ready(self.url, answer)

    @contextlib.contextmanager
    def follow(
        self, job_id: str, parameters: Mapping[str, str], last_event: str
    ) -> Iterator[Iterator[bytes] | None]:
        """Open the stream of a build's log after an event; yields the pieces in which it comes, None after the last.

        Raises:
            Failure: of the kind that tells why not; ``Unreachable`` also when the stream breaks.
        """
        headers = {"Accept": "text/event-stream"}
        if last_event:
            headers["Last-Event-ID"] = last_event
        with (
            self._failures(),
            self._session.get(
                f"{self.url}/v1/builds/{quote(job_id, safe='')}/logs/follow",
                params=dict(parameters),
                headers=headers,
                stream=True,
                timeout=(_CONNECT_SECONDS, _SILENCE_SECONDS),
                allow_redirects=False,
            ) as answer,
        ):
            if answer.status_code == requests.codes.no_content:
                yield None
                return
            if answer.status_code != requests.codes.ok:
                reading.refuse(self.url, answer)
            kind = answer.headers.get("Content-Type", "")
            if not kind.startswith("text/event-stream"):
                msg = f"what answers at {self.url} follows no logs"
                raise Stranger(msg, reading.SAME_VERSION)
            yield answer.iter_content(chunk_size=None)

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # Also without a token: requests would look for a password of this host in ~/.netrc.
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            msg = f"the service at {self.url} cannot be reached: {explain(error)}"
            raise Unreachable(msg, f"Give its address with --url or {URL_VARIABLE}") from error


def _retry(times: int) -> urllib3.util.Retry:
    """Repeat what broke on the way, never what was answered.

    Every call may be repeated: all tools are idempotent but submitJob, and that is by the requestID which always goes
    with it.
    """
    return urllib3.util.Retry(
        total=times,
        status=0,
        redirect=0,
        other=0,
        backoff_factor=0.2,
        allowed_methods=None,
        raise_on_status=False,
    )


def explain(error: BaseException) -> str:
    """Say what broke, without the wrappings that each library puts around it."""
    text = str(error)
    for pattern in (
        r"Failed to establish a new connection: (?:\[Errno -?\d+\] )?([^'\")]+)",
        r"(Read timed out)",
        r"(timed out)",
        r"(Failed to resolve '[^']+')",
        r"(certificate verify failed[^')]*)",
        r"(Connection reset by peer|Connection aborted|Remote end closed connection[^')\"]*)",
    ):
        if found := re.search(pattern, text):
            return found[1].strip()
    return text[:_SHOWN] or type(error).__name__


def check_url(url: str) -> str:
    """Return the address of a service, without the path of its MCP endpoint.

    Raises:
        ValueError: with what is wrong with it.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        msg = f"{url!r} is not an address like {DEFAULT_URL}"
        raise ValueError(msg) from error
    if parts.scheme not in ("http", "https") or not host:
        msg = f"{url!r} is not an address like {DEFAULT_URL}"
        raise ValueError(msg)
    if parts.username or parts.password or parts.query or parts.fragment:
        msg = "the address has more than a host and a path: a token comes from --token-file"
        raise ValueError(msg)
    return url.rstrip("/").removesuffix("/mcp")


def read_token(file: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """Return the token from a file, else from the environment, else none.

    Raises:
        ValueError: with what is wrong, never with the token.
    """
    if file:
        with open(file, encoding="utf-8", errors="replace") as opened:  # noqa: PTH123 (may be /dev/fd/3)
            token = opened.read(65_536).strip()
        where = file
    else:
        token = environment.get(TOKEN_VARIABLE, "").strip()
        where = TOKEN_VARIABLE
    if file and not token:
        msg = f"{where} is empty"
        raise ValueError(msg)
    if not all("!" <= letter <= "~" for letter in token):
        msg = f"{where} holds more than a token: letters, digits and signs of one line"
        raise ValueError(msg)
    return token


def is_exposed(url: str) -> bool:
    """Tell whether others on the network can read what is sent to an address."""
    return urlsplit(url).scheme == "http" and not _is_loopback(url)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
