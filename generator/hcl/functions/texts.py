"""Functions of strings (go-cty's stdlib/string.go and string_replace.go)."""

from __future__ import annotations

import re
from typing import Final

from generator.hcl import graphemes, numbers, scanner, values
from generator.hcl.functions import patterns
from generator.hcl.functions.parameters import TEXT, TEXTS, number, text, text_list, whole
from generator.hcl.signatures import Function, FunctionError, Parameter

_MOST_SPACES: Final = 10_000  # no job needs more; memory would be the limit otherwise
_LINE_ENDS = re.compile(r"[\r\n]*\Z")


def chomp(given: str) -> str:
    return _LINE_ENDS.sub("", given, count=1)


def indent(spaces: numbers.Number, given: str) -> str:
    amount = whole(spaces)
    if not 0 <= amount <= _MOST_SPACES:
        msg = f"the number of spaces must be between 0 and {_MOST_SPACES}"
        raise FunctionError(msg)
    return given.replace("\n", "\n" + " " * amount)


def lower(given: str) -> str:
    """Each letter on its own, as Go: no letter becomes two."""
    return "".join(character.lower()[0] for character in given)


def upper(given: str) -> str:
    return "".join(_upper(character) for character in given)


def _upper(character: str) -> str:
    changed = character.upper()
    return changed if len(changed) == 1 else character


def title(given: str) -> str:
    """A capital letter where a word begins, the rest as it is (strings.Title)."""
    result: list[str] = []
    before = " "
    for character in given:
        changed = character.title()
        result.append(changed if _separates(before) and len(changed) == 1 else character)
        before = character
    return "".join(result)


def _separates(character: str) -> bool:
    if character.isascii():
        return not (character.isalnum() or character == "_")
    return not character.isalnum() and character in scanner.SPACES


def join(separator: str, *lists: values.TypedList) -> str:
    if not lists:
        msg = "at least one list is required"
        raise FunctionError(msg)
    parts: list[str] = []
    for index, items in enumerate(lists, 1):
        for place, item in enumerate(items):
            if not isinstance(item, str):
                which = f"{place} of list {index}" if len(lists) > 1 else f"{place}"
                msg = f"element {which} is null; cannot concatenate null values"
                raise FunctionError(msg, index)
            parts.append(item)
    return separator.join(parts)


def split(separator: str, given: str) -> values.TypedList:
    if separator:
        return text_list(given.split(separator))
    return text_list(list(given))


def replace(given: str, old: str, new: str) -> str:
    return given.replace(old, new)


def reverse(given: str) -> str:
    return "".join(reversed(graphemes.split(given)))


def substring(given: str, offset: numbers.Number, length: numbers.Number) -> str:
    """Counted in grapheme clusters; a negative offset is from the end, a negative length is all."""
    start, size = whole(offset), whole(length)
    clusters = graphemes.split(given)
    if start < 0:
        start = max(0, start + len(clusters))
        # With a length of zero the original goes on until the end here, and only here.
        size = -1 if size == 0 else size
    return "".join(clusters[start:] if size < 0 else clusters[start : start + size])


def trim(given: str, characters: str) -> str:
    return given.strip(characters) if characters else given


def trim_space(given: str) -> str:
    return given.strip(scanner.SPACES)


FUNCTIONS: Final = {
    "chomp": Function(chomp, (TEXT,)),
    "indent": Function(indent, (number("spaces"), TEXT)),
    "join": Function(join, (text("separator"),), Parameter("lists", TEXTS)),
    "lower": Function(lower, (TEXT,)),
    "regex_replace": Function(patterns.replace, (TEXT, text("pattern"), text("replace"))),
    "replace": Function(replace, (TEXT, text("substr"), text("replace"))),
    "reverse": Function(reverse, (TEXT,)),
    "split": Function(split, (text("separator"), TEXT)),
    "strlen": Function(graphemes.count, (TEXT,)),
    "strrev": Function(reverse, (TEXT,)),
    "substr": Function(substring, (TEXT, number("offset"), number("length"))),
    "title": Function(title, (TEXT,)),
    "trim": Function(trim, (TEXT, text("cutset"))),
    "trimprefix": Function(str.removeprefix, (TEXT, text("prefix"))),
    "trimspace": Function(trim_space, (TEXT,)),
    "trimsuffix": Function(str.removesuffix, (TEXT, text("suffix"))),
    "upper": Function(upper, (TEXT,)),
}
