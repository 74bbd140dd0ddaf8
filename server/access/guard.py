"""The middleware before all routes: who calls stands in ``request.state.caller`` behind it, or nothing is behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

from server import errors
from server.access import audit, metadata
from server.access.gate import Asked, Gate

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_READING = ("GET", "HEAD", "OPTIONS")
_POLICY_VIOLATION = 1008


class Guard:
    """Passes on what the gate admits, and whatever is for one of the free paths.

    Every request gets an id, its own ``X-Request-ID`` if that is one; it stands in all lines that are logged for the
    request, with the client's address, and in the answer. ``answer`` makes of an error what a client is told, as
    everywhere else.
    """

    def __init__(
        self,
        app: ASGIApp,
        gate: Gate,
        free: Iterable[str],
        answer: Callable[[errors.ServiceError], Response],
    ) -> None:
        self._app = app
        self._gate = gate
        self._free = frozenset(free)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else str(ULID()).lower()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        client = scope["client"][0] if scope.get("client") else ""
        with structlog.contextvars.bound_contextvars(request=request_id, client=client):
            if scope["path"] in self._free:
                await self._app(scope, receive, send_with_id)
            else:
                await self._ask(_read(scope, client), scope, receive, send_with_id)

    async def _ask(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        caller = None
        try:
            admitted = await self._gate.identify(asked)
            caller = admitted.caller
            self._gate.count(admitted)
        except errors.ServiceError as error:
            if scope["method"] not in _READING:
                audit.refused(scope["method"], scope["path"], type(error).__name__, caller)
            await self._refuse(error, scope, receive, send)
            return
        scope["state"] = {**scope.get("state", {}), "caller": caller}
        await self._app(scope, receive, send)

    async def _refuse(
        self, error: errors.ServiceError, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if isinstance(error, errors.InvalidRequest):
            # The server logs the address of each request when it has been answered.
            scope["query_string"] = b""
        response = self._answer(error)
        if isinstance(error, errors.Unauthenticated):
            response.headers["WWW-Authenticate"] = self._challenge(error, scope)
        await response(scope, receive, send)

    def _challenge(self, error: errors.Unauthenticated, scope: Scope) -> str:
        """Return what RFC 6750 (section 3) and RFC 9728 (section 5.1) have a client told.

        The scopes are those that a client should ask for: without a word on it agents ask for all that there are.
        """
        parts = ['realm="nomad-build"']
        if "authorization" in Headers(scope=scope):
            parts += ['error="invalid_token"', f'error_description="{error.message}"']
        place = metadata.locate(self._gate.config, scope)
        if place is not None:
            prefix = self._gate.config.oidc_scope_prefix
            parts += [f'resource_metadata="{place}"', f'scope="{prefix}read {prefix}write"']
        return f"Bearer {', '.join(parts)}"


def _read(scope: Scope, client: str) -> Asked:
    return Asked(
        client=client,
        authorization=Headers(scope=scope).getlist("authorization"),
        query=scope.get("query_string", b"").decode("latin-1"),
    )
