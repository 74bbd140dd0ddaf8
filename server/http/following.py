"""Following a build's logs as server-sent events: each has a cursor as its id, from which any replica goes on."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
import pydantic
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from server import answers, calls, errors, logs, validation
from server.callers import ANYONE
from server.http import answering, queries, refusals
from server.record import Phase

_log = logging.getLogger(__name__)

_EVENTS = "text/event-stream"
# Seconds between comments that keep what is between client and service from closing a silent connection.
_KEEP_ALIVE = 15
# Seconds that a client may take to accept an event before it is given up.
_SEND_TIMEOUT = 60
# Events that are read at once by one thread: it should not be held for long, nor be called for each line.
_BATCH = 500
# Characters of lines after which no more are read at once: they wait in memory for a client that may be slow.
_BATCH_TEXT = 256 * 1024
# What a client is told to wait before it connects again, in milliseconds.
_RETRY = 2000


class FollowArguments(answers.Wire):
    """What is followed: the log of a build, or of one phase or task of it, from a cursor on."""

    job_id: answers.JobID
    phase: Phase | None = None
    task: Annotated[str, pydantic.Field(max_length=80)] = ""
    cursor: Annotated[str, pydantic.Field(max_length=logs.CURSOR_LIMIT)] = ""
    owner: answers.Owner = None


def create_follow_route(toolbox: calls.Toolbox) -> Route:
    """Return the route that follows a build's logs."""

    async def follow(request: Request) -> Response:
        return await _follow(toolbox, request)

    return Route("/v1/builds/{id}/logs/follow", follow, methods=["GET"])


async def _follow(toolbox: calls.Toolbox, request: Request) -> Response:
    """Answer with events; what is wrong is told before the first of them, as by every other route."""
    try:
        answering.require_acceptable(request, (_EVENTS,))
        build_id, followed, first = await _begin(toolbox, request)
    except refusals.Refused as refused:
        return refused.answer
    except errors.ServiceError as error:
        return refusals.refuse(error)
    if not first:
        # The end was told already: on this answer a browser does not connect once more.
        return Response(status_code=204)
    if request.method == "HEAD":
        followed.close()
        return Response(media_type=_EVENTS)
    return _Events(_write(build_id, followed, first), ping=_KEEP_ALIVE, send_timeout=_SEND_TIMEOUT)


class _Events(EventSourceResponse):
    """Events for a client that is given up when it takes them too slowly: that is its affair, and no fault of ours."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except* SendTimeoutError:
            _log.warning("%s: the client takes no events and is given up", scope["path"])


async def _begin(
    toolbox: calls.Toolbox, request: Request
) -> tuple[str, logs.Followed, list[logs.Event | logs.Pause]]:
    """Find out who wants what, and take the first look."""
    caller = getattr(request.state, "caller", ANYONE)
    caller.require("read", "the log of a build")
    given = validation.validate(FollowArguments, _read_arguments(request))
    owner = caller.confine(given.owner)
    followed = await calls.in_thread(
        lambda: toolbox.builds.follow_logs(
            given.job_id, given.cursor, phase=given.phase, task=given.task, owner=owner
        )
    )
    return given.job_id, followed, await _take(followed)


def _read_arguments(request: Request) -> dict[str, Any]:
    """Read what the query says; a client that connects again says in a header where it was."""
    given = queries.read_arguments(request.scope["query_string"], FollowArguments)
    if any(validation.plainly(name) == "jobid" for name in given):
        raise errors.InvalidRequest(("jobID is not taken here: the path says it",))
    arguments = given | {"jobID": request.path_params["id"]}
    last = request.headers.get("last-event-id", "")
    return arguments | {"cursor": last} if last else arguments


async def _take(followed: logs.Followed) -> list[logs.Event | logs.Pause]:
    """Take the next events, up to the next pause."""

    def take() -> list[logs.Event | logs.Pause]:
        taken: list[logs.Event | logs.Pause] = []
        size = 0
        for event in followed:
            taken.append(event)
            size += len(event.text) if isinstance(event, logs.Line) else 0
            if isinstance(event, logs.Pause) or len(taken) == _BATCH or size >= _BATCH_TEXT:
                break
        return taken

    return await calls.in_thread(take)


async def _write(
    build_id: str, followed: logs.Followed, taken: list[logs.Event | logs.Pause]
) -> AsyncIterator[ServerSentEvent]:
    """Write events until there are no more; when something goes wrong the client connects again, and hears what."""
    with contextlib.closing(followed):
        yield ServerSentEvent(retry=_RETRY)
        while taken:
            for event in taken:
                if isinstance(event, logs.Pause):
                    await anyio.sleep(event.seconds)
                else:
                    yield _describe(event, build_id)
            try:
                taken = await _take(followed)
            except errors.ServiceError as error:
                _log.warning("following build %s ends early: %s", build_id, error.message)
                return


def _describe(event: logs.Event, build_id: str) -> ServerSentEvent:
    data: dict[str, str | int | None]
    match event:
        case logs.Line():
            data = {"phase": event.phase, "task": event.task, "text": event.text}
        case logs.PhaseBegun():
            data = {"phase": event.phase, "attempt": event.attempt, "node": event.node or None}
        case logs.Gap():
            data = {
                "phase": event.phase,
                "task": event.task or None,
                "missingBytes": event.missing,
                "text": event.text,
            }
        case logs.Ended():
            data = {"status": event.status}
    known = {name: value for name, value in data.items() if value is not None}
    return ServerSentEvent(
        data=json.dumps(known, ensure_ascii=False),
        event=event.kind,
        id=logs.encode_cursor(event.cursor, build_id),
    )
