"""JSON text to a tree whose nodes know their place, as hcl/v2/json/parser.go.

Job files and their variables may be JSON; the library's own reader tells no positions.
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias

from generator import records
from generator.errors import HclError
from generator.hcl import nodes, spelling

_SPACE = re.compile(r"[ \t\r\n]*")
_DIGITS = re.compile(r"[-+.0-9eE]+")
_WORD = re.compile(r"[A-Za-z_]+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_TEXT = re.compile(r'"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*')
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_KEYWORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_JAVASCRIPT = ("undefined", "NaN", "Infinity")
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
    """The one value that the text is; errors are worded as in hcl/v2/json/parser.go."""
    reader = _Reader(source)
    value = reader.read_value(0)
    if reader.peek():
        detail = "Extra characters appear after the JSON value."
        raise source.error(reader.at, "Extraneous data after value", detail)
    return value


Mistake: TypeAlias = tuple[str, str]

_TOO_DEEP: Mistake = ("Nested too deeply", f"JSON may be nested {_DEEPEST} levels deep.")
_STARTS = "A JSON value must start with a brace, a bracket, a number, a string, or a keyword."
_NO_VALUE: Mistake = ("Invalid start of value", _STARTS)
_NO_VALUES: dict[str, Mistake] = {
    "}": ("Missing JSON value", _STARTS),
    "]": ("Missing array element value", _STARTS),
    "": ("Missing value", "The JSON data ends prematurely."),
}
_BAD_NUMBER: Mistake = (
    "Invalid JSON number",
    "There is a syntax error in the given JSON number.",
)

# What may come wrong after an item of a list, a property of an object, and a property's name.
_IN_ARRAY: dict[str, Mistake] = {
    ":": ("Invalid array value", "A colon is not used to introduce values in a JSON array."),
    "}": ("Mismatched brackets", "A JSON array must be closed with a bracket, not a brace."),
    "": ("Unclosed array", "No closing bracket was found for this JSON array."),
    ",": (
        "Trailing comma in array",
        "JSON does not permit a trailing comma after the final value in an array.",
    ),
}
_NO_COMMA_IN_ARRAY: Mistake = (
    "Missing separator comma",
    "A comma must appear between each value in an array.",
)
_IN_OBJECT: dict[str, Mistake] = {
    "]": ("Mismatched braces", "A JSON object must be closed with a brace, not a bracket."),
    "": ("Unclosed object", "No closing brace was found for this JSON object."),
    ",": (
        "Trailing comma in object",
        "JSON does not permit a trailing comma after the final property in an object.",
    ),
}
_NO_COMMA_IN_OBJECT: Mistake = (
    "Missing separator comma",
    "A comma must appear between each property definition in an object.",
)
_NO_NAME: Mistake = (
    "Invalid object property name",
    "A JSON object property name must be a string.",
)
_VALUE_NEEDED: Mistake = (
    "Missing object value",
    "A JSON object attribute must have a value, introduced by a colon.",
)
_NO_COLONS: dict[str, Mistake] = {
    "}": _VALUE_NEEDED,
    ",": _VALUE_NEEDED,
    "=": (
        "Missing property value colon",
        "JSON uses a colon as its name/value delimiter, not an equals sign.",
    ),
}
_NO_COLON: Mistake = (
    "Missing property value colon",
    "A colon must appear between an object property's name and its value.",
)


class _Reader:
    """Reads one text from left to right."""

    __slots__ = ("at", "source")

    def __init__(self, source: nodes.Source) -> None:
        self.source = source
        self.at = 0

    def peek(self) -> str:
        """The next character that is no space; nothing where the text ends."""
        space = _SPACE.match(self.source.text, self.at)
        self.at = space.end() if space else self.at
        return self.source.text[self.at : self.at + 1]

    def read_value(self, depth: int) -> Value:
        following = self.peek()
        if depth > _DEEPEST:
            raise self._error(_TOO_DEEP)
        match following:
            case "{":
                return self._read_object(depth)
            case "[":
                return self._read_array(depth)
            case '"':
                return self._read_text()
            case _ if following and following in "-+.0123456789":
                return self._read_number()
            case _ if following.isascii() and following.isalpha():
                return self._read_keyword()
            case _:
                raise self._error(_NO_VALUES.get(following, _NO_VALUE))

    def _read_text(self) -> Text:
        text = self.source.text
        found = _TEXT.match(text, self.at)
        assert found
        start, end = found.span()
        if text[end : end + 1] != '"':
            reason = "no closing quote" if end == len(text) else "a line end or control character"
            raise self._bad_text(end, reason)
        try:
            value = json.loads(text[start : end + 1])
        except json.JSONDecodeError as error:
            raise self._bad_text(start + error.pos, error.msg.lower()) from None
        self.at = end + 1
        # Half of a pair of UTF-16 stands for no character: encoding/json puts this in its place.
        return Text(_LONE_SURROGATE.sub("\ufffd", value), start, self.at)

    def _bad_text(self, place: int, reason: str) -> HclError:
        detail = f"There is a syntax error in the given JSON string: {reason}."
        return self.source.error(place, "Invalid JSON string", detail)

    def _read_number(self) -> Scalar:
        found = _DIGITS.match(self.source.text, self.at)
        assert found
        if not _NUMBER.fullmatch(found[0]):
            raise self._error(_BAD_NUMBER)
        self.at = found.end()
        return Scalar(None, found[0], found.start(), found.end())

    def _read_keyword(self) -> Scalar:
        found = _WORD.match(self.source.text, self.at)
        assert found
        word = found[0]
        if word not in _KEYWORDS:
            detail = f'"{word}" is not a valid JSON keyword.{spelling.suggest(word, _KEYWORDS)}'
            if word in _JAVASCRIPT:
                detail = f'The JavaScript identifier "{word}" cannot be used in JSON.'
            raise self._error(("Invalid JSON keyword", detail))
        self.at = found.end()
        return Scalar(_KEYWORDS[word], None, found.start(), found.end())

    def _read_array(self, depth: int) -> Array:
        start = self.at
        items: list[Value] = []
        self.at += 1
        more = self.peek() != "]"
        while more:
            items.append(self.read_value(depth + 1))
            more = self._skip_comma("]", start, _IN_ARRAY, _NO_COMMA_IN_ARRAY)
        self.at += 1
        return Array(tuple(items), start, self.at)

    def _read_object(self, depth: int) -> Object:
        start = self.at
        members: list[Member] = []
        self.at += 1
        more = self.peek() != "}"
        while more:
            members.append(self._read_member(depth))
            more = self._skip_comma("}", start, _IN_OBJECT, _NO_COMMA_IN_OBJECT)
        self.at += 1
        return Object(tuple(members), start, self.at)

    def _read_member(self, depth: int) -> Member:
        name = self.read_value(depth + 1)
        if not isinstance(name, Text):
            raise self.source.error(name.start, *_NO_NAME)
        following = self.peek()
        if following != ":":
            raise self._error(_NO_COLONS.get(following, _NO_COLON))
        self.at += 1
        return Member(name, self.read_value(depth + 1))

    def _skip_comma(
        self, closer: str, start: int, mistakes: dict[str, Mistake], otherwise: Mistake
    ) -> bool:
        """Go to the next item of a list or object; False when the closer comes instead."""
        following = self.peek()
        if following == closer:
            return False
        if following != ",":
            place = self.at if following else start
            raise self.source.error(place, *mistakes.get(following, otherwise))
        comma = self.at
        self.at += 1
        if self.peek() == closer:
            raise self.source.error(comma, *mistakes[","])
        return True

    def _error(self, mistake: Mistake) -> HclError:
        return self.source.error(self.at, *mistake)
