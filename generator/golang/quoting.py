r"""Strings as Go writes them: byte strings, held here as str with undecodable bytes escaped.

A Go string is bytes. Ours is a str, in which a byte that is not UTF-8 is a lone surrogate, as
``surrogateescape`` makes them. Quoting follows strconv.Quote and strconv.Unquote.
"""

from __future__ import annotations

import re

from generator import patterns
from generator.golang import letters

_SURROGATES = patterns.later("[\ud800-\udfff]")
_SHORT = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\"}
_PLAIN = patterns.later(r"[ !#-\[\]-~]*")
_ESCAPES = {letter: character for character, letter in _SHORT.items()}
_ESCAPE_TEXT = (
    r"\\(?:(?P<short>[abfnrtv\\'\"])|x(?P<byte>[0-9a-fA-F]{2})|(?P<octal>[0-7]{3})"
    r"|u(?P<four>[0-9a-fA-F]{4})|U(?P<eight>[0-9a-fA-F]{8}))"
)
_ESCAPE = patterns.later(_ESCAPE_TEXT)
# Python 3.11 loses its way in possessive repetitions of groups that capture.
_QUOTED = patterns.later(rf'(?s)[^\\"\n]*(?:{_ESCAPE_TEXT}[^\\"\n]*)*')
_CHARACTER = patterns.later(rf"(?s)(?:[^\\'\n]|{_ESCAPE_TEXT})")


class SyntaxInvalid(ValueError):
    """A literal that Go's strconv does not take."""


def encode(text: str) -> bytes:
    """The bytes of a Go string; a surrogate that stands for no byte becomes U+FFFD as in Go."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udc7f\udd00-\udfff]", "\ufffd", text).encode(
            "utf-8", "surrogateescape"
        )


def decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def replace_invalid(text: str) -> str:
    """The text with U+FFFD for each byte that is not UTF-8, as encoding/json sends it."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def quote(text: str, delimiter: str = '"') -> str:
    """``strconv.Quote``."""
    if delimiter == '"' and _PLAIN.fullmatch(text):
        return f'"{text}"'
    return delimiter + "".join(_escaped(character, delimiter) for character in text) + delimiter


def quote_ascii(text: str) -> str:
    """``strconv.QuoteToASCII``."""
    escaped = (
        character if " " <= character <= "~" and character not in '"\\' else _escaped(character)
        for character in text
    )
    return '"' + "".join(e if e.isascii() else _code_escape(ord(e)) for e in escaped) + '"'


def quote_in_time(text: str) -> str:
    """Package time's own quote: what is no printable ASCII stands as bytes."""
    return '"' + "".join(map(_escaped_in_time, text)) + '"'


def _escaped_in_time(character: str) -> str:
    if " " <= character <= "\x7f":
        return f"\\{character}" if character in '"\\' else character
    return "".join(f"\\x{byte:02x}" for byte in encode(character))


def quote_rune(code: int) -> str:
    """``strconv.QuoteRune``; what is no character becomes the replacement character."""
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or code < 0:
        code = 0xFFFD
    return quote(chr(code), "'")


def _escaped(character: str, delimiter: str = '"') -> str:
    if character == delimiter:
        return f"\\{character}"
    short = _SHORT.get(character)
    if short:
        return f"\\{short}"
    if letters.is_printable(character):
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return _code_escape(code)


def _code_escape(code: int) -> str:
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def unquote(quoted: str) -> str:
    """``strconv.Unquote`` of a string in double quotes or backquotes."""
    if quoted[0] == "`":
        return quoted[1:-1].replace("\r", "")
    inside = quoted[1:-1]
    if "\\" not in inside:
        return inside
    if not _QUOTED.fullmatch(inside) or "\\'" in inside.replace("\\\\", ""):
        msg = "invalid syntax"
        raise SyntaxInvalid(msg)
    # Bytes given one by one (\xe2\x82\xac) may make up a character.
    return decode(encode(_ESCAPE.sub(_unescaped, inside)))


def unquote_character(quoted: str) -> int:
    """The code point of a Go character constant such as ``'a'``."""
    inside = quoted[1:-1]
    if not _CHARACTER.match(inside) or inside == '\\"':
        msg = "invalid syntax"
        raise SyntaxInvalid(msg)
    if not _CHARACTER.fullmatch(inside):
        msg = f"malformed character constant: {quoted}"
        raise SyntaxInvalid(msg)
    code = ord(_ESCAPE.sub(_unescaped, inside))
    return code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code


def _unescaped(match: re.Match[str]) -> str:
    kind = match.lastgroup
    digits = match[kind or 0]
    match kind:
        case "short":
            return _ESCAPES.get(digits, digits)
        case "byte" | "octal":
            value = int(digits, 16 if kind == "byte" else 8)
            if value > 0xFF:
                msg = "invalid syntax"
                raise SyntaxInvalid(msg)
            return chr(value) if value < 0x80 else chr(0xDC00 + value)
        case _:
            value = int(digits, 16)
            if value > 0x10FFFF or 0xD800 <= value <= 0xDFFF:
                msg = "invalid syntax"
                raise SyntaxInvalid(msg)
            return chr(value)
