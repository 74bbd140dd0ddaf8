"""Compiled templates on disk: bytecode, and sites as plain values."""

from __future__ import annotations

import types
from typing import Any, TypeAlias

from generator import diskcache, records
from generator.template import sites

Calls: TypeAlias = tuple[tuple[str, str], ...]
Stored: TypeAlias = tuple[types.CodeType, tuple[sites.Outline, ...], tuple[sites.Site, ...], Calls]

_CLASSES: tuple[type, ...] = (
    sites.Place,
    sites.Argument,
    sites.Call,
    sites.Lookup,
    sites.Failure,
    sites.Entries,
    sites.Invocation,
    sites.Outline,
)
_NUMBERS = {made: number for number, made in enumerate(_CLASSES)}
_TUPLE = -1


def read(cache: diskcache.DiskCache, key: tuple[object, ...]) -> Stored | None:
    """What was stored of a text, None if nothing was, or by another version of anything."""
    found = cache.read(key)
    if found is None:
        return None
    code, outlines, places, calls = found
    return code, _build(outlines), _build(places), calls


def write(
    cache: diskcache.DiskCache,
    key: tuple[object, ...],
    code: types.CodeType,
    outlines: tuple[sites.Outline, ...],
    found: tuple[sites.Site, ...],
    calls: Calls,
) -> None:
    """Store what was compiled of a text."""
    cache.write(key, (code, _flatten(outlines), _flatten(found), calls))


def _flatten(value: Any) -> Any:
    """Records as tuples that begin with the number of their class."""
    number = _NUMBERS.get(type(value))
    if number is not None:
        return (number, *(_flatten(getattr(value, name)) for name in records.fields(value)))
    if isinstance(value, tuple):
        return (_TUPLE, *map(_flatten, value))
    return value


def _build(value: Any) -> Any:
    if type(value) is not tuple:
        return value
    number, *rest = value
    parts = map(_build, rest)
    if number == _TUPLE:
        return tuple(parts)
    made = _CLASSES[number]
    return made(**dict(zip(records.fields(made), parts, strict=True)))
