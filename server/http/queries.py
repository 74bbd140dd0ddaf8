"""From an address's query to a tool's arguments, each read as the kind of value that the tool's model has there."""

from __future__ import annotations

import re
import types
import typing
import urllib.parse
from collections.abc import Callable
from typing import Annotated, Any, Union, get_args, get_origin

import pydantic

from server import errors, validation

_FIELD_LIMIT = 100
# More digits than any field takes; what has even more is no number that anybody means.
_INTEGER = re.compile(r"-?[0-9]{1,40}")


def read_arguments(query: bytes, model: type[pydantic.BaseModel]) -> dict[str, Any]:
    """Read a query; names that the model does not know are left for it to refuse.

    Raises:
        InvalidRequest: a value is no number or switch where one is due, or there are two values where one is due.
    """
    known = {
        spelled: _kind(field.annotation)
        for name, field in model.model_fields.items()
        for spelled in (name, field.alias or name)
    }
    arguments: dict[str, Any] = {}
    problems: dict[str, None] = {}
    for name, text in _split(query):
        kind = known.get(name, str)
        try:
            value = _READERS[kind](text)
        except ValueError as error:
            problems[f"{name} {error}"] = None
            continue
        if kind is list:
            arguments.setdefault(name, []).append(value)
        elif name in arguments:
            problems[f"{validation.printable(name)} is there twice: give it once"] = None
        else:
            arguments[name] = value
    if problems:
        raise errors.InvalidRequest(tuple(problems))
    return arguments


def _split(query: bytes) -> list[tuple[str, str]]:
    try:
        return urllib.parse.parse_qsl(
            query.decode(), keep_blank_values=True, errors="strict", max_num_fields=_FIELD_LIMIT
        )
    except UnicodeDecodeError as error:
        problem = "the query is not UTF-8"
        raise errors.InvalidRequest((problem,)) from error
    except ValueError as error:
        problem = f"the query has more than {_FIELD_LIMIT} parameters"
        raise errors.InvalidRequest((problem,)) from error


def _kind(annotation: Any) -> type:
    """Return what a field's values are as far as a query is concerned: int, bool, list or str."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0])
    if origin in (Union, types.UnionType):
        return _kind(next(each for each in arguments if each is not types.NoneType))
    kind = origin or annotation
    if kind in (tuple, frozenset, set):
        return list
    return kind if isinstance(kind, type) and kind in _READERS else str


def _read_integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        msg = "must be a whole number"
        raise ValueError(msg)
    return int(text)


def _read_switch(text: str) -> bool:
    if text not in ("true", "false"):
        msg = "must be true or false"
        raise ValueError(msg)
    return text == "true"


_READERS: typing.Mapping[type, Callable[[str], Any]] = {
    int: _read_integer,
    bool: _read_switch,
    list: str,
    str: str,
}
