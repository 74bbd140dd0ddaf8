"""The routes for whoever runs the service: ``/health``, ``/ready`` and ``/metrics``."""

from __future__ import annotations

from datetime import UTC, datetime

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server import errors
from server.builds import Builds
from server.metrics import Metrics

# Whoever asks for health has little time, and what does not answer in that time is not healthy.
_HEALTH_SECONDS = 2


def create_health_routes(builds: Builds) -> list[Route]:
    """Return the routes that tell how the service is."""

    async def health(request: Request) -> JSONResponse:
        return await _health(builds)

    async def ready(request: Request) -> JSONResponse:
        return await _ready(builds)

    return [
        Route("/health", health, methods=["GET"]),
        Route("/ready", ready, methods=["GET"]),
    ]


def create_metrics_route(metrics: Metrics) -> Route:
    """Return the route that Prometheus reads."""

    async def show(request: Request) -> Response:
        body, content_type = metrics.render(request.headers.get("accept", ""))
        return Response(body, media_type=content_type)

    return Route("/metrics", show, methods=["GET"])


async def _health(builds: Builds) -> JSONResponse:
    """The process answers; whether Nomad does is only told, for a restart would not mend it."""
    nomad = "healthy" if await _nomad_problem(builds) is None else "unhealthy"
    return JSONResponse({"status": "healthy", "services": {"nomad": nomad}, "timestamp": _now()})


async def _ready(builds: Builds) -> JSONResponse:
    """Whether builds can be submitted: not while Nomad is away."""
    problem = await _nomad_problem(builds)
    if problem is not None:
        return JSONResponse({"status": "not ready", "error": problem, "timestamp": _now()}, 503)
    return JSONResponse({"status": "ready", "timestamp": _now()})


async def _nomad_problem(builds: Builds) -> str | None:
    with anyio.move_on_after(_HEALTH_SECONDS):
        try:
            await anyio.to_thread.run_sync(builds.check_nomad, abandon_on_cancel=True)
        except errors.ServiceError as error:
            return error.message
        return None
    return f"Nomad did not answer within {_HEALTH_SECONDS} s"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
