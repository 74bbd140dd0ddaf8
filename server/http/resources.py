"""Builds as resources: ``/v1/builds`` and what is below it. Each method of each path calls one tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import answers, calls, errors, spelling, tools, validation
from server.http import answering, bodies, queries, refusals

BUILDS = "/v1/builds"
BUILD = "/v1/builds/{id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a method does with a resource: it calls a tool.

    GET takes the tool's arguments from the query, POST from the body; ``job_id`` is in the path where the path has
    an ``{id}``, and ``said`` are arguments that the path itself says. Neither can be given once more.
    """

    name: str
    method: Literal["GET", "POST"]
    path: str
    tool: str
    said: Mapping[str, Any] = field(default_factory=dict)
    form: answering.Form = answering.PLAIN

    @property
    def taken(self) -> frozenset[str]:
        """The tool's arguments that the path says."""
        named = ("job_id",) if "{id}" in self.path else ()
        return frozenset({*named, *self.said})


def _locate(submitted: answers.Submitted) -> Mapping[str, str]:
    return {"Location": f"{BUILDS}/{submitted.job_id}"}


_LOG_TYPES = (answering.TEXT, bodies.JSON)

OPERATIONS: tuple[Operation, ...] = (
    Operation(name="listBuilds", method="GET", path=BUILDS, tool="getHistory"),
    Operation(
        name="createBuild",
        method="POST",
        path=BUILDS,
        tool="submitJob",
        form=answering.Form(creates=True, headers=_locate),
    ),
    Operation(name="getBuild", method="GET", path=BUILD, tool="getStatus"),
    Operation(name="waitForBuild", method="GET", path=f"{BUILD}/wait", tool="waitJob"),
    Operation(
        name="getBuildLogs",
        method="GET",
        path=f"{BUILD}/logs",
        tool="getLogs",
        form=answering.Form(media_types=_LOG_TYPES),
    ),
    Operation(name="killBuild", method="POST", path=f"{BUILD}/kill", tool="killJob"),
    Operation(
        name="cleanUpBuild",
        method="POST",
        path=f"{BUILD}/cleanup",
        tool="cleanup",
        said={"all": False},
    ),
    Operation(
        name="cleanUpAll",
        method="POST",
        path="/v1/cleanup",
        tool="cleanup",
        said={"all": True, "job_id": None, "owner": None},
    ),
)


def create_resource_routes(toolbox: calls.Toolbox) -> list[Route]:
    """Return a route for each path."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [_create_route(toolbox, path, methods) for path, methods in by_path.items()]


def _create_route(toolbox: calls.Toolbox, path: str, operations: Mapping[str, Operation]) -> Route:
    async def handle(request: Request) -> Response:
        operation = operations["GET" if request.method == "HEAD" else request.method]
        try:
            return await _answer(toolbox, request, operation)
        except (refusals.Refused, errors.InvalidRequest) as error:
            return answering.refuse_unread(request, operation.tool, error)

    return Route(path, handle, methods=list(operations))


async def _answer(toolbox: calls.Toolbox, request: Request, operation: Operation) -> Response:
    given = await _read_given(request, operation)
    snake_case = answering.writes_snake_case(given)
    # The model knows both spellings; an error names what the path says as the caller would write it.
    spell = str if snake_case else spelling.camelize
    said = {"job_id": request.path_params["id"]} if "{id}" in operation.path else {}
    said |= {name: value for name, value in operation.said.items() if value}
    arguments = {**given, **{spell(name): value for name, value in said.items()}}
    return await answering.answer(toolbox, request, operation.tool, arguments, operation.form)


async def _read_given(request: Request, operation: Operation) -> dict[str, Any]:
    """Read what the caller gives besides the path."""
    query = request.scope["query_string"]
    if operation.method == "GET":
        given: Any = queries.read_arguments(query, tools.TOOLS[operation.tool].arguments)
    else:
        if query:
            problem = "the arguments stand in the address: here they belong into the body"
            raise errors.InvalidRequest((problem,))
        given = await bodies.read_arguments(request)
    if not isinstance(given, dict):
        problem = "the request must be a JSON object"
        raise errors.InvalidRequest((problem,))
    taken = set(map(validation.plainly, operation.taken))
    twice = [validation.printable(name) for name in given if validation.plainly(name) in taken]
    if twice:
        problem = f"{twice[0]} is not taken here: the path says which build, or all, is meant"
        raise errors.InvalidRequest((problem,))
    return given
