"""``yamlencode``: values as YAML, as go-cty-yaml writes them with libyaml's emitter.

Strings and keys are in double quotes, folded at 80 columns; strings of several lines are literal
blocks where YAML allows it.
"""

from __future__ import annotations

import re
from typing import Final

from generator.hcl import numbers
from generator.hcl.signatures import Function, Parameter
from generator.hcl.values import Value

_WIDTH: Final = 80
_STEP: Final = 2
_LONGEST_KEY: Final = 128  # bytes of a key that goes on one line with its value

# Characters that libyaml does not take for printable, and those that end lines.
_SPECIAL = re.compile(
    r"[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]|[\u2028\u2029]", re.DOTALL
)
_NO_BLOCK = re.compile(r" \n| \Z")
_ESCAPES: Final = {
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
    "\x1b": "\\e",
    '"': '\\"',
    "\\": "\\\\",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
}


def encode(value: Value) -> str:
    """A document; a plain value alone gets the end mark that tells where it ends."""
    text = "".join(_lines(value, indent=-_STEP, column=0))
    if value is None or isinstance(value, bool | int | float):
        return f"{text}\n...\n"
    return text if text.endswith("\n") else f"{text}\n"


def _lines(value: Value, *, indent: int, column: int) -> list[str]:
    """The text of a value that starts at a column, in a collection with an indentation."""
    match value:
        case None:
            return ["null"]
        case bool():
            return ["true" if value else "false"]
        case int() | float():
            return [numbers.render(value)]
        case str():
            return [_text(value, indent=indent, column=column, fold=True)]
        case list():
            return _sequence(value, indent + _STEP) if value else ["[]"]
        case dict():
            return _mapping(value, indent + _STEP) if value else ["{}"]


def _sequence(items: list[Value], indent: int) -> list[str]:
    lines: list[str] = []
    for index, item in enumerate(items):
        lines.append((" " * indent if index else "") + "- ")
        lines += _lines(item, indent=indent, column=indent + _STEP)
        _end_line(lines)
    return lines


def _mapping(items: dict[str, Value], indent: int) -> list[str]:
    lines: list[str] = []
    for index, name in enumerate(sorted(items)):
        lines.append(" " * indent if index else "")
        if len(name.encode()) <= _LONGEST_KEY and "\n" not in name:
            lines += _simple_pair(name, items[name], indent)
        else:
            lines += ("? ", _text(name, indent=indent, column=indent + _STEP, fold=True))
            _end_line(lines)
            lines.append(f"{' ' * indent}: ")
            lines += _lines(items[name], indent=indent, column=indent + _STEP)
        _end_line(lines)
    return lines


def _simple_pair(name: str, value: Value, indent: int) -> list[str]:
    key = _text(name, indent=indent, column=indent, fold=False)
    if isinstance(value, list) and value:  # a list is not indented below its key
        return [f"{key}:\n{' ' * indent}", *_sequence(value, indent)]
    if isinstance(value, dict) and value:
        return [f"{key}:\n{' ' * (indent + _STEP)}", *_mapping(value, indent + _STEP)]
    return [f"{key}: ", *_lines(value, indent=indent, column=indent + len(key) + 2)]


def _end_line(lines: list[str]) -> None:
    if not lines[-1].endswith("\n"):
        lines.append("\n")


def _text(value: str, *, indent: int, column: int, fold: bool) -> str:
    inner = max(indent, -_STEP) + _STEP if indent >= 0 else _STEP
    if "\n" in value and fold and not _SPECIAL.search(value) and not _NO_BLOCK.search(value):
        return _literal(value, inner)
    return _quoted(value, inner, column, fold=fold)


def _literal(value: str, indent: int) -> str:
    hint = str(_STEP) if value[0] in " \n" else ""
    if not value.endswith("\n"):
        hint += "-"
    elif value == "\n" or value.endswith("\n\n"):
        hint += "+"
    body = "\n".join(f"{' ' * indent}{line}" if line else "" for line in value.split("\n"))
    return f"|{hint}\n{body}"


def _quoted(value: str, indent: int, column: int, *, fold: bool) -> str:
    result = ['"']
    column += 1
    after_space = False
    for index, character in enumerate(value):
        if character == " ":
            inside = 0 < index < len(value) - 1
            if fold and not after_space and column > _WIDTH and inside:
                result.append("\n" + " " * indent)
                column = indent
                if value[index + 1] == " ":
                    result.append("\\")
                    column += 1
            else:
                result.append(" ")
                column += 1
            after_space = True
            continue
        written = _escape(character)
        result.append(written)
        column += len(written)
        after_space = False
    return "".join(result) + '"'


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if not _SPECIAL.match(character):
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


FUNCTIONS: Final = {"yamlencode": Function(encode, (Parameter("value", nullable=True),))}
