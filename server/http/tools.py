"""The tools over plain HTTP: ``POST /mcp/<tool>`` and its alias ``/json/<tool>``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import calls, errors
from server.http import answering, bodies, refusals


def create_tool_routes(toolbox: calls.Toolbox) -> list[Route]:
    """Return the routes that call tools."""

    async def call_tool(request: Request) -> Response:
        name = request.path_params["tool"]
        try:
            arguments = await bodies.read_arguments(request)
            return await answering.answer(toolbox, request, name, arguments, answering.PLAIN)
        except (refusals.Refused, errors.InvalidRequest) as error:
            return answering.refuse_unread(request, name, error)

    return [
        Route("/mcp/{tool}", call_tool, methods=["POST"]),
        Route("/json/{tool}", call_tool, methods=["POST"]),
    ]
