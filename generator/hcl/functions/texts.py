"""Functions of strings (go-cty's stdlib/string.go and string_replace.go)."""

from __future__ import annotations

from typing import Final

from generator import limits
from generator.golang import letters, regexps
from generator.hcl import graphemes, numbers, values
from generator.hcl.functions.parameters import TEXT, TEXTS, number, text, text_list, whole
from generator.hcl.signatures import Function, FunctionError, Parameter

_MOST_SPACES: Final = 10_000  # no job needs more; memory would be the limit otherwise


def chomp(given: str) -> str:
    return given.rstrip("\r\n")


def indent(spaces: numbers.Number, given: str) -> str:
    amount = whole(spaces)
    if not 0 <= amount <= _MOST_SPACES:
        msg = f"the number of spaces must be between 0 and {_MOST_SPACES}"
        raise FunctionError(msg)
    margin = "\n" + " " * amount
    limits.check_replacement(given, "\n", margin)
    return given.replace("\n", margin)


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
    limits.check_text(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def split(separator: str, given: str) -> values.TypedList:
    if separator:
        return text_list(given.split(separator))
    return text_list(list(given))


def replace(given: str, old: str, new: str) -> str:
    limits.check_replacement(given, old, new)
    return given.replace(old, new)


def replace_pattern(given: str, pattern: str, new: str) -> str:
    try:
        return regexps.replace_all(pattern, given, new)
    except regexps.PatternError as error:
        raise FunctionError(str(error)) from error


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


FUNCTIONS: Final = {
    "chomp": Function(chomp, (TEXT,)),
    "indent": Function(indent, (number("spaces"), TEXT)),
    "join": Function(join, (text("separator"),), Parameter("lists", TEXTS)),
    "lower": Function(letters.lower, (TEXT,)),
    "regex_replace": Function(replace_pattern, (TEXT, text("pattern"), text("replace"))),
    "replace": Function(replace, (TEXT, text("substr"), text("replace"))),
    "reverse": Function(reverse, (TEXT,)),
    "split": Function(split, (text("separator"), TEXT)),
    "strlen": Function(graphemes.count, (TEXT,)),
    "strrev": Function(reverse, (TEXT,)),
    "substr": Function(substring, (TEXT, number("offset"), number("length"))),
    "title": Function(letters.title, (TEXT,)),
    "trim": Function(trim, (TEXT, text("cutset"))),
    "trimprefix": Function(str.removeprefix, (TEXT, text("prefix"))),
    "trimspace": Function(letters.trim_space, (TEXT,)),
    "trimsuffix": Function(str.removesuffix, (TEXT, text("suffix"))),
    "upper": Function(letters.upper, (TEXT,)),
}
