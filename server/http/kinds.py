"""What kind of value a JSON Schema describes, in words for the API's page."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup, escape

from server.http.schemas import PREFIX

_UNITS = {"string": "characters", "array": "entries", "object": "entries"}
_LIMITS = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_NULL = {"type": "null"}


def show(schema: Any) -> Markup:
    """Show what kind of value it is, with a link to each schema that has a part of its own."""
    if not schema:
        return Markup("anything")
    if "$ref" in schema:
        name = escape(schema["$ref"].removeprefix(PREFIX))
        return Markup('<a href="#schema-{}">{}</a>').format(name, name)
    if "const" in schema:
        return _code(schema["const"])
    if "enum" in schema:
        return Markup(", ").join(map(_code, schema["enum"]))
    choices = [each for each in schema.get("anyOf", schema.get("oneOf", ())) if each != _NULL]
    if choices:
        return Markup(" or ").join(map(show, choices))
    kind = str(schema.get("type", "anything"))
    shown = Markup(escape(schema.get("format", kind)))
    if kind == "array" and "items" in schema:
        shown = Markup("list of {}").format(show(schema["items"]))
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        shown = Markup("map to {}").format(show(schema["additionalProperties"]))
    limits = _show_limits(schema)
    return shown + (
        Markup("<br><small>{} {}</small>").format(limits, _UNITS.get(kind, "")) if limits else ""
    )


def show_default(schema: Any) -> Markup:
    """Show what holds when the field is left out; nothing for what is empty."""
    default = schema.get("default") if schema else None
    if default is None or default in ("", [], {}):
        return Markup()
    return Markup(" <small>Default {}</small>").format(_code(default))


def _show_limits(schema: dict[str, Any]) -> str:
    for lowest, highest in _LIMITS:
        least, most = schema.get(lowest), schema.get(highest)
        if least is not None and most is not None:
            return f"{least} to {most}"
        if most is not None:
            return f"at most {most}"
        if least is not None:
            return f"at least {least}"
    return ""


def _code(value: Any) -> Markup:
    text = value if isinstance(value, str) else json.dumps(value)
    return Markup("<code>{}</code>").format(text)
