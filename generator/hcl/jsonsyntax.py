"""JSON text to a tree whose nodes know their place, as hcl/v2/json/parser.go.

Job files and their variables may be JSON; the library's own reader tells no positions.
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias

from generator import records
from generator.hcl import nodes

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[-+.0-9A-Za-z]+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_TEXT = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_KEYWORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_DEEPEST = 100


@records.record
class Scalar:
    """A number, as it is written, or ``true``, ``false``, ``null``."""

    value: bool | None
    number: str | None
    start: int
    end: int


@records.record
class Text:
    value: str
    start: int
    end: int


@records.record
class Array:
    items: tuple[Value, ...]
    start: int
    end: int


@records.record
class Member:
    name: Text
    value: Value


@records.record
class Object:
    members: tuple[Member, ...]
    start: int
    end: int


Value: TypeAlias = Scalar | Text | Array | Object


def is_json(text: str) -> bool:
    """Whether Nomad would read the text as JSON (jobspec2/parse.go, isJSON)."""
    return text.lstrip(" ").startswith("{")


def read_json(source: nodes.Source) -> Value:
    """The one value that the text is."""
    reader = _Reader(source)
    value = reader.read_value(0)
    reader.skip_space()
    if reader.at < len(source.text):
        raise source.error(
            reader.at, "Extraneous data after value", "Extra characters follow the JSON value."
        )
    return value


class _Reader:
    """Reads one text from left to right."""

    __slots__ = ("at", "source")

    def __init__(self, source: nodes.Source) -> None:
        self.source = source
        self.at = 0

    def skip_space(self) -> None:
        space = _SPACE.match(self.source.text, self.at)
        self.at = space.end() if space else self.at

    def read_value(self, depth: int) -> Value:
        self.skip_space()
        if depth > _DEEPEST:
            raise self.source.error(
                self.at, "Nested too deeply", f"JSON may be nested {_DEEPEST} levels deep."
            )
        match self.source.text[self.at : self.at + 1]:
            case "{":
                return self._read_object(depth)
            case "[":
                return self._read_array(depth)
            case '"':
                return self._read_text()
            case _:
                return self._read_scalar()

    def _read_text(self) -> Text:
        found = _TEXT.match(self.source.text, self.at)
        if found is None:
            raise self.source.error(
                self.at, "Invalid JSON string", "This string is not closed, or not valid."
            )
        try:
            value = json.loads(found[0])
        except ValueError as cause:
            raise self.source.error(
                self.at, "Invalid JSON string", f"This string is not valid: {cause}."
            ) from None
        self.at = found.end()
        return Text(value, found.start(), found.end())

    def _read_scalar(self) -> Scalar:
        found = _SCALAR.match(self.source.text, self.at)
        if found is None:
            raise self.source.error(self.at, "Missing JSON value", "A JSON value must start here.")
        if found[0] in _KEYWORDS:
            value, number = _KEYWORDS[found[0]], None
        elif _NUMBER.fullmatch(found[0]):
            value, number = None, found[0]
        else:
            detail = f'"{found[0]}" is not a valid JSON value.'
            raise self.source.error(self.at, "Invalid JSON value", detail)
        self.at = found.end()
        return Scalar(value, number, found.start(), found.end())

    def _read_array(self, depth: int) -> Array:
        start = self.at
        items: list[Value] = []
        while self._next_item("]", first=not items):
            items.append(self.read_value(depth + 1))
        return Array(tuple(items), start, self.at)

    def _read_object(self, depth: int) -> Object:
        start = self.at
        members: list[Member] = []
        while self._next_item("}", first=not members):
            if self.source.text[self.at : self.at + 1] != '"':
                raise self.source.error(
                    self.at, "Invalid object key", "A JSON object's keys must be strings."
                )
            name = self._read_text()
            self.skip_space()
            if self.source.text[self.at : self.at + 1] != ":":
                raise self.source.error(
                    self.at, "Missing object value", "A JSON object key needs a colon and a value."
                )
            self.at += 1
            members.append(Member(name, self.read_value(depth + 1)))
        return Object(tuple(members), start, self.at)

    def _next_item(self, closer: str, *, first: bool) -> bool:
        """Go to the next item of a list or object; False when the closer comes instead."""
        text = self.source.text
        if first:
            self.at += 1  # the opening bracket
        self.skip_space()
        following = text[self.at : self.at + 1]
        if following == closer:
            self.at += 1
            return False
        if first:
            return True
        if following != ",":
            detail = f'A comma or "{closer}" must follow this item.'
            raise self.source.error(self.at, "Missing item separator", detail)
        comma = self.at
        self.at += 1
        self.skip_space()
        if text[self.at : self.at + 1] == closer:
            self.at = comma
            raise self.source.error(
                self.at, "Trailing comma", "JSON does not permit a trailing comma here."
            )
        return True
