"""Regular expressions compiled when they are first used: a command uses few of those it imports."""

from __future__ import annotations

import re
import typing


def later(text: typing.AnyStr, flags: re.RegexFlag | int = 0) -> re.Pattern[typing.AnyStr]:
    """What ``re.compile`` gives, as soon as something of it is asked for."""
    return _Later(text, flags)  # type: ignore[return-value]


class _Later:
    """Stands for a pattern, and has its methods from the first time that each is used."""

    def __init__(self, text: str | bytes, flags: re.RegexFlag | int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        found: object = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)
        return found
