"""JSON Schema of what tools take: whole, for whoever checks, and brief, for agents, who pay for every word. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pydantic
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema

_Schema = dict[str, Any]

# What an agent needs to write a call. Limits and patterns it learns of from the refusal that names them.
_KEPT = ("type", "enum", "items", "anyOf", "description", "default")


class _Plain(GenerateJsonSchema):
    """JSON Schema without pydantic's titles: they repeat the names."""

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        plain: JsonSchemaValue = _without_titles(super().generate(schema, mode))
        return plain


def whole(model: type[pydantic.BaseModel], mode: JsonSchemaMode = "validation") -> _Schema:
    """Return the schema of a model with all that is checked by it."""
    return model.model_json_schema(schema_generator=_Plain, mode=mode)


def brief(model: type[pydantic.BaseModel]) -> _Schema:
    """Return a schema that takes whatever the whole one takes, in a third of its size.

    Values that are models are objects whose fields the description lists.
    """
    schema = whole(model)
    definitions = schema.get("$defs", {})
    properties = {name: _shorten(each, definitions) for name, each in schema["properties"].items()}
    _refer_back(properties)
    shortened: _Schema = {"type": "object", "properties": properties}
    if "required" in schema:
        shortened["required"] = schema["required"]
    shortened["additionalProperties"] = False
    return shortened


def _shorten(schema: Mapping[str, Any], definitions: Mapping[str, _Schema]) -> _Schema:
    if "$ref" in schema:
        return _shorten_model(schema, definitions[schema["$ref"].rsplit("/", 1)[1]])
    short = {key: schema[key] for key in _KEPT if key in schema}
    if "anyOf" in short:
        # Null is for those who write every field; leaving it out says the same.
        choices = [each for each in short["anyOf"] if each.get("type") != "null"]
        short["anyOf"] = [_shorten(each, definitions) for each in choices]
        if len(choices) == 1:
            (only,) = short.pop("anyOf")
            short = {**only, **short}
    if "items" in short:
        inner = schema["items"]
        short["items"] = _shorten(inner, definitions)
        if "$ref" in inner:
            listed = short["items"].pop("description")
            short["description"] = f"{short.get('description', '')}. Each: {listed}".lstrip(". ")
    if not short.get("default") or "enum" in short:
        # What is nothing by itself need not be said; of a few words the field's own meaning tells.
        short.pop("default", None)
    return short


def _shorten_model(schema: Mapping[str, Any], definition: Mapping[str, Any]) -> _Schema:
    fields = ", ".join(
        f"{name} ({unit})" if len(unit := each.get("description", "")) in range(1, 8) else name
        for name, each in definition["properties"].items()
    )
    said = schema.get("description")
    return {"type": "object", "description": f"{said}: {fields}" if said else fields}


def _refer_back(properties: Mapping[str, _Schema]) -> None:
    """List the fields of a model once: where it is used again, say where they stand."""
    first: dict[str, str] = {}
    for name, schema in properties.items():
        said, colon, fields = schema.get("description", "").rpartition(": ")
        if schema["type"] != "object" or "," not in fields or not colon:
            continue
        if fields in first:
            schema["description"] = f"{said}: as {first[fields]}"
        first.setdefault(fields, name)


def _without_titles(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: _without_titles(value)
            for key, value in schema.items()
            if key != "title" or not isinstance(value, str)
        }
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    return schema
