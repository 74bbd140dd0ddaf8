"""Who asks, and how a refusal is told where what is answered is no tool's result."""

from __future__ import annotations

from typing import Any

from mcp import MCPError, types
from mcp.server.context import ServerRequestContext

from server import answers, calls, errors
from server.callers import ANYONE, Caller

Context = ServerRequestContext[Any, Any]

_CODES: tuple[tuple[type[errors.ServiceError], int], ...] = (
    (errors.BuildNotFound, types.INVALID_PARAMS),
    (errors.InvalidRequest, types.INVALID_PARAMS),
    (errors.PermissionDenied, types.INVALID_REQUEST),
    (errors.Unauthenticated, types.INVALID_REQUEST),
    (errors.NotPossible, types.INVALID_REQUEST),
)


def caller_of(context: Context) -> Caller:
    """Who calls: what the authentication has found out of the HTTP request; over stdio nobody is asked."""
    state = getattr(context.request, "state", None)
    caller = getattr(state, "caller", ANYONE)
    assert isinstance(caller, Caller)
    return caller


async def read_build(
    toolbox: calls.Toolbox, context: Context, job_id: str, owner: str | None = None
) -> answers.BuildAnswer:
    """Return what getStatus answers the caller.

    Raises:
        ServiceError: what getStatus refuses.
    """
    arguments = {"jobID": job_id} | ({"owner": owner} if owner else {})
    answer = await calls.call(toolbox, "getStatus", arguments, caller_of(context))
    assert isinstance(answer, answers.BuildAnswer)
    return answer


def refusal(error: errors.ServiceError, data: dict[str, Any] | None = None) -> MCPError:
    """Return the protocol's error for one of the service's; its message says what to do next."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), types.INTERNAL_ERROR)
    return MCPError(code, str(error), data)
