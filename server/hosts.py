"""Whom browsers may bring: a web page may call any address, and may give a name of its own the service's address."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from server.access import audit

_HOST = re.compile(r"(\[[0-9a-f:]+\]|[^:\[\]]*)(?::[0-9]*)?")
_ORIGIN = re.compile(r"https?://((\[[0-9a-f:]+\]|[^:/\[\]@]+)(?::[0-9]{1,5})?)")
_MISDIRECTED = 421
_FORBIDDEN = 403


class AllowedHosts:
    """Middleware that answers only requests for one of the names, whatever the port; for all when there is none."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        host = Headers(scope=scope).get("host", "").lower()
        match = _HOST.fullmatch(host)
        if not self._names or (match is not None and match[1] in self._names):
            await self._app(scope, receive, send)
            return
        _note(scope, "ForeignHost")
        content = {
            "error": "the service does not answer to the name that the request gives as its host",
            "code": _MISDIRECTED,
            "nextStep": "Have an operator add the name to NOMAD_BUILD_ALLOWED_HOSTS",
        }
        await JSONResponse(content, _MISDIRECTED)(scope, receive, send)


class AllowedOrigins:
    """Middleware that answers no page of another origin, but all that have none: those are no browsers.

    Pages may be of the ``names``, on any port, or of the service's public ``address``; where there are no names, of
    the host that the request is for.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str], address: str = "") -> None:
        self._app = app
        self._names = {name.lower() for name in names}
        self._address = address.lower().rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origins = headers.getlist("origin")
        host = headers.get("host", "").lower()
        if all(self._knows(origin.lower(), host) for origin in origins):
            await self._app(scope, receive, send)
            return
        _note(scope, "ForeignOrigin")
        content = {
            "error": "the service does not answer to pages of the origin that the request names",
            "code": _FORBIDDEN,
            "nextStep": "Call without a browser, or have an operator add the page's host to NOMAD_BUILD_ALLOWED_HOSTS",
        }
        await JSONResponse(content, _FORBIDDEN)(scope, receive, send)

    def _knows(self, origin: str, host: str) -> bool:
        match = _ORIGIN.fullmatch(origin)
        if match is None:
            return False
        if self._address and origin == self._address:
            return True
        return match[2] in self._names if self._names else match[1] == host


def _note(scope: Scope, outcome: str) -> None:
    """Write down a request that is refused if it might have changed something."""
    if scope["method"] not in ("GET", "HEAD"):
        caller = scope.get("state", {}).get("caller")
        audit.refused(scope["method"], scope["path"], outcome, caller)
