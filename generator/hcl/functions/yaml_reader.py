"""``yamldecode``: one YAML document to a value.

Read are block and flow collections and all kinds of scalars. Anchors, aliases, tags, directives and
keys that are no scalars give an error that says so.
"""

from __future__ import annotations

import re
from typing import Final

from generator.hcl.functions import yaml_inline, yaml_scalars
from generator.hcl.functions.parameters import text
from generator.hcl.signatures import Function, FunctionError
from generator.hcl.values import Value

_BLANK = re.compile(r"(?:[ ]*(?:#[^\n]*)?\n)*")
_BLOCK = re.compile(r"([|>])(?:([1-9])([-+]?)|([-+]?)([1-9])?)[ \t]*(?:#[^\n]*)?(?:\n|\Z)")


def decode(source: str) -> Value:
    try:
        return _Reader(source.removeprefix("\ufeff").replace("\r\n", "\n")).read_document()
    except RecursionError:
        msg = "the document is nested too deeply"
        raise FunctionError(msg) from None


class _Reader(yaml_inline.InlineReader):
    """Block structure, which is told by columns."""

    def read_document(self) -> Value:
        self._skip_blank_lines()
        if self.at >= len(self.source):
            self.fail("missing start of document")
        if self.source.startswith("---", self.at) and yaml_inline.MARKER.match(
            self.source, self.at
        ):
            self.at += 3
            self.skip_gap()
        value = self._read_below(-1) if self.at_line_end() else self._read_node(-1)
        self._skip_blank_lines()
        if self.source.startswith("...", self.at) and yaml_inline.MARKER.match(
            self.source, self.at
        ):
            self.at += 3
            self.skip_gap()
            self._skip_blank_lines()
        if self.at < len(self.source):
            self.fail("unexpected extra content after value")
        return value

    def _skip_blank_lines(self) -> None:
        """To the first column of the next line with content, then over its spaces."""
        if self.column() or self.at_line_end():
            self.at = self.source.find("\n", self.at) + 1 or len(self.source)
        match = _BLANK.match(self.source, self.at)
        assert match
        self.at = match.end()
        while self.peek() == " ":
            self.at += 1
        if self.peek() == "\t":
            self.fail("found character that cannot start any token")

    def _next_line(self) -> int:
        """Skip to the next content; its column, or -1 where the document ends."""
        self.skip_gap()
        if not self.at_line_end():
            self.fail("did not find expected line end")
        self._skip_blank_lines()
        if self.at >= len(self.source) or (
            self.column() == 0 and yaml_inline.MARKER.match(self.source, self.at)
        ):
            return -1
        return self.column()

    def _read_below(self, indent: int, *, lists_at: int | None = None) -> Value:
        """The node on the lines below, if they are indented further; else null.

        ``lists_at`` is the column at which a list may start though it is not further.
        """
        start = self.at
        column = self._next_line() if self.peek() else -1
        if column > indent or (column == lists_at and self.is_dash()):
            return self._read_node(indent)
        self.at = start
        return None

    def _read_node(self, indent: int) -> Value:
        """What starts here: a collection in block style, or a scalar or flow collection."""
        if self.is_dash():
            return self._read_list(self.column())
        start = self.at
        match = _BLOCK.match(self.source, self.at)
        if match:
            return self._read_block_scalar(match, indent)
        if self.peek() in ("|", ">"):
            self.fail("did not find expected comment or line break")
        column = self.column()
        self.read_inline(indent, key=True)
        self.skip_inline_spaces()
        is_key = self.is_colon()
        self.at = start
        return self._read_map(column) if is_key else self.read_inline(indent, key=False)

    def _read_list(self, column: int) -> list[Value]:
        items: list[Value] = []
        while True:
            self.at += 1
            self.skip_gap()
            items.append(
                self._read_below(column) if self.at_line_end() else self._read_node(column)
            )
            start = self.at
            if self._next_line() != column or not self.is_dash():
                self.at = start
                return items

    def _read_map(self, column: int) -> dict[str, Value]:
        items: dict[str, Value] = {}
        while True:
            name = self._read_key(column)
            self.at += 1
            self.skip_gap()
            if self.at_line_end():
                items[name] = self._read_below(column, lists_at=column)
            elif self.is_dash():
                self.fail("block sequence entries are not allowed in this context")
            else:
                items[name] = self._read_map_value(column)
            start = self.at
            if self._next_line() != column:
                self.at = start
                return items

    def _read_map_value(self, column: int) -> Value:
        """What stands on the line of its key: anything but a collection in block style."""
        block = _BLOCK.match(self.source, self.at)
        if block:
            return self._read_block_scalar(block, column)
        if self.peek() in ("|", ">"):
            self.fail("did not find expected comment or line break")
        return self.read_inline(column, key=False)

    def _read_key(self, column: int) -> str:
        key = self.read_inline(column, key=True)
        self.skip_inline_spaces()
        if not self.is_colon():
            self.fail("could not find expected ':'")
        return self.key_text(key)

    def _read_block_scalar(self, match: re.Match[str], indent: int) -> Value:
        style, first_indent, first_chomping, chomping, last_indent = match.groups()
        self.at = match.end()
        wanted = first_indent or last_indent
        base = max(indent, 0) + int(wanted) if wanted else None
        lines: list[str] = []
        while self.at < len(self.source):
            end = self.source.find("\n", self.at)
            line = self.source[self.at : end]
            spaces = len(line) - len(line.lstrip(" "))
            if line.strip(" "):
                if base is None and spaces > indent:
                    base = spaces
                if base is None or spaces < base:
                    break
            lines.append(line[base:] if base is not None else "")
            self.at = end + 1
        self.at -= 1  # the line end before what follows, as after any other scalar
        return yaml_scalars.read_block(style, first_chomping or chomping or "", lines)


FUNCTIONS: Final = {"yamldecode": Function(decode, (text("src"),))}
