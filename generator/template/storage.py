"""Compiled templates on disk: bytecode, and sites as plain values."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping

from generator import diskcache, plainform
from generator.template import sites

Calls: typing.TypeAlias = tuple[tuple[str, str], ...]
Stored: typing.TypeAlias = tuple[
    types.CodeType, tuple[sites.Outline, ...], Mapping[int, sites.Site], Calls
]

_FORM = plainform.PlainForm(
    (
        sites.Place,
        sites.Argument,
        sites.Call,
        sites.Lookup,
        sites.Failure,
        sites.Entries,
        sites.Invocation,
        sites.Outline,
    )
)


def read(cache: diskcache.DiskCache, key: tuple[object, ...]) -> Stored | None:
    """What was stored of a text, None if nothing was, or by another version of anything."""
    found = cache.read(key)
    if found is None:
        return None
    code, outlines, places, calls = found
    return code, _FORM.build(outlines), _Sites(places), calls


class _Sites(dict[int, sites.Site]):
    """Sites by number, each built when it is first come to: few are in one run of a template."""

    def __init__(self, plain: tuple[typing.Any, ...]) -> None:
        super().__init__()
        self._plain = plain

    def __missing__(self, number: int) -> sites.Site:
        self[number] = site = _FORM.build(self._plain[number])
        assert isinstance(site, sites.Site)
        return site


def write(
    cache: diskcache.DiskCache,
    key: tuple[object, ...],
    code: types.CodeType,
    outlines: tuple[sites.Outline, ...],
    found: tuple[sites.Site, ...],
    calls: Calls,
) -> None:
    """Store what was compiled of a text."""
    cache.write(key, (code, _FORM.flatten(outlines), tuple(map(_FORM.flatten, found)), calls))
