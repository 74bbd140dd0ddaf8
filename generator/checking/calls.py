"""What a function's value is, given what its arguments are: which functions hand text on, and how.

Only the functions that are known to hand on what they get are here: of what the others give nothing
is known, so that no finding is built on a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from generator.checking import kinds
from generator.checking.kinds import Kind

Arguments = Sequence[Kind]

_VERB = re.compile(r"%%|%[-+# 0-9.*\[\]]*([a-zA-Z])")

# Text in, the same text out, changed so little that what was dangerous in it still may be.
_TEXTS = (
    "abbrev", "abbrevboth", "cat", "indent", "initials", "lower", "nindent", "nospace", "print",
    "println", "repeat", "replace", "substr", "swapcase", "title", "toString", "trim", "trimAll",
    "trimPrefix", "trimSuffix", "trimall", "trunc", "untitle", "upper", "wrap", "wrapWith",
)  # fmt: skip
# One of the arguments comes out.
_CHOICES = ("and", "coalesce", "default", "or", "ternary")
# A list in, a list of some of the same elements out.
_LISTS = (
    "compact", "initial", "mustCompact", "mustInitial", "mustRest", "mustReverse", "mustUniq",
    "mustWithout", "rest", "reverse", "slice", "sortAlpha", "uniq", "without",
)  # fmt: skip
_ELEMENTS = ("first", "last", "mustFirst", "mustLast")
# The value as a literal, whose quotes what is in it cannot end.
_LITERALS = (
    "mustToJson", "mustToPrettyJson", "mustToRawJson", "quote", "toJson", "toPrettyJson",
    "toRawJson", "toStringList",
)  # fmt: skip
# Never a text that somebody chose, and never a context.
_PLAIN = (
    "add", "add1", "adler32sum", "atoi", "b32enc", "b64enc", "bool", "ceil", "contains", "deepEqual",
    "div", "empty", "eq", "float64", "floor", "ge", "gt", "has", "hasKey", "hasPrefix",
    "hasSuffix", "int", "int64", "kindIs", "kindOf", "le", "len", "lt", "max", "min", "mod", "mul",
    "ne", "not", "regexMatch", "round", "semverCompare", "seq", "sha1sum", "sha256sum", "sha512sum",
    "sub", "toDecimal", "typeIs", "typeOf", "until", "urlquery", "uuidv4",
)  # fmt: skip


def _text(arguments: Arguments) -> Kind:
    found = [each for each in arguments if any(kinds.sources(each))]
    return kinds.Mixed(tuple(found)) if found else _either_plain(arguments)


def _either_plain(arguments: Arguments) -> Kind:
    return kinds.UNKNOWN if kinds.UNKNOWN in arguments else kinds.PLAIN


def _escaped(arguments: Arguments) -> Kind:
    return kinds.Escaped(kinds.Mixed(tuple(arguments)))


def _plain(_arguments: Arguments) -> Kind:
    return kinds.PLAIN


def _single_quoted(arguments: Arguments) -> Kind:
    quotes = kinds.Constant("'")
    return kinds.Mixed((quotes, *arguments, quotes))


def _printf(arguments: Arguments) -> Kind:
    if not arguments or not isinstance(arguments[0], kinds.Constant):
        return _text(arguments)
    form, given = arguments[0].text, list(arguments[1:])
    parts: list[Kind] = []
    end = 0
    for match in _VERB.finditer(form):
        parts.append(kinds.Constant(form[end : match.start()]))
        end = match.end()
        if match[0] == "%%":
            parts.append(kinds.Constant("%"))
        elif given:
            parts.append(_formatted(match[1], given.pop(0)))
    return kinds.Mixed((*parts, kinds.Constant(form[end:])))


def _formatted(verb: str, value: Kind) -> Kind:
    if verb == "q":
        return kinds.Escaped(value)
    return value if verb in "sv" else kinds.PLAIN


def _join(arguments: Arguments) -> Kind:
    """``join SEPARATOR LIST``."""
    if len(arguments) != 2:
        return kinds.UNKNOWN
    inner = kinds.element(arguments[1])
    return kinds.Mixed((inner,)) if any(kinds.sources(inner)) else kinds.UNKNOWN


def _split_list(arguments: Arguments) -> Kind:
    return kinds.Items(_text(arguments[-1:]))


def _list(arguments: Arguments) -> Kind:
    return kinds.Items(kinds.choose(arguments))


def _concat(arguments: Arguments) -> Kind:
    return kinds.Items(kinds.choose(map(kinds.element, arguments)))


def _append(arguments: Arguments) -> Kind:
    """``append LIST ELEMENT``; ``prepend`` has the same arguments."""
    if len(arguments) != 2:
        return kinds.UNKNOWN
    return kinds.Items(kinds.choose((kinds.element(arguments[0]), arguments[1])))


def _first(arguments: Arguments) -> Kind:
    return kinds.element(arguments[-1]) if arguments else kinds.UNKNOWN


def _same_list(arguments: Arguments) -> Kind:
    lists = [each for each in arguments if isinstance(each, kinds.Reference | kinds.Items)]
    return lists[0] if len(lists) == 1 else kinds.UNKNOWN


def _values(arguments: Arguments) -> Kind:
    return kinds.Items(kinds.element(arguments[0])) if len(arguments) == 1 else kinds.UNKNOWN


def _dict(arguments: Arguments) -> Kind:
    names, given = arguments[::2], arguments[1::2]
    entries = zip(names, given, strict=False)
    return kinds.Fields(
        tuple((name.text, value) for name, value in entries if isinstance(name, kinds.Constant))
    )


_EFFECTS: dict[str, Callable[[Arguments], Kind]] = {
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_CHOICES, kinds.choose),
    **dict.fromkeys(_LISTS, _same_list),
    **dict.fromkeys(_ELEMENTS, _first),
    **dict.fromkeys(_LITERALS, _escaped),
    **dict.fromkeys(_PLAIN, _plain),
    "append": _append,
    "concat": _concat,
    "dict": _dict,
    "join": _join,
    "list": _list,
    "mustAppend": _append,
    "mustPrepend": _append,
    "prepend": _append,
    "printf": _printf,
    "splitList": _split_list,
    "squote": _single_quoted,
    "tuple": _list,
    "values": _values,
}


def effect(name: str, arguments: Arguments) -> Kind:
    """What a call gives, as far as it is known."""
    known = _EFFECTS.get(name)
    return kinds.bounded(known(arguments)) if known else kinds.UNKNOWN
