"""``format`` and ``formatlist`` (go-cty's stdlib/format.go and format_fsm.rl)."""

from __future__ import annotations

import re
from typing import Final

from generator import limits, records
from generator.hcl import conversion, graphemes, numbers, values
from generator.hcl.functions import decimals, json_text
from generator.hcl.functions.parameters import text, text_list
from generator.hcl.signatures import Function, FunctionError, Parameter
from generator.hcl.values import Value

_VERB = re.compile(
    r"%(?:(?P<percent>%)"
    r"|(?P<flags>[0#\-+ ]*)(?P<width>[1-9][0-9]*)?(?:\.(?P<precision>[0-9]*))?"
    r"(?:\[(?P<index>[1-9][0-9]*)\])?(?P<mode>[a-zA-Z]))"
)
_WIDEST: Final = 10_000  # no job needs more; memory would be the limit otherwise


@records.record(kw_only=True)
class Verb:
    """One ``%…`` of a format."""

    raw: str
    offset: int
    argument: int
    mode: str
    flags: str
    width: int
    precision: int | None

    @property
    def place(self) -> str:
        return f'"{self.raw}" at {self.offset}'


def format_values(template: str, *arguments: Value) -> str:
    result: list[str] = []
    end, following, highest = 0, 1, 0
    size = 0
    while (start := template.find("%", end)) >= 0:
        result.append(template[end:start])
        match = _VERB.match(template, start)
        if match is None:
            raise _invalid(template, start)
        end = match.end()
        if match["percent"]:
            result.append("%")
            continue
        verb = _verb(match, following, template)
        highest = max(highest, verb.argument)
        result.append(_format_one(verb, arguments))
        size += len(result[-1])
        limits.check_text(size)
        limits.spend(10)
        following = verb.argument + 1
    if highest < len(arguments):
        used = f"only {highest} used by format string" if highest else "no verbs in format string"
        msg = f"too many arguments; {used}"
        raise FunctionError(msg, highest + 1)
    return "".join(result) + template[end:]


def format_lists(template: str, *arguments: Value) -> values.TypedList:
    """A string for each element of the lists; other arguments are the same for all."""
    lists = [(index, each) for index, each in enumerate(arguments, 1) if isinstance(each, list)]
    for index, each in lists[1:]:
        if len(each) != len(lists[0][1]):
            msg = (
                f"argument {index} has length {len(each)}, which is inconsistent with argument "
                f"{lists[0][0]} of length {len(lists[0][1])}"
            )
            raise FunctionError(msg, index)
    results: list[str] = []
    for place in range(len(lists[0][1]) if lists else 1):
        row = [each[place] if isinstance(each, list) else each for each in arguments]
        try:
            results.append(format_values(template, *row))
        except FunctionError as error:
            if not arguments:
                raise
            msg = f"error on format iteration {place}: {error}"
            raise FunctionError(msg) from None
    return text_list(results)


def _verb(match: re.Match[str], following: int, template: str) -> Verb:
    width = int(match["width"] or "-1")
    precision = match["precision"]
    places = None if precision is None else int(precision or "0")
    if max(width, places or 0) > _WIDEST:
        msg = f"width or precision of {match[0]!r} is too large"
        raise FunctionError(msg)
    return Verb(
        raw=match[0],
        offset=len(template[: match.start()].encode()),
        argument=int(match["index"]) if match["index"] else following,
        mode=match["mode"],
        flags=match["flags"],
        width=width,
        precision=places,
    )


def _invalid(template: str, start: int) -> FunctionError:
    """The character that no verb may have there."""
    valid = re.compile(r"%[0#\-+ ]*(?:[1-9][0-9]*)?(?:\.[0-9]*)?(?:\[(?:[1-9][0-9]*\]?)?)?")
    match = valid.match(template, start)
    end = match.end() if match else start
    offset = len(template[:end].encode())
    if end == len(template):
        return FunctionError(f"invalid format string starting at offset {offset}")
    return FunctionError(f"unrecognized format character '{template[end]}' at offset {offset}")


