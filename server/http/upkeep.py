"""How OpenAPI describes the routes that call no tool: for operators, and for whoever reads the description."""

from __future__ import annotations

from typing import Any

from server.http.bodies import JSON

_Operation = dict[str, Any]

_TIME = {"type": "string", "format": "date-time"}
_HEALTH = {
    "type": "object",
    "properties": {
        "status": {"const": "healthy"},
        "services": {
            "type": "object",
            "properties": {"nomad": {"enum": ["healthy", "unhealthy"]}},
            "required": ["nomad"],
        },
        "timestamp": _TIME,
    },
    "required": ["status", "services", "timestamp"],
    "additionalProperties": False,
}
_READY = {
    "type": "object",
    "properties": {"status": {"const": "ready"}, "timestamp": _TIME},
    "required": ["status", "timestamp"],
    "additionalProperties": False,
}
_NOT_READY = {
    "type": "object",
    "properties": {
        "status": {"const": "not ready"},
        "error": {"type": "string"},
        "timestamp": _TIME,
    },
    "required": ["status", "error", "timestamp"],
    "additionalProperties": False,
}


def _content(media_type: str, schema: dict[str, Any], description: str) -> _Operation:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _operation(
    name: str, summary: str, description: str, *, open_to_all: bool, **responses: _Operation
) -> _Operation:
    made: _Operation = {
        "operationId": name,
        "tags": ["service"],
        "summary": summary,
        "description": description,
        "responses": {code.removeprefix("_"): each for code, each in responses.items()},
    }
    if open_to_all:
        return made | {"security": []}
    # Here the answer depends on nothing but who asks, and how often.
    for code in ("401", "403", "421", "429"):
        made["responses"][code] = {"$ref": f"#/components/responses/Problem{code}"}
    return made


OPERATIONS: dict[str, _Operation] = {
    "/openapi.json": _operation(
        "getDescription",
        "This description",
        "The description of plain HTTP in OpenAPI 3.1.",
        open_to_all=False,
        _200=_content(JSON, {"type": "object"}, "The description."),
    ),
    "/docs": _operation(
        "getPage",
        "This page",
        "The same description for people.",
        open_to_all=False,
        _200=_content("text/html", {"type": "string"}, "The page."),
    ),
    "/health": _operation(
        "getHealth",
        "Whether the process answers",
        "It is healthy as long as it answers; whether Nomad does is only told, for a restart would not mend it.",
        open_to_all=True,
        _200=_content(JSON, _HEALTH, "It answers."),
    ),
    "/ready": _operation(
        "getReadiness",
        "Whether builds can be submitted",
        "They cannot while Nomad is away.",
        open_to_all=True,
        _200=_content(JSON, _READY, "They can."),
        _503=_content(JSON, _NOT_READY, "They cannot; why."),
    ),
    "/metrics": _operation(
        "getMetrics",
        "Figures for Prometheus",
        "In the text format of Prometheus, or in OpenMetrics by the header Accept. Operators can open it to all.",
        open_to_all=False,
        _200={
            "description": "The figures.",
            "content": {
                media_type: {"schema": {"type": "string"}}
                for media_type in ("text/plain", "application/openmetrics-text")
            },
        },
    ),
}
