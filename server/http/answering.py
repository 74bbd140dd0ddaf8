"""Calling a tool for a request, and answering it in the spelling and form that the caller wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import pydantic
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from server import calls, errors, spelling, tools
from server.access import audit
from server.callers import ANYONE
from server.http import negotiation, refusals
from server.http.bodies import JSON

TEXT = "text/plain"

# What the client that has gone away would have got, as some web servers write it into their logs.
_GONE = 499


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the answer to a call is given: whether it made something, headers made of it, the types it can have."""

    creates: bool = False
    headers: Callable[[Any], Mapping[str, str]] = lambda answer: {}
    media_types: tuple[str, ...] = (JSON,)


PLAIN = Form()


async def answer(
    toolbox: calls.Toolbox, request: Request, name: str, arguments: Any, form: Form
) -> Response:
    """Call a tool and answer what came of it."""
    snake_case = writes_snake_case(arguments)
    media_type = require_acceptable(request, form.media_types)
    try:
        found = await _call(toolbox, request, name, arguments)
    except errors.ServiceError as error:
        return refusals.refuse(error, snake_case=snake_case)
    if found is None:
        return Response(status_code=_GONE)
    code = 201 if form.creates and not getattr(found, "repeated", None) else 200
    headers = dict(form.headers(found))
    if len(form.media_types) > 1:
        headers["Vary"] = "Accept"
    render = tools.TOOLS[name].text
    if media_type == TEXT and render is not None:
        return PlainTextResponse(render(found), code, headers)
    content = found.model_dump(mode="json", by_alias=not snake_case, exclude_none=True)
    return JSONResponse(content, code, headers)


def refuse_unread(
    request: Request, name: str, error: refusals.Refused | errors.InvalidRequest
) -> Response:
    """Answer a request that does not come to its tool; one for a tool that changes something is written down."""
    tool = tools.TOOLS.get(name)
    if tool is not None and not tool.read_only:
        kind = "Refused" if isinstance(error, refusals.Refused) else "InvalidRequest"
        caller = getattr(request.state, "caller", ANYONE)
        audit.refused(request.method, request.scope["path"], kind, caller)
    return error.answer if isinstance(error, refusals.Refused) else refusals.refuse(error)


def writes_snake_case(arguments: Any) -> bool:
    """Tell whether the caller writes snake_case: the answer then does, too."""
    return isinstance(arguments, dict) and any(map(spelling.is_snake_case, arguments))


def require_acceptable(request: Request, offered: tuple[str, ...]) -> str:
    """Return the media type that the caller likes best.

    Raises:
        Refused: it takes none of them.
    """
    accept = ",".join(request.headers.getlist("accept"))
    chosen = negotiation.choose(accept, offered)
    if chosen is None:
        known = " or ".join(offered)
        message = f"the answer can only be {known}, which the header Accept does not take"
        raise refusals.Refused(406, message, f"Send Accept: {offered[0]}, or none")
    return chosen


async def _call(
    toolbox: calls.Toolbox, request: Request, name: str, arguments: Any
) -> pydantic.BaseModel | None:
    """Call a tool; None when the client has gone away and nothing had to be done to the end for that."""
    caller = getattr(request.state, "caller", ANYONE)
    tool = tools.TOOLS.get(name)
    if tool is None or not tool.read_only:
        return await calls.call(toolbox, name, arguments, caller)
    found: pydantic.BaseModel | None = None
    problem: errors.ServiceError | None = None
    async with anyio.create_task_group() as group:
        group.start_soon(_cancel_when_gone, request, group.cancel_scope)
        try:
            found = await calls.call(toolbox, name, arguments, caller)
        except errors.ServiceError as error:
            problem = error
        group.cancel_scope.cancel()
    if problem is not None:
        raise problem
    return found


async def _cancel_when_gone(request: Request, scope: anyio.CancelScope) -> None:
    """Spare Nomad the looks for a client that does not wait any more."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
