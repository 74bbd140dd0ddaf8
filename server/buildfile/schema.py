"""The JSON Schema of a build file, made from the fields of a request: for editors, and for whoever writes a file.

It knows what a form of text can say. What a value may be in all detail, and whether values fit together, only
``parse`` and ``merge`` know: they refuse more.
"""

from __future__ import annotations

import json
from typing import Any

from server import spelling
from server.buildfile import permissions
from server.request import BuildRequest, patterns

ADDRESS = (
    "https://raw.githubusercontent.com/geraldthewes/nomad-build-service/main/"
    "server/data/nomad-build.schema.json"
)
EXAMPLES: tuple[dict[str, Any], ...] = (
    {"registryURL": "registry.example.com:5000/team"},
    {
        "registryURL": "registry.example.com:5000/team",
        "imageName": "shop",
        "imageTags": ["{git_short_sha}", "latest"],
        "testCommands": ["shop --version", ["/usr/bin/shop", "check"]],
    },
)

_PATH = r"^(?![/-])(?!(?:.*/)?\.\.(?:/|$)).*$"
_REFERENCE = r"^(?:nomad|vault):[^#\s]+#[^#\s]+$"
_SECRET = r"^(?:(?:nomad|vault):)?[^#:\s]+$"


def _whole(pattern: str, *, empty: bool = False) -> dict[str, str]:
    return {"pattern": f"^(?:{pattern})$" if not empty else f"^(?:{pattern})?$"}


# What validators of a request check beyond what pydantic tells of them: by definition ("" for the file itself)
# and field, for the field's value, its items or the names of its entries.
_FORMS: dict[str, dict[str, dict[str, Any]]] = {
    "": {
        "dockerfilePath": {"pattern": _PATH},
        "contextPath": {"pattern": _PATH},
        "registryURL": _whole(patterns.REGISTRY_URL.pattern, empty=True),
        "imageName": _whole(patterns.IMAGE_NAME.pattern, empty=True),
        "target": _whole(patterns.STAGE.pattern, empty=True),
        "platform": _whole(patterns.PLATFORM.pattern, empty=True),
        "cacheTo": _whole(patterns.REPOSITORY.pattern, empty=True),
        "cacheFrom": {"items": _whole(patterns.REPOSITORY.pattern)},
        "testWorkingDirectory": _whole(patterns.FOLDER.pattern, empty=True),
        "buildArgs": {"propertyNames": _whole(patterns.VARIABLE.pattern)},
        "testEnv": {"propertyNames": _whole(patterns.VARIABLE.pattern)},
        "labels": {"propertyNames": _whole(patterns.LABEL.pattern)},
        "buildSecrets": {
            "propertyNames": _whole(patterns.SECRET_ID.pattern),
            "additionalProperties": {"pattern": _REFERENCE},
        },
        "testSecrets": {
            "propertyNames": _whole(patterns.VARIABLE.pattern),
            "additionalProperties": {"pattern": _REFERENCE},
        },
        "buildSshPath": {"pattern": f"{_SECRET}|^$"},
        "registryCredentialsPath": {"pattern": f"{_SECRET}|^$"},
    },
    "Service": {
        "name": _whole(patterns.SERVICE.pattern),
        "image": _whole(patterns.IMAGE.pattern),
        "env": {"propertyNames": _whole(patterns.VARIABLE.pattern)},
    },
    "Destination": {
        "registryURL": _whole(patterns.REGISTRY_URL.pattern),
        "imageName": _whole(patterns.IMAGE_NAME.pattern, empty=True),
        "credentialsPath": {"pattern": f"{_SECRET}|^$"},
    },
}


def make_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12), names in camelCase."""
    made = BuildRequest.model_json_schema(by_alias=True, mode="validation")
    names = [
        BuildRequest.model_fields[name].alias or spelling.camelize(name)
        for name in permissions.FIELDS
    ]
    properties = {name: made["properties"][name] for name in names}
    definitions = made["$defs"]
    for definition, fields in _FORMS.items():
        known = properties if not definition else definitions[definition]["properties"]
        for name, form in fields.items():
            known[name] = _with(known[name], form)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ADDRESS,
        "title": "Build file of the Nomad Build Service",
        "description": "What to build from a repository, how to test it and where to publish it: .nomad-build.yaml. "
        "A request may give the same fields, and wins.",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _plain(each) for name, each in properties.items()},
        "$defs": {name: _plain(each) for name, each in sorted(definitions.items())},
        "examples": list(EXAMPLES),
    }


def render_schema() -> str:
    """Return the schema as the text that is published."""
    return json.dumps(make_schema(), indent=2, ensure_ascii=False) + "\n"


def _with(schema: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with another's words, also within."""
    both = dict(schema)
    for word, value in form.items():
        inner = schema.get(word)
        both[word] = (
            _with(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
        )
    return both


def _plain(schema: Any) -> Any:
    """Leave out what only repeats a field's name, and descriptions that say nothing."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for word, value in schema.items():
        if word == "properties":
            kept[word] = {name: _plain(each) for name, each in value.items()}
        elif not (word == "title" and isinstance(value, str)) and not (
            word == "description" and not value
        ):
            kept[word] = value if word == "default" else _plain(value)
    return kept
