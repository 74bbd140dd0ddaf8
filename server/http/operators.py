"""The routes for whoever runs the service: ``/health``, ``/ready`` and ``/metrics``."""

from __future__ import annotations

import asyncio
import time
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
# What one has found out the next one is told, too, so that Nomad is not asked as often as anybody likes.
_FRESH_SECONDS = 1.0


def create_health_routes(builds: Builds) -> list[Route]:
    """Return the routes that tell how the service is."""
    nomad = _NomadCheck(builds)

    async def health(request: Request) -> JSONResponse:
        return await _health(nomad)

    async def ready(request: Request) -> JSONResponse:
        return await _ready(nomad)

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


class _NomadCheck:
    """Asks Nomad for all who want to know whether it is there: one call at a time, whoever asks and how many.

    These routes want no token, and a call may hang as long as Nomad does: were there one for each who asks, there
    would soon be no room for anything else.
    """

    def __init__(self, builds: Builds) -> None:
        self._builds = builds
        # The threads that all share may be busy with what is not so quick.
        self._limiter = anyio.CapacityLimiter(1)
        self._call: asyncio.Task[str | None] | None = None
        self._ended_at = 0.0

    async def find_problem(self) -> str | None:
        """Return why Nomad cannot be used, None if it can."""
        call = self._call
        if call is None or (call.done() and time.monotonic() - self._ended_at >= _FRESH_SECONDS):
            call = self._call = asyncio.create_task(self._ask())
        # Neither the time nor a client that goes away ends the call: others wait for it.
        await asyncio.wait({call}, timeout=_HEALTH_SECONDS)
        return call.result() if call.done() else f"Nomad did not answer within {_HEALTH_SECONDS} s"

    async def _ask(self) -> str | None:
        try:
            # Only the end of the service cancels this, which must not wait for Nomad.
            await anyio.to_thread.run_sync(
                self._builds.check_nomad, abandon_on_cancel=True, limiter=self._limiter
            )
        except errors.ServiceError as error:
            return error.message
        finally:
            self._ended_at = time.monotonic()
        return None


async def _health(check: _NomadCheck) -> JSONResponse:
    """The process answers; whether Nomad does is only told, for a restart would not mend it."""
    nomad = "healthy" if await check.find_problem() is None else "unhealthy"
    return JSONResponse({"status": "healthy", "services": {"nomad": nomad}, "timestamp": _now()})


async def _ready(check: _NomadCheck) -> JSONResponse:
    """Whether builds can be submitted: not while Nomad is away."""
    problem = await check.find_problem()
    if problem is not None:
        return JSONResponse({"status": "not ready", "error": problem, "timestamp": _now()}, 503)
    return JSONResponse({"status": "ready", "timestamp": _now()})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
