"""The fields of a request, put together from a file and from what stands on the command line. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

_WRAPPERS = ("jobConfig", "job_config")
# What begins like JSON has to be JSON; anything else may be a text without quotes.
_JSON_BEGINS = ("{", "[", '"')


class FieldsError(ValueError):
    """What was given is no request; the message says what is wrong with it."""


def read_file(text: str) -> dict[str, Any]:
    """Read a request from JSON or YAML, with or without the wrapper ``jobConfig``.

    Raises:
        FieldsError: it is neither, or no mapping, or has what JSON has not.
    """
    try:
        content = yaml.safe_load(text)
        json.dumps(content, allow_nan=False)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        msg = f"neither JSON nor YAML that could be JSON: {error}"
        raise FieldsError(msg) from error
    if isinstance(content, dict) and len(content) == 1:
        (name, inner), *_ = content.items()
        content = inner if name in _WRAPPERS else content
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        msg = "not a mapping of fields such as repoURL: https://…"
        raise FieldsError(msg)
    return content


def read_setting(text: str) -> tuple[list[str], Any]:
    """Read ``field=JSON`` or ``field.part=JSON``; what is no JSON is a text.

    Raises:
        FieldsError: there is no name, or what begins like JSON is none.
    """
    name, separator, value = text.partition("=")
    path = name.strip().split(".")
    if not separator or not all(path):
        msg = f"{text!r} is not FIELD=VALUE, such as gpuCount=1 or buildResources.memory=2048"
        raise FieldsError(msg)
    try:
        return path, json.loads(value, parse_constant=_refuse_constant)
    except ValueError as error:
        if value.lstrip().startswith(_JSON_BEGINS):
            msg = f"the value of {name} begins like JSON and is none: {error}"
            raise FieldsError(msg) from error
        return path, value


def _refuse_constant(name: str) -> None:
    msg = f"{name} is no JSON"
    raise ValueError(msg)


def read_pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    """Read ``NAME=VALUE`` for each.

    Raises:
        FieldsError: one has no name or no ``=``.
    """
    pairs = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not name or not separator:
            msg = f"{option} {text!r} is not NAME=VALUE"
            raise FieldsError(msg)
        pairs[name] = value
    return pairs


def override(request: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with what was given instead of what it has, however its fields are spelt."""
    names = {_plain(name) for name in given}
    kept = {name: value for name, value in request.items() if _plain(name) not in names}
    return kept | dict(given)


def omit_empty(request: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return a request without those of some fields, however they are spelt, that are null or an empty text."""
    plain = {_plain(name) for name in names}
    return {
        name: value
        for name, value in request.items()
        if _plain(name) not in plain or value not in (None, "")
    }


def set_part(request: Mapping[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    """Return a request with a field, or a part of one, set.

    Raises:
        FieldsError: on the way to the part stands something that has no parts.
    """
    first, *rest = path
    found = next((name for name in request if _plain(name) == _plain(first)), first)
    if not rest:
        return {**request, found: value}
    inner = request.get(found, {})
    if not isinstance(inner, dict):
        msg = f"{found} has no parts: it is {json.dumps(inner)[:80]}"
        raise FieldsError(msg)
    # Below a field names may be a user's own, as in buildArgs: they are taken as they stand.
    return {**request, found: _set_inner(inner, rest, value)}


def _set_inner(inner: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {**inner, first: value}
    below = inner.get(first, {})
    if not isinstance(below, dict):
        msg = f"{first} has no parts: it is {json.dumps(below)[:80]}"
        raise FieldsError(msg)
    return {**inner, first: _set_inner(below, rest, value)}


def find(request: Mapping[str, Any], name: str) -> Any:
    """Return a field however it is spelt, None if it is not there."""
    return next((value for key, value in request.items() if _plain(key) == _plain(name)), None)


def _plain(name: str) -> str:
    """Return what ``repo_url``, ``repoURL`` and ``repoUrl`` have in common."""
    return name.replace("_", "").lower()
