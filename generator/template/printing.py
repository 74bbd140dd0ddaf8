"""Values as Go's fmt prints them: ``Sprint``, ``Sprintln``, ``Sprintf``, and what an action prints."""

from __future__ import annotations

import re
from collections.abc import Sequence

from generator import limits, patterns, records
from generator.golang import quoting
from generator.template import values, verbs

NO_VALUE = "<no value>"


def print_value(value: object) -> str:
    """What an action prints of its value; nil is no value, as in text/template's printValue."""
    if isinstance(value, list | dict | bytes):
        limits.spend_on(value)
    return NO_VALUE if value is None else format_value(value, "v", verbs.PLAIN)


def sprint(*operands: object) -> str:
    """``fmt.Sprint``: a space stands between two operands when neither is a string."""
    parts: list[str] = []
    size = 0
    for index, operand in enumerate(operands):
        text_between = isinstance(operand, str) or isinstance(operands[index - 1], str)
        if index and not text_between:
            parts.append(" ")
        parts.append(format_value(operand, "v", verbs.PLAIN))
        size += len(parts[-1])
        limits.check_text(size)
    return "".join(parts)


def sprintln(*operands: object) -> str:
    limits.check_text(sum(len(each) for each in operands if isinstance(each, str)))
    return " ".join(format_value(each, "v", verbs.PLAIN) for each in operands) + "\n"


def format_value(value: object, verb: str, flags: verbs.Flags) -> str:
    """A value under a verb; a verb that does not fit it gives ``%!verb(type=value)``."""
    if verb == "T":
        if value is None or isinstance(value, values.NilInterface):
            return verbs.pad("<nil>", flags)
        return verbs.format_string(values.type_name(value), "s", flags) or ""
    if verb == "p":
        return _bad_verb(value, verb, flags)
    formatted = _formatted(value, verb, flags)
    return _bad_verb(value, verb, flags) if formatted is None else formatted


def _formatted(value: object, verb: str, flags: verbs.Flags) -> str | None:
    """A value under a verb, None if the verb does not fit."""
    match value:
        case str():
            return verbs.format_string(value, verb, flags)
        case None | values.NilInterface():
            return verbs.pad("<nil>", flags) if verb == "v" else None
        case bool():
            return verbs.format_bool(value, verb, flags)
        case values.Named() if verb in "vsqxX" and not flags.go_syntax:
            return verbs.format_string(str(value), verb, flags)
        case int():
            return _integer(value, verb, flags)
        case float():
            return verbs.format_float(value, verb, flags)
        case complex():
            return _complex(value, verb, flags)
        case bytes() if verb in "sqxX":
            return _bytes(value, verb, flags)
        case bytes():
            return _list([values.Uint8(each) for each in value], verb, flags, "[]byte")
        case list() if verb != "w":
            return _list(value, verb, flags, values.type_name(value))
        case dict() if verb != "w":
            return _map(value, verb, flags)
        case _:
            return _named(value, verb, flags)


def _named(value: object, verb: str, flags: verbs.Flags) -> str | None:
    """What has a method that says how it is written."""
    match value:
        case verbs.Formatter():
            return value.format(verb, flags)
        case values.Textual() if flags.go_syntax and verb == "v":
            return value.as_go()
        case _:
            return verbs.format_string(str(value), verb, flags)


def _integer(value: int, verb: str, flags: verbs.Flags) -> str | None:
    if isinstance(value, values.Unsigned) and flags.go_syntax and verb == "v":
        return verbs.format_integer(value, "x", records.replace(flags, sharp=True)) or ""
    return verbs.format_integer(value, verb, flags)


def _bad_verb(value: object, verb: str, flags: verbs.Flags) -> str:
    if value is None or isinstance(value, values.NilInterface):
        return f"%!{verb}(<nil>)"
    return f"%!{verb}({values.type_name(value)}={format_value(_raw(value), 'v', flags)})"


def _raw(value: object) -> object:
    """A value without the methods by which it or its elements would name themselves."""
    match value:
        case values.Named():
            return int(value)
        case list():
            return type(value)(map(_raw, value))
        case dict() if not isinstance(value, values.Struct):
            return type(value)({key: _raw(each) for key, each in value.items()})
        case _:
            return value


def _complex(value: complex, verb: str, flags: verbs.Flags) -> str | None:
    real = verbs.format_float(value.real, verb, flags)
    imaginary = verbs.format_float(value.imag, verb, records.replace(flags, plus=True))
    return None if real is None else f"({real}{imaginary}i)"


def _bytes(value: bytes, verb: str, flags: verbs.Flags) -> str | None:
    if verb in "xX":
        return verbs.format_bytes(value, verb, flags)
    return verbs.format_string(quoting.decode(value), verb, flags)


def _list(value: Sequence[object], verb: str, flags: verbs.Flags, name: str) -> str:
    formatted = [_element(each, verb, flags) for each in value]
    if flags.go_syntax and verb == "v" and isinstance(value, values.NilList | values.NilStrings):
        return f"{name}(nil)"
    if flags.go_syntax and verb == "v":
        return f"{name}{{{', '.join(formatted)}}}"
    return f"[{' '.join(formatted)}]"


