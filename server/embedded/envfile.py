"""The text of a template with ``env = true`` -> the variables in it (hashicorp/go-envparse v0.1.0).

Lines of ``KEY=value``; in double quotes JSON's escapes count, in single quotes nothing does, and what is in no quotes
ends at ``#`` and loses the space around it.
"""

from __future__ import annotations

import re

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_./]*")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "r": "\r", "n": "\n", "t": "\t"}
_CODE = re.compile(r"[0-9A-Fa-f]{4}")
_LOW_SURROGATE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_LONGEST_LINE = 64 * 1024
"""What bufio.Scanner takes at most."""


def parse(text: str) -> dict[str, str]:
    """Read all variables; ValueError in the words of Nomad where a line is none."""
    defined: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line.encode("utf-8", "surrogateescape")) >= _LONGEST_LINE:
            msg = f"error on line {number - 1}: bufio.Scanner: token too long"
            raise ValueError(msg)
        try:
            key, value = _parse_line(line.strip())
        except ValueError as error:
            msg = f"error on line {number}: {error}"
            raise ValueError(msg) from error
        if key:
            defined[key] = value
    return defined


def _parse_line(line: str) -> tuple[str, str]:
    if not line or line.startswith("#"):
        return "", ""
    key, separator, value = line.partition("=")
    if not separator:
        msg = "missing ="
        raise ValueError(msg)
    key = key.strip()
    if len(key) > len("export "):
        key = key.removeprefix("export ")
    if not key:
        msg = "empty key"
        raise ValueError(msg)
    if _KEY.fullmatch(key) is None:
        msg = f"key characters must be [A-Za-z0-9/_.] but found {key!r}"
        raise ValueError(msg)
    return key, _Value(value.strip()).read()


class _Value:
    """One value while it is read, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._read: list[str] = []
        self._significant = 0

    def read(self) -> str:
        """Take the quotes off and the escapes for what they mean."""
        control = next((each for each in self._text if each < " "), None)
        if control is not None:
            msg = f"0x{ord(control):02x} is an invalid value character"
            raise ValueError(msg)
        while (character := self._take()) is not None:
            match character:
                case '"':
                    self._read_double()
                case "'":
                    self._read_single()
                case "#":
                    return "".join(self._read[: self._significant])
                case _:
                    self._add(character, counts=character not in " \t")
        return "".join(self._read)

    def _take(self) -> str | None:
        if self._place == len(self._text):
            return None
        self._place += 1
        return self._text[self._place - 1]

    def _add(self, character: str, *, counts: bool = True) -> None:
        self._read.append(character)
        if counts:
            self._significant = len(self._read)

    def _read_single(self) -> None:
        while (character := self._take()) != "'":
            if character is None:
                msg = "unmatched '"
                raise ValueError(msg)
            self._add(character)

    def _read_double(self) -> None:
        while (character := self._take()) != '"':
            if character is None:
                msg = 'unmatched "'
                raise ValueError(msg)
            self._add(self._read_escape() if character == "\\" else character)

    def _read_escape(self) -> str:
        character = self._take()
        if character is None:
            msg = "incomplete escape sequence"
            raise ValueError(msg)
        if character == "u":
            return self._read_code()
        if character not in _ESCAPES:
            msg = f'invalid escape sequence: "{character}"'
            raise ValueError(msg)
        return _ESCAPES[character]

    def _read_code(self) -> str:
        found = _CODE.match(self._text, self._place)
        if found is None:
            msg = "incomplete hex sequence"
            raise ValueError(msg)
        self._place = found.end()
        code = int(found[0], 16)
        if not 0xD800 <= code <= 0xDFFF:
            return chr(code)
        other = _LOW_SURROGATE.match(self._text, self._place)
        if other is None:
            msg = "incomplete Unicode surrogate pair"
            raise ValueError(msg)
        self._place = other.end()
        pair = code.to_bytes(2, "big") + int(other[1], 16).to_bytes(2, "big")
        return pair.decode("utf-16-be", "replace")[:1]
