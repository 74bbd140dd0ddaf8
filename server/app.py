"""Wiring: from the configuration to a service that runs, over HTTP or over standard input and output."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import mcp.server.stdio
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Router

from server import access, hosts, http, protocol
from server.builds import Builds
from server.calls import Toolbox
from server.caretaker import Caretaker
from server.clock import Clock
from server.config import Config
from server.housekeeping import Housekeeper
from server.metrics import Metrics
from server.news import News
from server.nomad import Nomad
from server.notifier import Notifier
from server.reconciler import Reconciler
from server.replicas import Replicas
from server.steps import Driver
from server.store import Store
from server.submission import Desk
from server.workqueue import WorkQueue

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# Asked by whoever runs the service, by its address: they say nothing that is secret.
_HEALTH = ("/health", "/ready")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts of a service that are not yet running."""

    nomad: Nomad
    builds: Builds
    driver: Driver
    reconciler: Reconciler
    notifier: Notifier
    caretaker: Caretaker
    metrics: Metrics


def assemble(
    config: Config,
    *,
    nomad: Callable[[Config, Metrics, Clock], Nomad] = Nomad,
    driver: type[Driver] = Driver,
    machine_clock: Callable[[], datetime] | None = None,
) -> Service:
    """Put a service together; the keyword arguments are for those who look at how it does in a bad world."""
    metrics = Metrics()
    client = nomad(config, metrics, Clock(machine_clock) if machine_clock else Clock())
    store = Store(client)
    queue, news = WorkQueue(), News()
    replicas = Replicas(client, f"{socket.gethostname()[:40]}-{os.urandom(4).hex()}")
    notifier = Notifier(client, store, config, replicas=replicas, metrics=metrics)
    drives = driver(client, store, config, metrics, queue.put, notifier.notify)
    housekeeper = Housekeeper(client, store, config, metrics)
    return Service(
        nomad=client,
        builds=Builds(
            client,
            store,
            config,
            queue.put,
            desk=Desk(client, store, config, metrics),
            housekeeper=housekeeper,
            news=news,
        ),
        driver=drives,
        reconciler=Reconciler(
            client,
            store,
            drives,
            config,
            replicas=replicas,
            metrics=metrics,
            queue=queue,
            news=news,
        ),
        notifier=notifier,
        caretaker=Caretaker(housekeeper, config.cleanup_interval),
        metrics=metrics,
    )


@contextlib.contextmanager
def run(service: Service) -> Iterator[Service]:
    """Run a service as long as the context lasts: builds are driven in the background."""
    service.reconciler.start()
    service.notifier.start()
    service.caretaker.start()
    try:
        yield service
    finally:
        service.caretaker.stop()
        service.notifier.stop()
        service.reconciler.stop()
        service.nomad.close()


def create_app(service: Service, config: Config, host: str = "127.0.0.1") -> Starlette:
    """Return the web application: MCP at ``/mcp``, its plain twins there and at ``/v1``, the routes for operators.

    On a loopback address only requests for it are answered, so that no web page can reach the service by
    a name of its own; elsewhere those for ``NOMAD_BUILD_ALLOWED_HOSTS``, or all when that is not set. What tells
    health answers to every name.

    Raises:
        ConfigError: a file that the configuration names cannot be used.
    """
    loopback = host in ("127.0.0.1", "localhost", "::1")
    allowed = config.allowed_hosts or (_LOOPBACK if loopback else ())
    gate = access.create_gate(config, exposed=not loopback)
    toolbox = Toolbox(service.builds, config.read_only)
    mcp_server = protocol.create_server(toolbox, config.keep_days)
    mcp_app = mcp_server.streamable_http_app(
        stateless_http=True, transport_security=_secure(allowed), host=host
    )
    metadata = access.create_metadata_routes(config)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with mcp_server.session_manager.run():
            yield

    for_names = Mount(
        "/",
        app=Router(
            [
                *metadata,
                *http.create_tool_routes(toolbox),
                *http.create_resource_routes(toolbox),
                http.create_follow_route(toolbox),
                *http.create_page_routes(),
                http.create_metrics_route(service.metrics),
                *mcp_app.routes,
            ],
            redirect_slashes=False,
        ),
        middleware=[Middleware(hosts.AllowedHosts, names=allowed)],
    )
    # Also a route that is yet to come is behind the guard, unless it is named here.
    free = {*_HEALTH, *(route.path for route in metadata)}
    if config.open_metrics:
        free.add("/metrics")
    web = Starlette(
        routes=http.create_health_routes(service.builds),
        middleware=[
            Middleware(access.Guard, gate=gate, free=free, answer=http.refuse),
            Middleware(hosts.AllowedOrigins, names=allowed, address=config.public_url),
        ],
        exception_handlers=http.EXCEPTION_HANDLERS,
        lifespan=lifespan,
    )
    web.router.redirect_slashes = False
    # As a route it would take the methods, too, that the routes above refuse.
    web.router.default = for_names.app
    return web


def _secure(allowed: tuple[str, ...]) -> TransportSecuritySettings:
    """Return what the SDK checks by itself: the same as ``hosts`` does for all routes."""
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=bool(allowed),
        allowed_hosts=[pattern for name in allowed for pattern in (name, f"{name}:*")],
        allowed_origins=[
            f"{scheme}://{name}{port}"
            for name in allowed
            for scheme in ("http", "https")
            for port in ("", ":*")
        ],
    )


async def serve_stdio(config: Config) -> None:
    """Serve one MCP client over standard input and output until it closes them."""
    with run(assemble(config)) as service:
        mcp_server = protocol.create_server(
            Toolbox(service.builds, config.read_only), config.keep_days
        )
        async with mcp.server.stdio.stdio_server() as (incoming, outgoing):
            await mcp_server.run(incoming, outgoing, mcp_server.create_initialization_options())
