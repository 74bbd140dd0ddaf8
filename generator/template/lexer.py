"""A Go template's text cut into tokens, as text/template/parse/lex.go does it.

All tokens are made at once. An error is a token too, the last one: the parser may find a mistake
of its own before it gets there, and then that one is reported.
"""

from __future__ import annotations

import enum
import functools
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from generator.golang import letters, quoting

_SPACES = " \t\r\n"
_SPACE_SET = frozenset(_SPACES)


class Kind(enum.Enum):
    """What a token is; keywords have their own word as value."""

    ERROR = "error"
    EOF = "end of file"
    TEXT = "text"
    LEFT = "left delimiter"
    RIGHT = "right delimiter"
    SPACE = "space"
    ASSIGN = "="
    DECLARE = ":="
    PIPE = "|"
    OPEN = "("
    CLOSE = ")"
    CHARACTER = "character"
    BOOL = "bool"
    RUNE = "character constant"
    NUMBER = "number"
    COMPLEX = "complex"
    STRING = "string"
    RAW = "raw string"
    FIELD = "field"
    IDENTIFIER = "identifier"
    VARIABLE = "variable"
    DOT = "."
    BLOCK = "block"
    BREAK = "break"
    CONTINUE = "continue"
    DEFINE = "define"
    ELSE = "else"
    END = "end"
    IF = "if"
    NIL = "nil"
    RANGE = "range"
    TEMPLATE = "template"
    WITH = "with"


KEYWORDS = {
    kind.value: kind
    for kind in (
        Kind.BLOCK, Kind.BREAK, Kind.CONTINUE, Kind.DEFINE, Kind.ELSE, Kind.END,
        Kind.IF, Kind.NIL, Kind.RANGE, Kind.TEMPLATE, Kind.WITH,
    )
}  # fmt: skip


class Token(NamedTuple):
    kind: Kind
    value: str
    offset: int

    def __str__(self) -> str:
        """The token as Go's messages name it."""
        if self.kind is Kind.EOF:
            return "EOF"
        if self.kind is Kind.ERROR:
            return self.value
        if self.value in KEYWORDS or self.kind is Kind.DOT:
            return f"<{self.value}>"
        if len(self.value) > 10:
            return f"{quoting.quote(self.value[:10])}..."
        return quoting.quote(self.value)


_DECIMAL = r"[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?"
_NUMBER = (
    r"[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?"
    rf"|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|{_DECIMAL})i?"
)
_SECOND_NUMBER = re.compile(rf"(?=[+-]){_NUMBER}")
_GROUPS = {
    "space": Kind.SPACE,
    "string": Kind.STRING,
    "raw": Kind.RAW,
    "rune": Kind.RUNE,
    "declare": Kind.DECLARE,
}
_SINGLES = {"=": Kind.ASSIGN, "|": Kind.PIPE, "(": Kind.OPEN, ")": Kind.CLOSE}
_UNTERMINATED = {
    '"': "unterminated quoted string",
    "`": "unterminated raw quoted string",
    "'": "unterminated character constant",
}


@functools.cache
def _pattern(right: str) -> re.Pattern[str]:
    """What can stand inside an action that ends with ``right``; the group tells the kind."""
    end = re.escape(right)
    return re.compile(
        rf"(?P<right>(?:[{_SPACES}]-)?{end})"
        # The space of a trim marker belongs to the delimiter.
        rf"|(?P<space>[{_SPACES}]+(?=[{_SPACES}]-{end})|[{_SPACES}]+)"
        r"|(?P<string>\"[^\"\\\n]*(?:\\[^\n][^\"\\\n]*)*\")"
        r"|(?P<raw>`[^`]*`)"
        r"|(?P<rune>'[^'\\\n]*(?:\\[^\n][^'\\\n]*)*')"
        r"|(?P<declare>:=)|(?P<single>[=|()])"
        rf"|(?P<number>(?=[0-9+-]|\.[0-9]|\.\Z){_NUMBER})"
        r"|(?P<name>[.$]?\w*)"
    )


def tokenize(text: str, left: str, right: str, most: int | None = None) -> list[Token]:
    """The tokens of a template, the last one of kind EOF or ERROR unless there are more."""
    return list(itertools.islice(_tokens(text, left, right), most))


def _tokens(text: str, left: str, right: str) -> Iterator[Token]:
    position = 0
    while True:
        start = text.find(left, position)
        if start < 0:
            if position < len(text):
                yield Token(Kind.TEXT, text[position:], position)
            yield Token(Kind.EOF, "", len(text))
            return
        inside = start + len(left)
        trims = text[inside : inside + 1] == "-" and text[inside + 1 : inside + 2] in _SPACE_SET
        before = text[position:start]
        if trims:
            before = before.rstrip(_SPACES)
        if before:
            yield Token(Kind.TEXT, before, position)
        begin = inside + 2 if trims else inside
        if text.startswith("/*", begin):
            position, message = _comment_end(text, begin, right)
            if message:
                yield Token(Kind.ERROR, message, begin)
                return
            continue
        yield Token(Kind.LEFT, left, start)
        for token in _action(text, begin, right):
            yield token
            position = token.offset
            if token.kind is Kind.ERROR:
                return
        position = _after_right(text, position, right)


