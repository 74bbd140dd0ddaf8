"""What is answered when something is wrong: one JSON body for all, and the status code that fits."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pydantic
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server import errors, spelling, tools

_log = logging.getLogger(__name__)

STATUS_CODES: tuple[tuple[type[errors.ServiceError], int], ...] = (
    (errors.InvalidRequest, 400),
    (errors.Unauthenticated, 401),
    (errors.IssuerSilent, 503),
    (errors.PermissionDenied, 403),
    (errors.UnknownTool, 404),
    (errors.BuildNotFound, 404),
    (errors.NotPossible, 409),
    (errors.LimitReached, 429),
    (errors.NomadUnreachable, 503),
    (errors.NomadError, 502),
)

_TOOL_NAMES = f"Tools are {', '.join(tools.TOOLS)}"


def _spell_twice(schema: dict[str, Any]) -> None:
    """Say that who writes snake_case is told so: also of a wrong request, whose names no schema foresees."""
    properties = schema["properties"]
    properties["next_step"] = properties["nextStep"]
    schema["required"] = ["error", "code"]
    schema["oneOf"] = [{"required": ["nextStep"]}, {"required": ["next_step"]}]


class ErrorAnswer(pydantic.BaseModel):
    """What is wrong, in words, and what to do next."""

    model_config = pydantic.ConfigDict(
        alias_generator=spelling.camelize, extra="forbid", json_schema_extra=_spell_twice
    )

    error: str
    code: int
    next_step: str


class Refused(Exception):
    """A request that fails as HTTP, before anything is known of what it asks for."""

    def __init__(self, code: int, message: str, next_step: str) -> None:
        super().__init__(message)
        self.answer = tell(code, message, next_step)


def refuse(error: errors.ServiceError, *, snake_case: bool = False) -> Response:
    """Answer an error of the service."""
    code = next((code for kind, code in STATUS_CODES if isinstance(error, kind)), 500)
    answer = tell(code, error.message, error.next_step, snake_case=snake_case)
    if isinstance(error, errors.LimitReached):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def tell(
    code: int,
    message: str,
    next_step: str,
    *,
    snake_case: bool = False,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Answer what is wrong, and what to do next."""
    content = {"error": message, "code": code}
    if next_step:
        content["next_step" if snake_case else "nextStep"] = next_step
    return JSONResponse(content, status_code=code, headers=headers)


async def _refuse_path(request: Request, error: Exception) -> Response:
    next_step = (
        f"GET /docs shows what there is; tools are called by POST to /mcp/TOOL. {_TOOL_NAMES}"
    )
    return tell(404, f"there is no such path: {request.url.path[:100]}", next_step)


async def _refuse_method(request: Request, error: Exception) -> Response:
    """Say which methods there are; OPTIONS asks for just that."""
    allowed = error.headers or {} if isinstance(error, HTTPException) else {}
    methods = sorted({*allowed.get("Allow", "").replace(",", " ").split(), "OPTIONS"})
    headers = {"Allow": ", ".join(methods)}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=headers)
    usual = [method for method in methods if method not in ("HEAD", "OPTIONS")]
    message = f"the method {request.method[:20]} cannot be used here"
    return tell(405, message, f"Send {' or '.join(usual)}", headers=headers)


async def _fail(request: Request, error: Exception) -> Response:
    """Tell nothing of the inside; the web server writes the cause into the log."""
    return refuse(errors.InternalError())


EXCEPTION_HANDLERS: dict[Any, Any] = {404: _refuse_path, 405: _refuse_method, 500: _fail}
