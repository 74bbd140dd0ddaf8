"""The functions that every Go template has: text/template/funcs.go."""

from __future__ import annotations

import itertools
import typing
from collections.abc import Callable, Mapping, Sequence

from generator.golang import letters, quoting
from generator.template import comparisons, printing, signatures, values

Function = signatures.Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    Item = typing.TypeVar("Item")


def _and(first: object, *_rest: object) -> object:
    """Only for its signature: the translator makes the operator of it."""
    return first


def _not(value: object) -> bool:
    return not value


def _length(item: object) -> int:
    match item:
        case str():
            return len(quoting.encode(item))
        case list() | dict() | bytes():
            return len(item)
        case None:
            msg = "len of nil pointer"
        case _:
            msg = f"len of type {values.type_name(item)}"
    raise signatures.CallError(msg)


def _index(item: object, *indexes: object) -> object:
    if item is None:
        msg = "index of untyped nil"
        raise signatures.CallError(msg)
    for index in indexes:
        item = _element(item, index)
    return item


def _element(item: object, index: object) -> object:
    match item:
        case str() | bytes():
            data = quoting.encode(item) if isinstance(item, str) else item
            return values.Uint8(_at(data, index, "string" if isinstance(item, str) else "slice"))
        case list():
            return _at(item, index, "slice")
        case dict():
            if index is None:
                msg = "value is nil; should be of type string"
                raise signatures.CallError(msg)
            if not isinstance(index, str):
                msg = f"value has type {values.type_name(index)}; should be string"
                raise signatures.CallError(msg)
            return item[index] if index in item else values.missing(item)
        case None:
            msg = "index of nil pointer"
        case _:
            msg = f"can't index item of type {values.type_name(item)}"
    raise signatures.CallError(msg)


def _at(items: Sequence[Item], index: object, kind: str) -> Item:
    position = _position(index, len(items))
    if position == len(items):
        msg = f"reflect: {kind} index out of range"
        raise signatures.CallError(msg)
    return items[position]


def _position(index: object, length: int) -> int:
    """An index into something, or the end of it."""
    if index is None:
        msg = "cannot index slice/array with nil"
    elif not isinstance(index, int) or isinstance(index, bool):
        msg = f"cannot index slice/array with type {values.type_name(index)}"
    elif 0 <= index <= length:
        return index
    else:
        msg = f"index out of range: {index}"
    raise signatures.CallError(msg)


def _slice(item: object, *indexes: object) -> object:
    if item is None:
        msg = "slice of untyped nil"
        raise signatures.CallError(msg)
    if len(indexes) > 3:
        msg = f"too many slice indexes: {len(indexes)}"
        raise signatures.CallError(msg)
    match item:
        case str():
            if len(indexes) == 3:
                msg = "cannot 3-index slice a string"
                raise signatures.CallError(msg)
            data = quoting.encode(item)
            start, end = _bounds(indexes, len(data))
            return quoting.decode(data[start:end])
        case list() | bytes():
            start, end = _bounds(indexes, len(item))
            return type(item)(item[start:end])
        case _:
            pass
    msg = f"can't slice item of type {values.type_name(item)}"
    raise signatures.CallError(msg)


def _bounds(indexes: tuple[object, ...], length: int) -> tuple[int, int]:
    given = [_position(each, length) for each in indexes]
    limits = [*given, *(0, length, length)[len(given) :]]
    for low, high in itertools.pairwise(limits):
        if low > high:
            msg = f"invalid slice index: {low} > {high}"
            raise signatures.CallError(msg)
    return limits[0], limits[1]


def call(callee: str, function: object, *arguments: object) -> object:
    """Call a value; ``callee`` is how the template writes it, which it does not pass itself."""
    if function is None:
        msg = "call of nil"
        raise signatures.CallError(msg)
    if not callable(function):
        msg = f"non-function {callee} of type {values.type_name(function)}"
        raise signatures.CallError(msg)
    return function(*arguments)


def call_unnamed(function: object, *arguments: object) -> object:
    """Stands for ``call`` in the table; linking puts ``call`` with the name in its place."""
    return call("value", function, *arguments)


# Escaping.

_HTML = str.maketrans(
    {"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
_JAVASCRIPT = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E"} | {
    "&": "\\u0026",
    "=": "\\u003D",
}


def _joined(operands: tuple[object, ...]) -> str:
    """The operands as ``print`` writes them, but nil as no value."""
    shown = (printing.NO_VALUE if each is None else each for each in operands)
    return printing.sprint(*shown)


def _html(*operands: object) -> str:
    return _joined(operands).translate(_HTML)


def _javascript(*operands: object) -> str:
    return "".join(map(_javascript_character, _joined(operands)))


def _javascript_character(character: str) -> str:
    escaped = _JAVASCRIPT.get(character)
    if escaped:
        return escaped
    if character < " " or not (letters.is_printable(character) or character.isascii()):
        return f"\\u{ord(character):04X}"
    return character


def _url_query(*operands: object) -> str:
    import urllib.parse  # slow, and hardly ever needed

    return urllib.parse.quote_plus(quoting.encode(_joined(operands)), safe="-_.~")


def _print(*operands: object) -> str:
    return printing.sprint(*operands)


def _println(*operands: object) -> str:
    return printing.sprintln(*operands)


def _printf(template: str, *operands: object) -> str:
    return printing.sprintf(template, *operands)


BUILTINS: Mapping[str, Callable[..., object]] = {
    "and": _and,
    "call": call_unnamed,
    "eq": comparisons.equal,
    "ge": comparisons.greater_or_equal,
    "gt": comparisons.greater,
    "html": _html,
    "index": _index,
    "js": _javascript,
    "le": comparisons.less_or_equal,
    "len": _length,
    "lt": comparisons.less,
    "ne": comparisons.not_equal,
    "not": _not,
    "or": _and,
    "print": _print,
    "printf": _printf,
    "println": _println,
    "slice": _slice,
    "urlquery": _url_query,
}


def builtin_functions() -> dict[str, Function]:
    """The functions by name; a set of templates has them without being given them."""
    return dict(BUILTINS)
