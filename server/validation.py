"""From untyped arguments to a checked model, and from pydantic's errors to sentences for the caller."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

import pydantic

from server.errors import InvalidRequest

_Model = TypeVar("_Model", bound=pydantic.BaseModel)

# What a caller sends may be large; what it is told has to stay readable.
_PROBLEM_LIMIT = 10
_NAME_LIMIT = 80


def validate(model: type[_Model], arguments: Any, *, name: str = "the request") -> _Model:
    """Check arguments against a model.

    Raises:
        InvalidRequest: with one sentence for each thing that is wrong.
    """
    if not isinstance(arguments, dict):
        raise InvalidRequest((f"{name} must be a JSON object",))
    try:
        return model.model_validate(arguments)
    except pydantic.ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        problems = tuple(_describe(problem, model) for problem in found[:_PROBLEM_LIMIT])
        if len(found) > _PROBLEM_LIMIT:
            problems += (f"and {len(found) - _PROBLEM_LIMIT} more problems",)
        raise InvalidRequest(problems) from error


def _describe(problem: Mapping[str, Any], model: type[pydantic.BaseModel]) -> str:
    """Say what is wrong with one field, naming it as the caller did."""
    name = _printable(".".join(str(part) for part in problem["loc"]))
    text = str(problem["msg"]).removeprefix("Value error, ")
    match problem["type"]:
        case "missing":
            return f"{name} is missing"
        case "extra_forbidden":
            known = [field.alias or key for key, field in model.model_fields.items()]
            near = difflib.get_close_matches(name, [*known, *model.model_fields], 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            return f"{name} is unknown: {hint}"
        case "value_error":
            return f"{name} {text}" if name else text
        case _:
            sentence = f"{text[:1].lower()}{text[1:]}"
            return f"{name}: {sentence}" if name else sentence


def _printable(name: str) -> str:
    """Return a name as it can be shown: cut, and without what has no encoding."""
    shown = name if len(name) <= _NAME_LIMIT else f"{name[:_NAME_LIMIT]}…"
    return shown.encode("utf-8", "backslashreplace").decode()
