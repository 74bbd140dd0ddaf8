"""Wiring: from the configuration to a service that runs, over HTTP or over standard input and output."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator

import mcp.server.stdio
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from server import hosts, http, protocol
from server.builds import Builds
from server.config import Config
from server.nomad import Nomad
from server.reconciler import Reconciler
from server.steps import Driver
from server.store import Store

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@contextlib.contextmanager
def run_service(config: Config) -> Iterator[Builds]:
    """Run the service as long as the context lasts: builds are driven in the background."""
    nomad = Nomad(config)
    store = Store(nomad)
    driver = Driver(nomad, store, config)
    reconciler = Reconciler(nomad, store, driver, config.resync_interval)
    reconciler.start()
    try:
        yield Builds(nomad, store, config, reconciler.notify)
    finally:
        reconciler.stop()
        nomad.close()


def create_app(builds: Builds, config: Config, host: str = "127.0.0.1") -> Starlette:
    """Return the web application: MCP at ``/mcp``, its plain twin below, and the health routes.

    On a loopback address only requests for it are answered, so that no web page can reach the service by
    a name of its own; elsewhere those for ``NOMAD_BUILD_ALLOWED_HOSTS``, or all when that is not set.
    """
    allowed = config.allowed_hosts or (
        _LOOPBACK if host in ("127.0.0.1", "localhost", "::1") else ()
    )
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=bool(allowed),
        allowed_hosts=[pattern for name in allowed for pattern in (name, f"{name}:*")],
        allowed_origins=[
            f"{scheme}://{name}{port}"
            for name in allowed
            for scheme in ("http", "https")
            for port in ("", ":*")
        ],
    )
    mcp_server = protocol.create_server(builds)
    mcp_app = mcp_server.streamable_http_app(
        stateless_http=True, transport_security=security, host=host
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with mcp_server.session_manager.run():
            yield

    # Health is asked by whoever runs the service, by its address; it says nothing that is secret.
    guarded = Mount(
        "/",
        routes=[*http.create_tool_routes(builds), *mcp_app.routes],
        middleware=[Middleware(hosts.AllowedHosts, names=allowed)],
    )
    return Starlette(
        routes=[*http.create_health_routes(builds), guarded],
        exception_handlers=http.EXCEPTION_HANDLERS,
        lifespan=lifespan,
    )


async def serve_stdio(config: Config) -> None:
    """Serve one MCP client over standard input and output until it closes them."""
    with run_service(config) as builds:
        mcp_server = protocol.create_server(builds)
        async with mcp.server.stdio.stdio_server() as (incoming, outgoing):
            await mcp_server.run(incoming, outgoing, mcp_server.create_initialization_options())
