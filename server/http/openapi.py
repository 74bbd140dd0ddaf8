"""The description of plain HTTP in OpenAPI 3.1, made of the tables of tools, operations and models."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import server
from server import logs, tools
from server.http import answering, examples, following, resources, schemas, upkeep
from server.http.bodies import JSON
from server.http.refusals import ErrorAnswer

_DESCRIPTION = """\
Builds a container image from a Git repository, runs test commands in it, and publishes it only if they pass.

The same tools are behind all doors: builds as resources below `/v1`, each tool by its name at `POST /mcp/TOOL`
(`/json/TOOL` does the same), and for agents the Model Context Protocol at `/mcp`.

Every name in a query or a body may be written `likeThis` or `like_this`; the answer is in the spelling of the request.
An answer leaves out what is not known. A field that is unknown is refused, and the answer names the nearest one.\
"""

_TAGS = (
    ("builds", "Builds as resources."),
    ("tools", "The tools by their names, as agents have them over the Model Context Protocol."),
    ("service", "How the service is, and what it can do."),
)

_PROBLEMS: dict[int, str] = {
    400: "The request is wrong; every problem is named.",
    401: "The call has no token, or one that is not good.",
    403: "The token may not do this, or not for this owner; or the service is read-only.",
    404: "No build has this id, or it is another owner's.",
    406: "The answer has no form that the header Accept takes.",
    409: "The state of the build or of the cluster does not allow it.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    421: "The service does not answer to the name in the header Host.",
    429: "Too much is asked at once, or as many builds wait as may wait.",
    500: "A fault of the service itself; its log has the cause.",
    502: "Nomad refused the call.",
    503: "Nomad does not answer; nothing was lost.",
}
_ALWAYS = (400, 401, 403, 406, 421, 429, 500, 502, 503)

_CHALLENGE = {
    "WWW-Authenticate": {"description": "How to say who calls.", "schema": {"type": "string"}}
}
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
}

_Document = dict[str, Any]


@functools.cache
def create_document() -> _Document:
    """Return the description; it is made once."""
    known = schemas.create_schemas()
    paths: dict[str, _Document] = {}
    for path, method, operation in (*_resources(known), *_tools(), *_service()):
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Nomad Build Service",
            "version": server.__version__,
            "description": _DESCRIPTION,
        },
        "tags": [{"name": name, "description": text} for name, text in _TAGS],
        # Without authentication none is needed: on loopback that is so by default.
        "security": [{}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": known,
            "responses": {_component(code): _problem(code) for code in _PROBLEMS},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token that an operator of the service gives, with the scopes read, write, admin.",
                }
            },
        },
    }


def _tools() -> Iterator[tuple[str, str, _Document]]:
    for tool in tools.TOOLS.values():
        responses = {"200": _answer(tool, (JSON,))} | _problems(tool, body=True)
        yield (
            f"/mcp/{tool.name}",
            "post",
            _describe(tool, tool.name, "tools")
            | {
                "requestBody": _body(tool, schemas.refer(tool.arguments)),
                "responses": responses,
            },
        )


def _resources(known: dict[str, schemas.Schema]) -> Iterator[tuple[str, str, _Document]]:
    for operation in resources.OPERATIONS:
        tool = tools.TOOLS[operation.tool]
        made = _describe(tool, operation.name, "builds")
        arguments = schemas.without(known[tool.arguments.__name__], operation.taken)
        parameters = [_ID] if "{id}" in operation.path else []
        posts = operation.method == "POST"
        if posts:
            whole = operation.taken or not arguments["properties"]
            schema = arguments if whole else schemas.refer(tool.arguments)
            made["requestBody"] = _body(tool, schema, operation.taken)
        else:
            parameters += _parameters(arguments, examples.ARGUMENTS.get(tool.name, {}))
        if parameters:
            made["parameters"] = parameters
        answer = _answer(tool, operation.form.media_types)
        found = {"200": answer}
        if operation.form.creates:
            answer |= {"headers": _LOCATION, "links": _links()}
            again = {"description": "A request with this requestID had been before: its build."}
            found = {"201": answer, "200": answer | again}
        made["responses"] = found | _problems(tool, body=posts)
        yield operation.path, operation.method.lower(), made
        if operation.tool == "getLogs":
            yield _following()


# Each event, not all of them together: that is how tools read OpenAPI 3.1, which has no word of streams.
_EVENT: schemas.Schema = {
    "type": "object",
    "properties": {
        "event": {"enum": ["line", "phase", "gap", "end"]},
        "id": {"type": "string", "description": "The cursor behind this event"},
        "data": {
            "type": "string",
            "contentMediaType": JSON,
            "description": "An object: phase, task, text; at the end status",
        },
        "retry": {"type": "integer"},
    },
    "required": ["event", "id", "data"],
}


def _following() -> tuple[str, str, _Document]:
    """Describe the route of logs as events, which is no call of a tool."""
    properties = schemas.create_schema(following.FollowArguments)
    arguments = schemas.without(properties, ("job_id",))
    last = {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "As cursor: what a browser sends when it connects again",
        "schema": {"type": "string", "maxLength": logs.CURSOR_LIMIT},
    }
    operation: _Document = {
        "operationId": "followBuildLogs",
        "tags": ["builds"],
        "summary": "Follow the logs of a build",
        "description": "Server-sent events until the build has ended: `line` for each line, `phase` when one "
        "begins, `gap` where lines are lost, `end` with the status. The id of each is a cursor, from which any "
        "replica goes on: no line is told twice.\n\nNeeds the scope `read`.",
        "parameters": [_ID, last, *_parameters(arguments, {})],
        "responses": {
            "200": {
                "description": "The events.",
                "content": {"text/event-stream": {"schema": _EVENT, "example": examples.EVENTS}},
            },
            "204": {"description": "The end was told before; connect no more."},
        }
        | _refer((*_ALWAYS, 404)),
    }
    return f"{resources.BUILD}/logs/follow", "get", operation


def _service() -> Iterator[tuple[str, str, _Document]]:
    for path, operation in upkeep.OPERATIONS.items():
        yield path, "get", operation


_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The build's jobID",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9-]+$"},
    "example": examples.JOB_ID,
}
_LOCATION = {
    "Location": {
        "description": "Where the build is.",
        "schema": {"type": "string", "format": "uri-reference"},
    }
}


def _links() -> _Document:
    """Say how a new build's id is used further on."""
    return {
        each.name: {"operationId": each.name, "parameters": {"id": "$response.body#/jobID"}}
        for each in resources.OPERATIONS
        if "{id}" in each.path
    }


