"""Which names the service answers to: a web page may give a name of its own the service's address."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_HOST = re.compile(r"(\[[0-9a-f:]+\]|[^:\[\]]*)(?::[0-9]*)?")
_MISDIRECTED = 421


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
        content = {
            "error": "the service does not answer to the name that the request gives as its host",
            "code": _MISDIRECTED,
            "nextStep": "Have an operator add the name to NOMAD_BUILD_ALLOWED_HOSTS",
        }
        await JSONResponse(content, _MISDIRECTED)(scope, receive, send)