def _element(value: object, verb: str, flags: verbs.Flags) -> str:
    if value is None:
        return "interface {}(nil)" if flags.go_syntax and verb == "v" else "<nil>"
    return format_value(value, verb, flags)


def _map(value: dict[str, object], verb: str, flags: verbs.Flags) -> str:
    formatted = [
        f"{format_value(key, verb, flags)}:{_element(value[key], verb, flags)}"
        for key in sorted(value, key=quoting.encode)
    ]
    if flags.go_syntax and verb == "v":
        return f"{values.type_name(value)}{{{', '.join(formatted)}}}"
    return f"map[{' '.join(formatted)}]"


_DIRECTIVE = patterns.later(
    r"(?s)%(?P<flags>[#0+\- ]*)"
    r"(?P<index>\[[^\]]*\])?(?P<width>\*|[0-9]+)?"
    r"(?:(?P<point>\.)(?P<precision_index>\[[^\]]*\])?(?P<precision>\*|[0-9]+)?)?"
    r"(?P<verb_index>\[[^\]]*\])?(?P<verb>.)?"
)
_TOO_LARGE = 1_000_000


def sprintf(template: str, *operands: object) -> str:
    """``fmt.Sprintf``."""
    return _Printf(operands).format(template)


@records.record(frozen=False)
class _Printf:
    """The state of one ``Sprintf``: which operand is next, and whether indexes were used."""

    operands: tuple[object, ...]
    next: int = 0
    reordered: bool = False
    good: bool = True
    size: int = 0

    def format(self, template: str) -> str:
        formatted = _DIRECTIVE.sub(self.measured, template)
        extra = self.operands[self.next :]
        if extra and not self.reordered:
            shown = ", ".join(
                "<nil>" if each is None else f"{values.type_name(each)}={sprint(each)}"
                for each in extra
            )
            formatted += f"%!(EXTRA {shown})"
        return formatted

    def measured(self, match: re.Match[str]) -> str:
        formatted = self.directive(match)
        self.size += len(formatted)
        limits.check_text(self.size)
        return formatted

    def directive(self, match: re.Match[str]) -> str:
        self.good = True
        self.move(match["index"])
        width, bad_width = self.width(match)
        precision, bad_precision = self.precision(match)
        problems = bad_width + bad_precision
        self.move(match["verb_index"])
        verb = match["verb"]
        if verb is None:
            return f"{problems}%!(NOVERB)"
        if verb == "%":
            return f"{problems}%"
        if not self.good:
            return f"{problems}%!{verb}(BADINDEX)"
        if self.next >= len(self.operands):
            return f"{problems}%!{verb}(MISSING)"
        operand = self.operands[self.next]
        self.next += 1
        flags = _flags(match["flags"], verb, width, precision)
        return problems + format_value(operand, verb, flags)

    def width(self, match: re.Match[str]) -> tuple[int | None, str]:
        """The width, and what is wrong with it."""
        if not match["width"]:
            return None, ""
        width = self.number(match["width"])
        if match["index"] and match["width"] != "*":
            self.good = False
        return width, "%!(BADWIDTH)" if width is None else ""

    def precision(self, match: re.Match[str]) -> tuple[int | None, str]:
        """The precision, and what is wrong with it."""
        if not match["point"]:
            return None, ""
        if match["index"] and match["width"] != "*":
            self.good = False
        self.move(match["precision_index"])
        if not match["precision"]:
            return 0, ""
        precision = self.number(match["precision"])
        good = precision is not None and precision >= 0
        return (precision, "") if good else (None, "%!(BADPREC)")

    def move(self, index: str | None) -> None:
        """Go on with the operand that ``[n]`` names."""
        if not index:
            return
        self.reordered = True
        number = index[1:-1]
        if number.isdecimal() and len(number) < 9 and 1 <= int(number) <= len(self.operands):
            self.next = int(number) - 1
        else:
            self.good = False

    def number(self, given: str) -> int | None:
        """A width or precision: the number itself, or the next operand for an asterisk."""
        if given != "*":
            return int(given) if len(given.lstrip("0")) < 8 and int(given) <= _TOO_LARGE else None
        if self.next >= len(self.operands):
            return None
        operand = self.operands[self.next]
        self.next += 1
        if not isinstance(operand, int) or isinstance(operand, bool):
            return None
        return int(operand) if abs(operand) <= _TOO_LARGE else None


def _flags(written: str, verb: str, width: int | None, precision: int | None) -> verbs.Flags:
    """The flags of a directive; a width below zero pads on the right."""
    shown = verb in "vw"
    go_syntax = shown and "#" in written
    turned = width is not None and width < 0
    return verbs.Flags(
        plus="+" in written and not shown,
        plus_value="+" in written and shown,
        minus="-" in written or turned,
        sharp="#" in written and not go_syntax,
        space=" " in written,
        zero="0" in written and not turned,
        go_syntax=go_syntax,
        width=None if width is None else abs(width),
        precision=precision,
    )
