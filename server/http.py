"""The tools over plain HTTP: ``POST /mcp/<tool>`` and its alias ``/json/<tool>``; ``/health`` and ``/ready``."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server import errors, spelling, tools
from server.builds import Builds
from server.metrics import Metrics

_log = logging.getLogger(__name__)

# The largest request that can be kept is far smaller; this only has to be small enough to be read.
_BODY_LIMIT = 1024 * 1024
# Whoever asks for health has little time, and what does not answer in that time is not healthy.
_HEALTH_SECONDS = 2
_OPERATORS = ("/health", "/ready", "/metrics")
_TOOL_NAMES = f"Tools are {', '.join(tools.TOOLS)}"

_STATUS_CODES: tuple[tuple[type[errors.ServiceError], int], ...] = (
    (errors.InvalidRequest, 400),
    (errors.BuildNotFound, 404),
    (errors.NotPossible, 409),
    (errors.LimitReached, 429),
    (errors.NomadUnreachable, 503),
    (errors.NomadError, 502),
)


def create_tool_routes(builds: Builds) -> list[Route]:
    """Return the routes that call tools."""

    async def call_tool(request: Request) -> JSONResponse:
        return await _call_tool(builds, request)

    return [
        Route("/mcp/{tool}", call_tool, methods=["POST"]),
        Route("/json/{tool}", call_tool, methods=["POST"]),
    ]


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


async def _refuse_path(request: Request, error: Exception) -> JSONResponse:
    return _error(
        404, f"there is no such path: {request.url.path[:100]}", f"POST to /mcp/TOOL. {_TOOL_NAMES}"
    )


async def _refuse_method(request: Request, error: Exception) -> JSONResponse:
    known = "Send GET" if request.url.path in _OPERATORS else "Send POST"
    return _error(405, f"the method {request.method[:20]} cannot be used here", known)


EXCEPTION_HANDLERS: dict[Any, Any] = {404: _refuse_path, 405: _refuse_method}


async def _call_tool(builds: Builds, request: Request) -> JSONResponse:
    name = request.path_params["tool"]
    tool = tools.TOOLS.get(name)
    if tool is None:
        return _error(404, f"there is no tool {name[:100]}", _TOOL_NAMES)
    # Other types need no permission of a browser's user: a page anywhere could submit builds.
    content_type = request.headers.get("content-type", "").split(";")[0]
    if content_type.strip().lower() != "application/json":
        return _error(
            415, "the body must be JSON", "Send the header Content-Type: application/json"
        )
    body = await _read_body(request)
    if body is None:
        return _error(413, f"the body has more than {_BODY_LIMIT} bytes", "Send a smaller request")
    try:
        arguments = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        return _error(400, f"the body is not JSON: {error}", "Send one JSON object")
    snake_case = _is_snake_case(arguments)
    try:
        answer = await anyio.to_thread.run_sync(tool.call, builds, arguments)
    except errors.ServiceError as error:
        return _refuse(error, snake_case=snake_case)
    except Exception:
        # Nothing of the inside may reach the caller; the operator finds it in the log.
        _log.exception("tool %s failed", name)
        return _error(500, "internal error of the service", "Try again; its log has the cause")
    content = answer.model_dump(mode="json", by_alias=not snake_case, exclude_none=True)
    return JSONResponse(content)


async def _read_body(request: Request) -> bytes | None:
    """Read the body, None as soon as it is larger than allowed."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_LIMIT:
            return None
    return body


def _is_snake_case(arguments: Any) -> bool:
    """Tell whether the caller writes snake_case: the answer then does, too."""
    return isinstance(arguments, dict) and any(map(spelling.is_snake_case, arguments))


def _status_code(error: errors.ServiceError) -> int:
    for kind, code in _STATUS_CODES:
        if isinstance(error, kind):
            return code
    return 500


def _refuse(error: errors.ServiceError, *, snake_case: bool) -> JSONResponse:
    answer = _error(_status_code(error), error.message, error.next_step, snake_case=snake_case)
    if isinstance(error, errors.LimitReached):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _error(code: int, message: str, next_step: str, *, snake_case: bool = False) -> JSONResponse:
    content = {"error": message, "code": code}
    if next_step:
        content["next_step" if snake_case else "nextStep"] = next_step
    return JSONResponse(content, status_code=code)


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
