"""Whether a difference between two jobs is a given value in a word's place, in the form in which it stands there."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from tests.hostile.shapes import Difference

# A name means nothing to HCL, to Nomad and to a shell.
_NAME = re.compile(r"[A-Za-z0-9_.:/@+~,= -]*")
# How a dollar or percent sign stands where Nomad's client evaluates a text: as an expression for itself.
_LITERAL = re.compile(r"""\$\{"([$%])"\}""")


def exchange(text: str, values: Mapping[str, str]) -> str:
    """Replace each word in a text by its value, all at once; of words within words the longest one."""
    pattern = re.compile("|".join(map(re.escape, sorted(values, key=len, reverse=True))))
    return pattern.sub(lambda found: values[found[0]], text)


def is_name(found: Difference, values: Mapping[str, str]) -> bool:
    """Whether nothing but names stand in the place of words."""
    inside = [value for word, value in values.items() if word in found.before]
    return found.after == exchange(found.before, values) and all(map(_NAME.fullmatch, inside))


def is_literal(found: Difference, values: Mapping[str, str]) -> bool:
    """Whether what Nomad's client makes of a text has the values in the place of words.

    HCL puts every text in Unicode's normalization form C, there too.
    """
    if re.search(r"[$%]\{", _LITERAL.sub("", found.after)):
        return False
    evaluated = _LITERAL.sub(lambda literal: literal[1], found.after)
    return evaluated == unicodedata.normalize("NFC", exchange(found.before, values))


def is_argument(found: Difference, values: Mapping[str, str]) -> bool:
    """Whether a decoded argument has values in the place of words: as text, in JSON, or as words in base64."""
    if found.after == exchange(found.before, values):
        return True
    try:
        return bool(_exchange_in(json.loads(found.before), values) == json.loads(found.after))
    except ValueError:
        pass
    try:
        return [exchange(word, values) for word in _words(found.before)] == _words(found.after)
    except (binascii.Error, UnicodeDecodeError):
        return False


def _words(text: str) -> list[str]:
    """The words of lines of base64, and where each line ends."""
    return [
        word
        for line in text.split("\n")
        for word in (
            *(base64.b64decode(each, validate=True).decode() for each in line.split(" ")),
            "\n",
        )
    ]


def _exchange_in(value: Any, values: Mapping[str, str]) -> Any:
    match value:
        case str():
            return exchange(value, values)
        case list():
            return [_exchange_in(each, values) for each in value]
        case dict():
            return {exchange(k, values): _exchange_in(each, values) for k, each in value.items()}
        case _:
            return value
