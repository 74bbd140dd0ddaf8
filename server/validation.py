"""From untyped arguments to a checked model, and from pydantic's errors to sentences for the caller."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import pydantic
import pydantic.fields

from server import spelling
from server.errors import InvalidRequest

_Model = TypeVar("_Model", bound=pydantic.BaseModel)

# What a caller sends may be large; what it is told has to stay readable.
_PROBLEM_LIMIT = 10
_NAME_LIMIT = 80
_UNKNOWN = "is unknown"


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
        # What is not shown is not looked at either: each search for a name that is near takes its time.
        shown = found[:_PROBLEM_LIMIT]
        problems = tuple(_describe(problem, model) for problem in shown)
        if any(
            each["type"] == "extra_forbidden"
            and len(each["loc"]) == 1
            and _describe_unknown(each["loc"], model) == _UNKNOWN
            for each in shown
        ):
            known = ", ".join(field.alias or key for key, field in model.model_fields.items())
            problems += (f"known are {known}",)
        if len(found) > _PROBLEM_LIMIT:
            problems += (f"and {len(found) - _PROBLEM_LIMIT} more problems",)
        raise InvalidRequest(problems) from error


def read_number(number: float) -> float | int:
    """Return a number of JSON, which has but one kind of them: 85.0 is a whole one."""
    return int(number) if number.is_integer() else number


def read_numbers(value: Any) -> Any:
    """Return what JSON says with all numbers in it read so, where whoever has read it took 85.0 for a fraction."""
    if isinstance(value, float):
        return read_number(value)
    if isinstance(value, dict):
        return {name: read_numbers(each) for name, each in value.items()}
    return [read_numbers(each) for each in value] if isinstance(value, list) else value


def _describe_type(kind: str) -> str | None:
    """Return what a value should be, in the words of JSON and not of Python, for one of pydantic's types of errors."""
    match kind:
        case "tuple_type" | "list_type":
            return 'should be a list, as ["…"]'
        case "dict_type" | "model_type" | "model_attributes_type" | "dataclass_type":
            return 'should be an object, as {"NAME": …}'
        case _:
            return None


def describe_error(problem: Mapping[str, Any]) -> str:
    """Return the sentence of one of pydantic's errors, without the field's name; ours are told as they were written."""
    text = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return text
    return _describe_type(problem["type"]) or f"{text[:1].lower()}{text[1:]}"


def _describe(problem: Mapping[str, Any], model: type[pydantic.BaseModel]) -> str:
    """Say what is wrong with one field, naming it as the caller did."""
    name = printable(".".join(str(part) for part in problem["loc"]))
    sentence = describe_error(problem)
    match problem["type"]:
        case "missing":
            return f"{name} is missing"
        case "extra_forbidden":
            return f"{name} {_describe_unknown(problem['loc'], model)}"
        case "value_error":
            return f"{name} {sentence}" if name else sentence
        case _:
            return f"{name}: {sentence}" if name else sentence


def _describe_unknown(location: Sequence[str | int], model: type[pydantic.BaseModel]) -> str:
    """Say what is wrong with a field that is not taken: it has no such name, or has it in a second spelling."""
    *path, last = location
    for part in path:
        field = _find_field(model, part) if isinstance(part, str) else None
        model = (field and model_in(field.annotation)) or model
    if _find_field(model, str(last)) is not None:
        return "is there in another spelling, too: give it once"
    spell = str if spelling.is_snake_case(str(last)) else spelling.camelize
    known = {plainly(name): spell(name) for name in model.model_fields}
    near = difflib.get_close_matches(plainly(str(last)), known, 1)
    return f"{_UNKNOWN}: did you mean {known[near[0]]}?" if near else _UNKNOWN


def _find_field(model: type[pydantic.BaseModel], text: str) -> pydantic.fields.FieldInfo | None:
    """Find a field by its name or an alias of it."""
    for name, field in model.model_fields.items():
        choices = field.validation_alias
        aliases = choices.choices if isinstance(choices, pydantic.AliasChoices) else [choices]
        if text in (name, field.alias, *aliases):
            return field
    return None


def plainly(name: str) -> str:
    """Return a field's name in the form in which all of its spellings are alike."""
    return name.replace("_", "").lower()


def model_in(annotation: Any) -> type[pydantic.BaseModel] | None:
    """Return the model that a field's values are of, or the items of its list."""
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return annotation
    found = (model_in(argument) for argument in typing.get_args(annotation))
    return next((model for model in found if model is not None), None)


def printable(name: str) -> str:
    """Return a caller's name of something as it can be shown: cut, and with escapes for what cannot be printed."""
    shown = name if len(name) <= _NAME_LIMIT else f"{name[:_NAME_LIMIT]}…"
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown
    )
