"""Regular expressions compiled when they are first used: a command uses few of those it imports.

To import ``re`` and to compile the few expressions of a short render takes longer than the render.
So a command that has a disk cache keeps there what they are compiled to, and hands it to the matcher
as ``re`` does in the end. That is CPython's own affair (Lib/re/_compiler.py); what is kept is found
by the same build of it alone, the matcher refuses code that is not sound, and where a Python does it
in another way, ``re`` compiles.
"""

from __future__ import annotations

import re
import sys
import typing

from generator import diskcache

TYPE_CHECKING = False
if TYPE_CHECKING:
    Compiled: typing.TypeAlias = tuple[int, list[int], int, dict[str, int], tuple[str | None, ...]]

_KEY = "patterns"


def later(text: typing.AnyStr, flags: re.RegexFlag | int = 0) -> re.Pattern[typing.AnyStr]:
    """What ``re.compile`` gives, as soon as something of it is asked for."""
    return _Later(text, flags)  # type: ignore[return-value]


def keep(cache: diskcache.DiskCache | None) -> None:
    """From now on, use what a cache has of expressions without flags, and add to it."""
    _Kept.cache = cache if sys.implementation.name == "cpython" else None
    _Kept.compiled = (_Kept.cache and _Kept.cache.read(_KEY)) or {}


class _Kept:
    """What the expressions of this process and of earlier ones are compiled to."""

    cache: diskcache.DiskCache | None = None
    compiled: typing.ClassVar[dict[str | bytes, Compiled]] = {}


class _Later:
    """Stands for a pattern, and has its methods from the first time that each is used."""

    def __init__(self, text: str | bytes, flags: re.RegexFlag | int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        pattern = re.compile(self._text, self._flags) if self._flags else _find(self._text)
        found: object = getattr(pattern, name)
        setattr(self, name, found)
        return found


def _find(text: str | bytes) -> re.Pattern[str] | re.Pattern[bytes]:
    if _Kept.cache is None:
        return re.compile(text)
    try:
        return _find_kept(text, _Kept.cache)
    except (ImportError, AttributeError, TypeError, ValueError, RuntimeError):
        keep(None)
        return re.compile(text)


def _find_kept(
    text: str | bytes, cache: diskcache.DiskCache
) -> re.Pattern[str] | re.Pattern[bytes]:
    if text not in _Kept.compiled:
        _Kept.compiled[text] = _compile(text)
        cache.write(_KEY, _Kept.compiled)
    import _sre  # type: ignore[import-not-found]

    found: re.Pattern[str] | re.Pattern[bytes] = _sre.compile(text, *_Kept.compiled[text])
    return found


def _compile(text: str | bytes) -> Compiled:
    """All that ``re`` hands to the matcher, but for the text."""
    from re import _compiler, _parser  # type: ignore[attr-defined]

    tree = _parser.parse(text)
    groups: int = tree.state.groups
    numbers: dict[str, int] = dict(tree.state.groupdict)
    names = {number: name for name, number in numbers.items()}
    code: list[int] = [int(each) for each in _compiler._code(tree, 0)]
    in_order = tuple(names.get(number) for number in range(groups))
    return int(tree.state.flags), code, groups - 1, numbers, in_order
