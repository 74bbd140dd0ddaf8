"""What a string token says: escapes resolved, in Unicode's normal form C as go-cty has all strings."""

from __future__ import annotations

import json
import re
import unicodedata

from generator import patterns
from generator.errors import HclError
from generator.hcl import nodes, scanner

_QUOTED = patterns.later(r"(?s)\\u([0-9a-fA-F]{0,4})|\\U([0-9a-fA-F]{0,8})|\\([^uU])|([$%])\4\{")
_PLAIN = patterns.later(r"([$%])\1\{")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def resolve(token: scanner.Token, source: nodes.Source) -> str:
    """The text that a token of a string or heredoc stands for (parser.go, ParseStringLiteralToken)."""
    text = token.text
    if token.kind is scanner.PLAIN_TEXT:
        return _PLAIN.sub(r"\1{", text) if "{" in text else text
    if "\\" not in text and "{" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        short, long, simple, sign = match.groups()
        if sign:
            return f"{sign}{{"
        if simple:
            if simple in _SIMPLE:
                return _SIMPLE[simple]
            detail = (
                f"The symbol {json.dumps(simple, ensure_ascii=False)} is not a valid escape "
                "sequence selector."
            )
            raise _invalid(source, token, match, detail)
        if short is not None and len(short) != 4:
            detail = "The \\u escape sequence must be followed by four hexadecimal digits."
            raise _invalid(source, token, match, detail)
        if long is not None and len(long) != 8:
            detail = "The \\U escape sequence must be followed by eight hexadecimal digits."
            raise _invalid(source, token, match, detail)
        number = int(short or long, 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            detail = f"Cannot encode character U+{number:04x} in UTF-8."
            raise _invalid(source, token, match, detail)
        return chr(number)

    return _QUOTED.sub(replace, text)


def normalize(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _invalid(
    source: nodes.Source, token: scanner.Token, match: re.Match[str], detail: str
) -> HclError:
    return source.error(token.start + match.start(), "Invalid escape sequence", detail)
