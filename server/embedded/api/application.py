"""All routes as one application, and how it answers what goes wrong."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server.embedded import faults
from server.embedded.api import allocations, answers, cluster, files, jobs, nodes, variables

_SLASHES = re.compile("/{2,}")


def create_app(parts: answers.Parts) -> Starlette:
    """Make the application that serves one engine's state."""
    application = Starlette(
        routes=[
            *jobs.ROUTES,
            *allocations.ROUTES,
            *files.ROUTES,
            *variables.ROUTES,
            *nodes.ROUTES,
            *cluster.ROUTES,
        ],
        middleware=[Middleware(_CleanPaths)],
        exception_handlers={faults.RequestFault: _refuse, HTTPException: _not_served},
    )
    application.state.parts = parts
    application.router.redirect_slashes = False
    return application


class _CleanPaths:
    """Sends a client from a path with empty parts to the clean one, as Go's ServeMux does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if "//" not in path:
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode()
        clean = quote(_SLASHES.sub("/", path)) + (f"?{query}" if query else "")
        response = Response(status_code=307, headers={"Location": clean})
        await response(scope, receive, send)


async def _refuse(request: Request, error: Exception) -> Response:
    del request
    if not isinstance(error, faults.RequestFault):
        raise error
    headers = {} if error.index is None else {"X-Nomad-Index": str(error.index)}
    return PlainTextResponse(error.text, status_code=error.status, headers=headers)


async def _not_served(request: Request, error: Exception) -> Response:
    """Answer an unknown path with nothing, an unknown method of a known one with Nomad's words."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 405:
        status = 400 if request.url.path.startswith("/v1/var/") else 405
        return PlainTextResponse("Invalid method", status_code=status)
    return Response(status_code=error.status_code)
