"""What a call costs in steps: by the function, what it is given and what it gives.

Most functions look at all they are given, or make something new of it. Those that do not, or that
leave the work to C, are named here; nothing else needs to be known of a function.
"""

from __future__ import annotations

import typing

from generator import limits, records
from generator.template import values

# They look at no more than the outside of a container, and make none.
_GLANCE: typing.Final = frozenset(
    (
        "and", "any", "all", "coalesce", "default", "deps", "dig", "empty", "fail", "fileRelative",
        "first", "get", "hasKey", "index", "kindIs", "kindOf", "last", "len", "meta", "metas",
        "mustFirst", "mustLast", "must_meta", "must_var", "not", "or", "set", "ternary", "typeIs",
        "typeIsLike", "typeOf", "unset", "var", "vars",
    )
)  # fmt: skip
# They copy references, which is done in C.
_COPY: typing.Final = frozenset(
    (
        "append", "chunk", "compact", "concat", "dict", "initial", "list", "mustAppend",
        "mustChunk", "mustCompact", "mustInitial", "mustPrepend", "mustPush", "mustRest",
        "mustReverse", "mustSlice", "prepend", "push", "rest", "reverse", "slice", "tuple",
    )
)  # fmt: skip
# What they do with a text is done in C.
_SWIFT: typing.Final = frozenset(
    (
        "adler32sum", "b32enc", "b64dec", "b64enc", "cat", "contains", "eq", "ge", "gt", "hasPrefix",
        "hasSuffix", "indent", "le", "lower", "lt", "ne", "nindent", "print", "printf", "println",
        "quote", "repeat", "replace", "sha1sum", "sha256sum", "sha512sum", "split", "splitList",
        "splitn", "squote", "substr", "toString", "tpl", "trim", "trimAll", "trimPrefix",
        "trimSuffix", "trunc", "upper",
    )
)  # fmt: skip
_SCRYPT: typing.Final = 400_000
SHORT: typing.Final = 64
"""Characters of a text that costs nothing to look at."""
_SMALL: typing.Final = frozenset((bool, int, float, type(None), values.Int64))
"""Classes of which every value is as small as any."""


@records.record(kw_only=True)
class Cost:
    """How a function's arguments and results count.

    ``looks``: all that is in the arguments counts; ``texts`` is by how many bits the length of a
    text is shifted then. ``makes``: its result counts; ``copies``: only the outside of that.
    """

    base: int
    texts: int
    looks: bool
    makes: bool
    copies: bool


def of(name: str) -> Cost:
    """The cost of the function with that name."""
    return Cost(
        base=_SCRYPT if name == "derivePassword" else 1,
        texts=8 if name in _SWIFT else 3,
        looks=name not in _GLANCE and name not in _COPY,
        makes=name not in _GLANCE,
        copies=name in _COPY,
    )


def count(cost: Cost, arguments: tuple[object, ...], most: int) -> int:
    """The steps for what a function is given; it stops counting at ``most``."""
    steps = cost.base
    for argument in arguments:
        if type(argument) is str:
            if len(argument) > SHORT:
                steps += len(argument) >> cost.texts
        elif type(argument) not in _SMALL and isinstance(argument, list | dict | bytes):
            steps += limits.EACH * limits.weigh(argument, most // limits.EACH)
    return steps


def count_result(cost: Cost, result: object) -> int:
    """The steps for what a function gives."""
    if type(result) in _SMALL or not cost.makes:
        return 0
    if isinstance(result, str):
        return len(result) >> (5 if result.isascii() else 3)  # else it takes four times the room
    if isinstance(result, list | dict | bytes):
        return len(result) >> 4 if cost.copies else len(result)
    return 0
