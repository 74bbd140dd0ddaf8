"""Where clients learn which provider gives tokens for this service: RFC 9728, only if there is a provider.

With static tokens alone nothing is told: clients that find such a document begin with OAuth and leave the token that
their user has configured unused.
"""

from __future__ import annotations

import re

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Scope

from server.access import scopes
from server.config import Config

PATH = "/.well-known/oauth-protected-resource"
_MCP = "/mcp"
_BASE = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+")


def create_metadata_routes(config: Config) -> list[Route]:
    """Return the routes of the document: for the MCP endpoint, and for the service as a whole."""
    if not config.oidc_issuer:
        return []

    async def show(request: Request) -> JSONResponse:
        resource = (base_url(config, request.scope) or "") + request.url.path.removeprefix(PATH)
        return JSONResponse(
            {
                "resource": resource,
                "authorization_servers": [config.oidc_issuer],
                "bearer_methods_supported": ["header"],
                "scopes_supported": [
                    f"{config.oidc_scope_prefix}{scope}" for scope in scopes.ORDER
                ],
                "resource_name": "Nomad Build Service",
            },
            headers={"Cache-Control": "no-store", "Vary": "Host"},
        )

    return [Route(PATH, show), Route(PATH + _MCP, show)]


def locate(config: Config, scope: Scope) -> str | None:
    """Return where the document for a request is; None without a provider, or if the request names no usable host."""
    base = base_url(config, scope) if config.oidc_issuer else None
    if base is None:
        return None
    return base + PATH + (_MCP if scope["path"].rstrip("/") == _MCP else "")


def base_url(config: Config, scope: Scope) -> str | None:
    """Return the service's address as its clients know it: what the operator says, else what the request says."""
    if config.public_url:
        return config.public_url.rstrip("/")
    asked = URL(scope=scope)
    base = f"{asked.scheme}://{asked.netloc}"
    return base if _BASE.fullmatch(base) else None