def _comment_end(text: str, begin: int, right: str) -> tuple[int, str]:
    """Where the text goes on after a comment, or what is wrong with it."""
    end = text.find("*/", begin + 2)
    if end < 0:
        return begin, "unclosed comment"
    end += 2
    trimmed = text[end : end + 1] in _SPACE_SET and text.startswith(f"-{right}", end + 1)
    if not trimmed and not text.startswith(right, end):
        return begin, "comment ends before closing delimiter"
    return _after_right(text, end, right), ""


def _after_right(text: str, offset: int, right: str) -> int:
    """Where the text goes on after the right delimiter at ``offset``, trim marker included."""
    if text.startswith(right, offset):
        return offset + len(right)
    offset += 2 + len(right)
    while text[offset : offset + 1] in _SPACE_SET:
        offset += 1
    return offset


def _action(text: str, position: int, right: str) -> Iterator[Token]:
    """The tokens of one action up to its right delimiter, or to an error."""
    match_at = _pattern(right).match
    depth = 0
    while True:
        match = match_at(text, position)
        assert match is not None  # The last alternative takes the empty string.
        if match.lastgroup == "right":
            unclosed = Token(Kind.ERROR, "unclosed left paren", position)
            yield unclosed if depth else Token(Kind.RIGHT, right, position)
            return
        token = _token(text, match, right)
        if token.kind is Kind.OPEN:
            depth += 1
        elif token.kind is Kind.CLOSE:
            depth -= 1
            if depth < 0:
                token = Token(Kind.ERROR, "unexpected right paren", position)
        yield token
        if token.kind is Kind.ERROR:
            return
        position += len(token.value)


def _token(text: str, match: re.Match[str], right: str) -> Token:
    group = match.lastgroup or ""
    known = _GROUPS.get(group)
    if known is not None:
        return Token(known, match[0], match.start())
    if group == "single":
        return Token(_SINGLES[match[0]], match[0], match.start())
    if group == "number":
        return _number(text, match)
    return _name(text, match, right) if match[0] else _other(text, match.start())


def _name(text: str, match: re.Match[str], right: str) -> Token:
    """An identifier, keyword, field or variable: each must be followed by a terminator."""
    value, offset = match[0], match.start()
    end = match.end()
    for index, character in enumerate(value):
        # \w takes more numerals than Go's letters and digits.
        if not (character.isalpha() or character.isdecimal() or character in "_.$"):
            end = offset + index
            break
    following = text[end : end + 1]
    if following and following not in " \t\r\n.,|:)(" and not text.startswith(right, end):
        return Token(Kind.ERROR, f"bad character {_described(following)}", offset)
    if value[0] == ".":
        return Token(Kind.FIELD if len(value) > 1 else Kind.DOT, value, offset)
    if value[0] == "$":
        return Token(Kind.VARIABLE, value, offset)
    if value in ("true", "false"):
        return Token(Kind.BOOL, value, offset)
    return Token(KEYWORDS.get(value, Kind.IDENTIFIER), value, offset)


def _number(text: str, match: re.Match[str]) -> Token:
    value, offset = match[0], match.start()
    kind = Kind.NUMBER
    after = text[match.end() : match.end() + 1]
    if after in ("+", "-"):
        # Only the two halves of a complex constant stand together without space.
        second = _SECOND_NUMBER.match(text, match.end())
        value += second[0] if second else ""
        after = text[offset + len(value) : offset + len(value) + 1]
        kind = Kind.COMPLEX
    if _is_alphanumeric(after):
        value += after
    if _is_alphanumeric(after) or (kind is Kind.COMPLEX and value[-1] != "i"):
        return Token(Kind.ERROR, f"bad number syntax: {quoting.quote(value)}", offset)
    return Token(kind, value, offset)


def _other(text: str, position: int) -> Token:
    """A single character that begins nothing else."""
    character = text[position : position + 1]
    if not character:
        return Token(Kind.ERROR, "unclosed action", position)
    if character in _UNTERMINATED:
        return Token(Kind.ERROR, _UNTERMINATED[character], position)
    if character == ":":
        return Token(Kind.ERROR, "expected :=", position)
    if " " <= character <= "~":
        return Token(Kind.CHARACTER, character, position)
    message = f"unrecognized character in action: {_described(character)}"
    return Token(Kind.ERROR, message, position)


def _is_alphanumeric(character: str) -> bool:
    return character == "_" or character.isalpha() or character.isdecimal()


def _described(character: str) -> str:
    """A character as Go's ``%#U`` shows it."""
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        code = 0xFFFD
    shown = f" '{chr(code)}'" if letters.is_printable(chr(code)) else ""
    return f"U+{code:04X}{shown}"
