"""The JSON Schemas of what the tools take and answer, as OpenAPI keeps them: pydantic's, which are of its dialect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pydantic
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from server import spelling, tools
from server.http.refusals import ErrorAnswer

PREFIX = "#/components/schemas/"

Schema = dict[str, Any]

_FIELD = re.compile(r"``(\w+)``")

# What agents know without being told, and pay for when they are.
_MEANINGS = {
    "cursor": "Where to go on: what an answer gave",
    "limit": "How many there are at most",
    "owner": "Whose build it must be",
    "phase": "Only this phase's log",
    "status": "Only those with this status",
    "task": "Only this task's, e.g. test-2",
}


class _WithoutFieldTitles(GenerateJsonSchema):
    """JSON Schema without the titles that only repeat the fields' names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def create_schemas() -> dict[str, Schema]:
    """Return the schemas of all models by their names, those within them included."""
    models: dict[tuple[type[pydantic.BaseModel], Any], None] = {}
    for tool in tools.TOOLS.values():
        models[(tool.arguments, "validation")] = None
        models[(tool.answer, "serialization")] = None
    models[(ErrorAnswer, "serialization")] = None
    _, found = models_json_schema(
        list(models), ref_template=f"{PREFIX}{{model}}", schema_generator=_WithoutFieldTitles
    )
    schemas: dict[str, Schema] = found["$defs"]
    for tool in tools.TOOLS.values():
        _explain(schemas[tool.arguments.__name__])
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = written(schema["description"])
    return {name: schemas[name] for name in sorted(schemas)}


def create_schema(model: type[pydantic.BaseModel]) -> Schema:
    """Return the schema of arguments that no tool takes."""
    schema = model.model_json_schema(schema_generator=_WithoutFieldTitles)
    _explain(schema)
    return schema


def refer(model: type[pydantic.BaseModel]) -> Schema:
    """Return the reference to a model's schema."""
    return {"$ref": f"{PREFIX}{model.__name__}"}


def without(schema: Schema, fields: Iterable[str]) -> Schema:
    """Return an object's schema without some of its fields."""
    left_out = set(map(spelling.camelize, fields))
    kept = {name: each for name, each in schema["properties"].items() if name not in left_out}
    required = [name for name in schema.get("required", ()) if name not in left_out]
    made = {key: value for key, value in schema.items() if key != "required"}
    return made | {"properties": kept} | ({"required": required} if required else {})


def without_null(schema: Mapping[str, Any]) -> Schema:
    """Return a field's schema as it is where what is not given is left out."""
    made = {key: value for key, value in schema.items() if key != "default" or value is not None}
    choices = [each for each in made.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:
        del made["anyOf"]
        return {**choices[0], **made}
    return made


def written(docstring: str) -> str:
    """Return what a docstring says as a page says it: paragraphs on one line each, fields as they are on the wire."""
    paragraphs = (" ".join(each.split()) for each in docstring.split("\n\n"))
    return _FIELD.sub(
        lambda found: f"`{spelling.camelize(found[1])}`", "\n\n".join(paragraphs).strip()
    )


def _explain(schema: Schema) -> None:
    """Say what fields mean that do not say it themselves."""
    for name, field in schema["properties"].items():
        if name in _MEANINGS:
            field.setdefault("description", _MEANINGS[name])
