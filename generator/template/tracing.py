"""Where in which template each character of a rendered text comes from.

A traced template is compiled from a marked tree: before each text and before each action's output
stands a mark that names the template and the offset in it. The marks come out with the text, in
which no function ever sees them but ``tpl`` (whose result is cleaned at once), and ``read`` takes
them out again. Within a text every character is traced; all that an action printed leads to it.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping
from typing import assert_never

from generator import errors, records
from generator.template import nodes, places

# Noncharacters, which Unicode keeps for use inside of a program: no file should hold them.
_OPEN, _BETWEEN, _CLOSE = "\ufdd0", "\ufdd1", "\ufdd2"
_TEXT, _ACTION = "t", "a"
_MARK = re.compile(
    f"{_OPEN}([{_TEXT}{_ACTION}])([0-9]+){_BETWEEN}([^{_OPEN}{_BETWEEN}{_CLOSE}]*){_CLOSE}"
)


def mark(tree: nodes.Tree, origin: str) -> nodes.Tree:
    """The tree with a mark before all that it prints; ``origin`` names the text it was read from."""
    return records.replace(tree, body=_mark_body(tree.body, origin))


def _mark_body(body: nodes.Body, origin: str) -> nodes.Body:
    return tuple(marked for node in body for marked in _mark_statement(node, origin))


def _mark_statement(node: nodes.Statement, origin: str) -> Iterator[nodes.Statement]:
    match node:
        case nodes.Text():
            yield nodes.Text(node.offset, _write(_TEXT, node.offset, origin) + node.text)
        case nodes.Action():
            if not node.pipe.variables:
                yield nodes.Text(node.offset, _write(_ACTION, node.offset, origin))
            yield node
        case nodes.If() | nodes.With() | nodes.Range():
            otherwise = None if node.otherwise is None else _mark_body(node.otherwise, origin)
            yield records.replace(node, body=_mark_body(node.body, origin), otherwise=otherwise)
        case nodes.Invocation() | nodes.Break() | nodes.Continue():
            yield node
        case _:
            assert_never(node)


def _write(kind: str, offset: int, origin: str) -> str:
    return f"{_OPEN}{kind}{offset}{_BETWEEN}{origin}{_CLOSE}"


@records.record
class Origin:
    """A template's name, and an offset in its text."""

    template: str
    offset: int


@records.record(kw_only=True)
class _Segment:
    """A stretch of a rendered text from ``start`` to the next one's."""

    start: int
    origin: Origin
    exact: bool

    def locate(self, offset: int) -> Origin:
        passed = offset - self.start if self.exact else 0
        return Origin(self.origin.template, self.origin.offset + passed)


@records.record
class Trace:
    """A rendered text, and where it comes from."""

    text: str
    segments: tuple[_Segment, ...]

    def origin(self, offset: int) -> Origin | None:
        """Where the character at an offset comes from; None if no template printed anything."""
        found = self._segment(offset)
        return None if found is None else found.locate(offset)

    def without(self, part: str) -> Trace:
        """The same for ``text.replace(part, "")``."""
        ends = [found.end() for found in re.finditer(re.escape(part), self.text)]
        if not ends:
            return self
        inner = [self._cut(end) for end in ends if end < len(self.text)]
        ordered = sorted((*self.segments, *inner), key=lambda segment: segment.start)
        kept = tuple(
            records.replace(segment, start=_shorten(segment.start, ends, len(part)))
            for segment in ordered
        )
        return Trace(self.text.replace(part, ""), kept)

    def _cut(self, offset: int) -> _Segment:
        around = self._segment(offset)
        assert around is not None  # Nothing is printed before the first mark.
        return records.replace(around, start=offset, origin=around.locate(offset))

    def _segment(self, offset: int) -> _Segment | None:
        index = bisect.bisect_right(self.segments, offset, key=lambda segment: segment.start)
        return self.segments[index - 1] if index else None


def _shorten(offset: int, ends: list[int], size: int) -> int:
    """An offset after parts of one size, which end at ``ends``, were taken out before it."""
    before = bisect.bisect_right(ends, offset)
    inside = 0
    if before < len(ends):
        inside = max(0, offset - (ends[before] - size))
    return offset - before * size - inside


def read(marked: str) -> Trace:
    """Take the marks out of what traced templates gave."""
    pieces: list[str] = []
    segments: list[_Segment] = []
    start = size = 0
    for found in _MARK.finditer(marked):
        pieces.append(marked[start : found.start()])
        size += found.start() - start
        start = found.end()
        kind, offset, name = found.groups()
        segments.append(_Segment(start=size, origin=Origin(name, int(offset)), exact=kind == _TEXT))
    pieces.append(marked[start:])
    return Trace("".join(pieces), tuple(segments))


@records.record
class File:
    """A template's file: its path, and the text that offsets lead into."""

    path: str
    text: str


@records.record
class SourceMap:
    """The places in templates that the characters of one rendered text come from."""

    trace: Trace
    files: Mapping[str, File]

    def position(self, offset: int) -> errors.Position | None:
        """The place in a template's file that the character at an offset comes from."""
        origin = self.trace.origin(offset)
        if origin is None:
            return None
        file = self.files[origin.template]
        return places.position(file.text, origin.offset, file.path)
