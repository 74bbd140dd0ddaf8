"""What stands on one line of YAML: scalars, and collections in brackets that may span lines."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from generator.hcl import conversion
from generator.hcl.functions import yaml_scalars
from generator.hcl.signatures import FunctionError
from generator.hcl.values import Value

_GAP = re.compile(r"[ \t]*(?:(?<![^ \t\n])#[^\n]*)?")
_FLOW_GAP = re.compile(r"(?:[ \t\n]|(?<![^ \t\n])#[^\n]*)*")
MARKER: Final = re.compile(r"(?:---|\.\.\.)(?=[ \n]|\Z)", re.MULTILINE)
_SINGLE = re.compile(r"'((?:[^']|'')*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PLAIN = re.compile(r"(?:[^\s:#]|:(?=\S)|(?<=\S)#|[ \t]+(?=[^\s#]))+")
_FLOW_PLAIN = re.compile(
    r"(?:[^\s:#,\[\]{}]|:(?=[^\s,\[\]{}])|(?<=[^\s])#|[ \t]+(?=[^\s#,\[\]{}]))+"
)
_REFUSED: Final = {
    "&": "anchors",
    "*": "aliases",
    "!": "tags",
    "?": "complex keys",
    "%": "directives",
    "@": "characters reserved for later",
    "`": "characters reserved for later",
}


class InlineReader:
    """A reading place in a document."""

    def __init__(self, source: str) -> None:
        self.source = source if source.endswith("\n") else source + "\n"
        self.at = 0

    def fail(self, reason: str) -> NoReturn:
        line = self.source.count("\n", 0, self.at) + 1
        column = self.at - self.source.rfind("\n", 0, self.at)
        msg = f"on line {line}, column {column}: {reason}"
        raise FunctionError(msg) from None

    def column(self) -> int:
        return self.at - (self.source.rfind("\n", 0, self.at) + 1)

    def peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def skip_gap(self) -> None:
        """Spaces and a comment, up to the next thing on the line."""
        match = _GAP.match(self.source, self.at)
        assert match
        self.at = match.end()

    def at_line_end(self) -> bool:
        return self.peek() in ("\n", "")

    def is_dash(self) -> bool:
        return self.peek() == "-" and self.source[self.at + 1 : self.at + 2] in (" ", "\n")

    def skip_inline_spaces(self) -> None:
        while self.peek() in (" ", "\t"):
            self.at += 1

    def is_colon(self) -> bool:
        return self.peek() == ":" and self.source[self.at + 1 : self.at + 2] in (" ", "\n", "\t")

    def key_text(self, key: Value) -> str:
        if key is None:
            self.fail("mapping key cannot be null")
        try:
            return conversion.to_text(key)
        except conversion.ConversionError:
            self.fail("only strings are allowed as mapping keys")

    def read_inline(self, indent: int, *, key: bool) -> Value:
        """A flow collection or scalar; one that is no key may go on on further lines."""
        first = self.peek()
        if first in "[{":
            return self._read_flow()
        if first in "\"'":
            return self._read_quoted(first)
        self._refuse(first)
        match = _PLAIN.match(self.source, self.at)
        if match is None or (first == "-" and self.is_dash()):
            self.fail("found character that cannot start any token")
        self.at += len(match[0].rstrip(" \t"))
        if key:
            return yaml_scalars.resolve(match[0].rstrip(" \t"))
        return yaml_scalars.resolve(match[0] + self._read_continuation(indent))

    def _refuse(self, first: str) -> None:
        if first in _REFUSED and not (
            first == "?" and self.source[self.at + 1 : self.at + 2] not in (" ", "\n")
        ):
            self.fail(f"{_REFUSED[first]} are not supported")

    def _read_continuation(self, indent: int) -> str:
        """The further lines of a plain scalar, folded."""
        result = ""
        while self.at_line_end() and self.peek():
            start = self.at
            self._skip_blank_lines_only()
            breaks = self.source.count("\n", start, self.at)
            match = _PLAIN.match(self.source, self.at)
            ends = self.column() == 0 and MARKER.match(self.source, self.at)
            if match is None or self.column() <= indent or ends:
                self.at = start
                return result
            self.at = match.end()
            self.skip_inline_spaces()
            if self.is_colon():
                self.fail("mapping values are not allowed in this context")
            self.at = match.end()
            result += ("\n" * (breaks - 1) or " ") + match[0]
        return result

    def _skip_blank_lines_only(self) -> None:
        while self.peek() in (" ", "\n"):
            self.at += 1

    def _read_quoted(self, quote: str) -> str:
        match = (_SINGLE if quote == "'" else _DOUBLE).match(self.source, self.at)
        if match is None:
            self.fail("found unexpected end of stream while scanning a quoted scalar")
        self.at = match.end()
        if quote == "'":
            return yaml_scalars.read_single_quoted(match[1])
        return yaml_scalars.read_double_quoted(match[1])

    def _skip_flow_gap(self) -> None:
        match = _FLOW_GAP.match(self.source, self.at)
        assert match
        self.at = match.end()

    def _read_flow(self) -> Value:
        """``[…]`` or ``{…}``."""
        is_map = self.peek() == "{"
        closer = "}" if is_map else "]"
        self.at += 1
        items: list[Value] = []
        pairs: dict[str, Value] = {}
        while True:
            self._skip_flow_gap()
            if self.peek() == closer:
                self.at += 1
                return pairs if is_map else items
            key = self._read_flow_item()
            self._skip_flow_gap()
            if self.peek() == ":":
                self.at += 1
                self._skip_flow_gap()
                value = None if self.peek() in (",", closer) else self._read_flow_item()
                pair: Value = {self.key_text(key): value}
            else:
                pair = {self.key_text(key): None} if is_map else key
            if is_map:
                assert isinstance(pair, dict)
                pairs.update(pair)
            else:
                items.append(pair)
            self._skip_flow_gap()
            if self.peek() == ",":
                self.at += 1
            elif self.peek() != closer:
                self.fail(f"did not find expected ',' or '{closer}'")

    def _read_flow_item(self) -> Value:
        first = self.peek()
        if first and first in "[{":
            return self._read_flow()
        if first and first in "\"'":
            return self._read_quoted(first)
        self._refuse(first)
        match = _FLOW_PLAIN.match(self.source, self.at)
        if match is None:
            self.fail("did not find expected node content")
        words = [match[0]]
        self.at = match.end()
        while True:
            start = self.at
            self._skip_flow_gap()
            match = _FLOW_PLAIN.match(self.source, self.at)
            if match is None or self.source.count("\n", start, self.at) == 0:
                self.at = start
                return yaml_scalars.resolve(" ".join(words))
            words.append(match[0])
            self.at = match.end()
