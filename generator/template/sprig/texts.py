"""sprig's functions for texts: strings.go. Widths and cuts count bytes, as in Go."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping

from generator import limits
from generator.golang import letters, quoting
from generator.template import printing, signatures, values
from generator.template.sprig import casting


def untitle(text: str) -> str:
    before = " "
    changed: list[str] = []
    for character in text:
        changed.append(letters.lower_rune(character) if before in letters.SPACES else character)
        before = character
    return "".join(changed)


def swapcase(text: str) -> str:
    at_start = True
    changed: list[str] = []
    for character in text:
        if character.isupper() or character.istitle():
            changed.append(letters.lower_rune(character))
            at_start = False
        elif character.islower():
            changed.append(
                letters.title_rune(character) if at_start else letters.upper_rune(character)
            )
            at_start = False
        else:
            changed.append(character)
            at_start = character in letters.SPACES
    return "".join(changed)


def repeat(count: int, text: str) -> str:
    if count < 0:
        msg = "strings: negative Repeat count"
        raise signatures.CallError(msg)
    limits.check_text(len(text) * count)
    return text * count


def trim_all(cut: str, text: str) -> str:
    return text.strip(cut) if cut else text


def trim_suffix(suffix: str, text: str) -> str:
    return text.removesuffix(suffix)


def trim_prefix(prefix: str, text: str) -> str:
    return text.removeprefix(prefix)


def nospace(text: str) -> str:
    """Without space; goutils takes bytes for characters as soon as there is space."""
    read = quoting.encode(text).decode("latin-1")
    kept = "".join(character for character in read if character not in letters.SPACES)
    return text if kept == read else kept


def initials(text: str) -> str:
    read = quoting.encode(text).decode("latin-1")
    for space in letters.SPACES:
        read = read.replace(space, " ")
    return "".join(word[0] for word in read.split(" ") if word)


def contains(part: str, text: str) -> bool:
    return part in text


def has_prefix(prefix: str, text: str) -> bool:
    return text.startswith(prefix)


def has_suffix(suffix: str, text: str) -> bool:
    return text.endswith(suffix)


def quote(*items: object) -> str:
    return " ".join(quoting.quote(casting.to_text(each)) for each in items if each is not None)


def squote(*items: object) -> str:
    return " ".join(f"'{printing.sprint(each)}'" for each in items if each is not None)


def cat(*items: object) -> str:
    return " ".join(printing.sprint(each) for each in items if each is not None)


def indent(spaces: int, text: str) -> str:
    margin = repeat(spaces, " ")
    limits.check_text(len(text) + spaces * (1 + text.count("\n")))
    return margin + text.replace("\n", f"\n{margin}")


def nindent(spaces: int, text: str) -> str:
    return f"\n{indent(spaces, text)}"


def replace(old: str, new: str, text: str) -> str:
    limits.check_replacement(text, old, new)
    return text.replace(old, new)


def plural(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


def trunc(length: int, text: str) -> str:
    data = quoting.encode(text)
    if length < 0:
        return quoting.decode(data[length:]) if len(data) + length > 0 else text
    return quoting.decode(data[:length])


def substr(start: int, end: int, text: str) -> str:
    data = quoting.encode(text)
    if start < 0:
        if not 0 <= end <= len(data):
            length = f" with length {len(data)}" if end > 0 else ""
            _fail_out_of_range(f"[:{end}]{length}")
        return quoting.decode(data[:end])
    if end < 0 or end > len(data):
        if start > len(data):
            _fail_out_of_range(f"[{start}:{len(data)}]")
        return quoting.decode(data[start:])
    if start > end:
        _fail_out_of_range(f"[{start}:{end}]")
    return quoting.decode(data[start:end])


def _fail_out_of_range(bounds: str) -> typing.NoReturn:
    msg = f"runtime error: slice bounds out of range {bounds}"
    raise signatures.CallError(msg)


def split(separator: str, text: str) -> object:
    return _numbered(_parts(separator, text, -1))


def splitn(separator: str, count: int, text: str) -> object:
    return _numbered(_parts(separator, text, count))


def split_list(separator: str, text: str) -> object:
    return values.Strings(_parts(separator, text, -1))


def _numbered(parts: list[str]) -> values.StringMap:
    return values.StringMap((f"_{number}", part) for number, part in enumerate(parts))


def _parts(separator: str, text: str, count: int) -> list[str]:
    if count == 0:
        return []
    limits.check_items(text.count(separator) if count < 0 else min(count, len(text)))
    if separator:
        return text.split(separator, count - 1 if count > 0 else -1)
    # Go splits at an empty separator into characters.
    if 0 < count < len(text):
        return [*text[: count - 1], text[count - 1 :]]
    return list(text)


def fail(message: str) -> str:
    raise signatures.CallError(message)


def to_string(value: object) -> str:
    return casting.to_text(value)


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "cat": cat,
    "contains": contains,
    "fail": fail,
    "hasPrefix": has_prefix,
    "hasSuffix": has_suffix,
    "indent": indent,
    "initials": initials,
    "lower": letters.lower,
    "nindent": nindent,
    "nospace": nospace,
    "plural": plural,
    "quote": quote,
    "repeat": repeat,
    "replace": replace,
    "split": split,
    "splitList": split_list,
    "splitn": splitn,
    "squote": squote,
    "substr": substr,
    "swapcase": swapcase,
    "title": letters.title,
    "toString": to_string,
    "trim": letters.trim_space,
    "trimAll": trim_all,
    "trimPrefix": trim_prefix,
    "trimSuffix": trim_suffix,
    "trimall": trim_all,
    "trunc": trunc,
    "untitle": untitle,
    "upper": letters.upper,
}