def _describe(tool: tools.Tool, name: str, tag: str) -> _Document:
    return {
        "operationId": name,
        "tags": [tag],
        "summary": tool.title,
        "description": f"{tool.description}\n\nNeeds the scope `{tool.scope}`.",
    }


def _parameters(arguments: schemas.Schema, example: Mapping[str, Any]) -> list[_Document]:
    required = arguments.get("required", ())
    found = []
    for name, each in arguments["properties"].items():
        schema = schemas.without_null(each)
        parameter: _Document = {"name": name, "in": "query"}
        if name in required:
            parameter["required"] = True
        if "description" in schema:
            parameter["description"] = schema.pop("description")
        parameter["schema"] = schema
        found.append(parameter | ({"example": example[name]} if name in example else {}))
    return found


def _body(
    tool: tools.Tool, schema: schemas.Schema, taken: frozenset[str] = frozenset()
) -> _Document:
    content: _Document = {"schema": schema}
    example = examples.ARGUMENTS.get(tool.name)
    if example is not None:
        left_out = {"jobID", "all"} if taken else set()
        content["example"] = {
            name: value for name, value in example.items() if name not in left_out
        }
    fields = tool.arguments.model_fields.items()
    required = any(field.is_required() and name not in taken for name, field in fields)
    return {"required": required, "content": {JSON: content}}


def _answer(tool: tools.Tool, media_types: tuple[str, ...]) -> _Document:
    content: _Document = {}
    for media_type in media_types:
        if media_type == answering.TEXT:
            content[media_type] = {"schema": {"type": "string"}, "example": examples.LOG}
            continue
        content[media_type] = {"schema": schemas.refer(tool.answer)}
        if tool.name in examples.ANSWERS:
            content[media_type]["example"] = examples.ANSWERS[tool.name]
    description = schemas.written(tool.answer.__doc__ or "").partition("\n")[0]
    return {"description": description, "content": content}


def _problems(tool: tools.Tool, *, body: bool) -> _Document:
    codes = {*_ALWAYS}
    if "job_id" in tool.arguments.model_fields:
        codes.add(404)
    if not tool.read_only:
        codes.add(409)
    if body:
        codes |= {413, 415}
    return _refer(codes)


def _refer(codes: Iterable[int]) -> _Document:
    return {
        str(code): {"$ref": f"#/components/responses/{_component(code)}"} for code in sorted(codes)
    }


def _component(code: int) -> str:
    return f"Problem{code}"


def _problem(code: int) -> _Document:
    made: _Document = {
        "description": _PROBLEMS[code],
        "content": {JSON: {"schema": schemas.refer(ErrorAnswer)}},
    }
    headers = {401: _CHALLENGE, 429: _RETRY_AFTER}
    return made | ({"headers": headers[code]} if code in headers else {})