def _format_one(verb: Verb, arguments: tuple[Value, ...]) -> str:
    if verb.argument > len(arguments):
        msg = (
            f"not enough arguments for {verb.place}: need index {verb.argument} but have "
            f"{len(arguments)} total"
        )
        raise FunctionError(msg)
    argument = arguments[verb.argument - 1]
    if verb.mode != "v" and argument is None:
        msg = f"unsupported value for {verb.place}: null value cannot be formatted"
        raise FunctionError(msg)
    match verb.mode:
        case "v":
            return _pad(verb, _as_is(verb, argument))
        case "t":
            return "true" if _convert(verb, argument, values.BOOL) else "false"
        case "b" | "d" | "o" | "x" | "X" | "e" | "E" | "f" | "g" | "G":
            number = _convert(verb, argument, values.NUMBER)
            assert isinstance(number, int | float)
            return _format_number(verb, number)
        case "s" | "q":
            return _pad(verb, _as_text(verb, argument))
        case mode:
            msg = f"unsupported format verb '{mode}' in \"{verb.raw}\" at offset {verb.offset}"
            raise FunctionError(msg)


def _convert(verb: Verb, argument: Value, wanted: values.Type) -> Value:
    try:
        return conversion.convert(argument, wanted)
    except conversion.ConversionError as error:
        msg = f"unsupported value for {verb.place}: {error}"
        raise FunctionError(msg) from None


def _as_is(verb: Verb, argument: Value) -> str:
    if "#" not in verb.flags:
        if isinstance(argument, str):
            return argument
        if isinstance(argument, int | float) and not isinstance(argument, bool):
            return decimals.general(argument, None)
    return json_text.encode(argument)


def _as_text(verb: Verb, argument: Value) -> str:
    text_value = _convert(verb, argument, values.STRING)
    assert isinstance(text_value, str)
    if verb.precision:
        text_value = "".join(graphemes.split(text_value)[: verb.precision])
    return json_text.encode(text_value) if verb.mode == "q" else text_value


def _pad(verb: Verb, given: str) -> str:
    missing = verb.width - graphemes.count(given)
    if missing <= 0:
        return given
    padding = ("0" if "0" in verb.flags else " ") * missing
    return given + padding if "-" in verb.flags else padding + given


def _format_number(verb: Verb, number: numbers.Number) -> str:
    """As Go's fmt does for big.Int and big.Float."""
    size = numbers.negate(number) if number < 0 else number
    prefix = ""
    match verb.mode:
        case "b" | "d" | "o" | "x" | "X":
            if not isinstance(size, int):
                msg = f"unsupported value for {verb.place}: an integer is required"
                raise FunctionError(msg)
            digits = f"{size:{verb.mode}}"
            if verb.precision is not None:
                digits = "" if verb.precision == 0 and size == 0 else digits
                digits = digits.rjust(verb.precision, "0")
            if "#" in verb.flags:
                prefix = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}.get(verb.mode, "")
        case "f":
            digits = decimals.fixed(size, 6 if verb.precision is None else verb.precision)
        case "e" | "E":
            digits = decimals.scientific(size, 6 if verb.precision is None else verb.precision)
        case _:
            digits = decimals.general(size, verb.precision)
    digits = digits.upper() if verb.mode in ("E", "G") else digits
    signs = [each for each in "+ " if each in verb.flags]
    prefix = ("-" if number < 0 else (signs or [""])[0]) + prefix
    if "-" in verb.flags:
        return (prefix + digits).ljust(verb.width)
    if "0" in verb.flags and (verb.precision is None or verb.mode not in "bdoxX"):
        return prefix + digits.rjust(verb.width - len(prefix), "0")
    return (prefix + digits).rjust(verb.width)


FUNCTIONS: Final = {
    "format": Function(format_values, (text("format"),), Parameter("args", nullable=True)),
    "formatlist": Function(format_lists, (text("format"),), Parameter("args", nullable=True)),
}
