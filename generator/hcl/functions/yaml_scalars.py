"""YAML's scalars: what a plain one means, and what is in quotes or blocks.

Plain scalars are resolved as in go-cty-yaml (resolve.go).
"""

from __future__ import annotations

import re
from typing import Final

from generator.hcl import escapes, numbers
from generator.hcl.signatures import FunctionError
from generator.hcl.values import Value

_TRUE: Final = frozenset(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
_FALSE: Final = frozenset(
    ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]
)
_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DATE = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?P<separator>[Tt ])([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.[0-9]+)?"
    r"(?P<zone>Z|[-+][0-9]{2}:[0-9]{2})?)?"
)
_DOUBLE_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\n[ \t]*)|(.))", re.DOTALL
)
_DOUBLE: Final = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "/": "/",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_FOLD = re.compile(r"[ \t]*\n(?:[ \t]*\n)*[ \t]*")


def resolve(text: str) -> Value:
    """What a plain scalar stands for."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _NOT_FINITE.fullmatch(text):
        msg = f"the number {text} is not supported"
        raise FunctionError(msg)
    if _INTEGER.fullmatch(text) or _FLOAT.fullmatch(text):
        if text.startswith(("0x", "0o")):
            return int(text, 0)
        number = numbers.parse(text)
        if number is None:
            msg = f'cannot parse "{text}" as number'
            raise FunctionError(msg)
        return number
    return _timestamp(text) or escapes.normalize(text)


def _timestamp(text: str) -> str | None:
    """A date, perhaps with a time, in RFC 3339."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day, separator, hour, minute, second, zone = match.groups()
    if (separator in ("T", "t") and zone is None) or (separator == " " and zone is not None):
        return None
    parts = [int(part or 0) for part in (month, day, hour, minute, second)]
    limits = ((1, 12), (1, 31), (0, 23), (0, 59), (0, 59))
    if any(not low <= part <= high for part, (low, high) in zip(parts, limits, strict=True)):
        return None
    date = f"{year}-{parts[0]:02}-{parts[1]:02}"
    return f"{date}T{parts[2]:02}:{parts[3]:02}:{parts[4]:02}{zone or 'Z'}"


def fold(text: str) -> str:
    """Line ends in a flow scalar: one is a space, each further one a line end."""

    def folded(match: re.Match[str]) -> str:
        return "\n" * (match[0].count("\n") - 1) or " "

    return _FOLD.sub(folded, text)


def read_single_quoted(inner: str) -> str:
    return escapes.normalize(fold(inner.replace("''", "'")))


def read_double_quoted(inner: str) -> str:
    pieces: list[str] = []
    end = 0
    for match in _DOUBLE_ESCAPE.finditer(inner):
        pieces += (fold(inner[end : match.start()]), _unescape(match))
        end = match.end()
    return escapes.normalize("".join(pieces) + fold(inner[end:]))


def _unescape(match: re.Match[str]) -> str:
    short, middle, long, line_end, simple = match.groups()
    if line_end is not None:
        return ""
    if simple is not None:
        if simple not in _DOUBLE:
            msg = "found unknown escape character"
            raise FunctionError(msg)
        return _DOUBLE[simple]
    code = int(short or middle or long, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        msg = "found invalid Unicode character escape code"
        raise FunctionError(msg)
    return chr(code)


def read_block(style: str, chomping: str, lines: list[str]) -> str:
    """A literal or folded block's lines, without their indentation."""
    content = len(lines)
    while content and not lines[content - 1]:
        content -= 1
    trailing = len(lines) - content
    text = "\n".join(lines[:content]) if style == "|" else _fold_block(lines[:content])
    if chomping == "+":
        return escapes.normalize(text + "\n" * (trailing + (1 if content else 0)))
    return escapes.normalize(text + ("\n" if content and chomping != "-" else ""))


def _fold_block(lines: list[str]) -> str:
    """Lines joined by spaces, but not where a line is indented further."""
    result = ""
    breaks = 0
    before = ""
    for index, line in enumerate(lines):
        if not line:
            breaks += 1
            continue
        if index:
            indented = line[0] in " \t" or before[:1] in (" ", "\t")
            if not before:
                result += "\n" * breaks
            elif indented:
                result += "\n" * (breaks + 1)
            else:
                result += "\n" * breaks or " "
        result += line
        before, breaks = line, 0
    return result
