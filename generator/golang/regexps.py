r"""Go's regular expressions, by RE2, the engine that Go's package regexp was made after.

Like Go's it takes time in proportion to the text, whatever the pattern: Python's ``re`` backtracks,
and needs hours for ``(a+)+$``. What the two know apart (``\C``, group names) is settled here, and a
pattern is refused in Go's words. Offsets count characters; a byte that is not UTF-8 is one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NoReturn

from generator import limits
from generator.golang import quoting

if TYPE_CHECKING:
    import re2

# A pattern's program and what is remembered of its matches; Go has no limit but the pattern's own.
_MAX_MEMORY = 4 * 2**20
_REFERENCE = re.compile(r"\$(?:(?P<dollar>\$)|(?P<bare>\w+)|\{(?P<braced>\w+)\})", re.ASCII)
_SPECIAL = re.compile(
    r"\\Q.*?(?:\\E|\Z)|(?P<escape>\\.)|\[\^?\]?(?:\[:\^?\w+:\]|\[(?!:\^?\w+:\])|\\.|[^\[\]\\])*\]"
    r"|\(\?P?<(?P<name>[^>]*)>",
    re.DOTALL,
)

# RE2's words for what Go says otherwise.
_REASONS = {
    "bad repetition operator": "invalid nested repetition operator",
    "invalid named capture group": "invalid named capture",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "invalid repetition size": "invalid repeat count",
    "missing )": "missing closing )",
    "missing ]": "missing closing ]",
    "no argument for repetition operator": "missing argument to repetition operator",
    "trailing \\": "trailing backslash at end of expression",
}


class PatternError(ValueError):
    """A pattern that Go's regexp does not take, in its words."""


class NotSupportedError(PatternError):
    """A pattern that Go's regexp takes and this does not."""


class Match:
    """Where a pattern was found: ``match[0]`` is the whole, numbers and names are its groups."""

    __slots__ = ("_data", "_found", "_start", "_text")

    def __init__(self, text: str, data: bytes, start: int, found: re2._Match) -> None:
        self._text = text
        self._data = data
        self._start = start
        self._found = found

    def start(self) -> int:
        return self._start

    def end(self) -> int:
        return self._place(self._found.end())

    def __getitem__(self, group: int | str) -> str:
        """A group's text, empty where it took no part; IndexError where there is no such group."""
        if isinstance(group, str):
            group = self._found.re.groupindex.get(group, -1)
        start, end = self._found.span(group)
        return self._text[self._place(start) : self._place(end)] if start >= 0 else ""

    def _place(self, offset: int) -> int:
        return self._start + _count(self._data, self._found.start(), offset)


class Pattern:
    """A compiled pattern."""

    __slots__ = ("_compiled", "_weight")

    def __init__(self, compiled: re2._Regexp) -> None:
        self._compiled = compiled
        self._weight = compiled.programsize

    def search(self, text: str) -> Match | None:
        return next(self._matches(text), None)

    def find_all(self, text: str) -> Iterator[Match]:
        """All matches, without empty ones that touch the match before: those Go leaves out."""
        end = -1
        for match in self._matches(text):
            if not match.start() == match.end() == end:
                yield match
            end = match.end()

    def _matches(self, text: str) -> Iterator[Match]:
        limits.spend(1 + (len(text) * self._weight >> 10))
        # What is not UTF-8 matches as U+FFFD does, as in Go.
        data = quoting.replace_invalid(text).encode()
        offset = place = 0
        for found in self._compiled.finditer(data):
            limits.spend(4)
            start = found.start()
            if start < len(data) and data[start] & 0xC0 == 0x80:
                continue  # RE2 finds nothing inside of a character, as in \B
            place += _count(data, offset, start)
            offset = start
            yield Match(text, data, place, found)


def _count(data: bytes, start: int, end: int) -> int:
    """The characters between two offsets."""
    return len(data[start:end].decode())


@functools.lru_cache(maxsize=32)
def compile_pattern(pattern: str) -> Pattern:
    """``regexp.Compile``."""
    import re2

    if quoting.replace_invalid(pattern) != pattern:
        _refuse("invalid UTF-8", pattern)
    re2.purge()  # Its own cache would keep 128 patterns.
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        _explain(error.args[0].decode("utf-8", "replace"), pattern)
    _check(pattern)
    return Pattern(compiled)


def _refuse(reason: str, part: str) -> NoReturn:
    msg = f"error parsing regexp: {reason}: `{part}`"
    raise PatternError(msg)


def _explain(complaint: str, pattern: str) -> NoReturn:
    """Refuse a pattern for what RE2 says of it."""
    if complaint.startswith("pattern too large"):
        msg = f"the regular expression is too large for this generator: {pattern:.60}"
        raise NotSupportedError(msg)
    reason, _, part = complaint.partition(": ")
    _refuse(_REASONS.get(reason, reason), "" if reason == "trailing \\" else part)


def _check(pattern: str) -> None:
    """Refuse what RE2 takes and Go does not."""
    names: set[str] = set()
    for found in _SPECIAL.finditer(pattern):
        if found["escape"] == r"\C":
            _refuse("invalid escape sequence", r"\C")
        name = found["name"]
        if name is not None:
            if not name.isascii():
                _refuse("invalid named capture", found[0])
            if name in names:
                _refuse("duplicate capture group name", name)
            names.add(name)


def find_all(pattern: str, text: str) -> Iterator[Match]:
    return compile_pattern(pattern).find_all(text)


def replace_all(pattern: str, text: str, template: str) -> str:
    """``Regexp.ReplaceAllString``: ``$1`` and ``${name}`` stand for groups, ``$$`` for a dollar."""

    def expand(match: Match) -> str:
        def reference(mark: re.Match[str]) -> str:
            return "$" if mark["dollar"] else _group(match, mark["bare"] or mark["braced"])

        return _REFERENCE.sub(reference, template)

    return replace_by(pattern, text, expand)


def replace_by(pattern: str, text: str, replacement: Callable[[Match], str]) -> str:
    """``Regexp.ReplaceAllStringFunc``."""
    made: list[str] = []
    position = size = 0
    for match in find_all(pattern, text):
        made += [text[position : match.start()], replacement(match)]
        size += len(made[-1])
        limits.check_text(size)
        position = match.end()
    return "".join(made) + text[position:]


def _group(match: Match, name: str) -> str:
    try:
        return match[int(name) if name.isdecimal() and len(name) < 9 else name]
    except IndexError:
        return ""
