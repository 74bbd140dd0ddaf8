"""References of nomad-pack's first template language, and what is written for them today.

With ``--parser-v1`` dot held the variables by pack (``.my.port``, ``.redis.port``) and the metadata
(``.nomad_pack.pack.name``). Dot is the pack's context now, which ``var`` and ``meta`` are asked of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator import records
from generator.template import lexer
from generator.template.lexer import Kind

OWN = "my"
_METADATA = "nomad_pack"

_OPERANDS = frozenset(
    (
        Kind.BOOL, Kind.RUNE, Kind.COMPLEX, Kind.DOT, Kind.FIELD, Kind.IDENTIFIER, Kind.NUMBER,
        Kind.NIL, Kind.RAW, Kind.STRING, Kind.VARIABLE, Kind.OPEN, Kind.CLOSE,
    )
)  # fmt: skip
_CHAINED = _OPERANDS - {Kind.OPEN}


@records.record
class Reference:
    """An old reference at an offset of a text, as it is written and as it should be."""

    offset: int
    written: str
    replacement: str


def find(
    text: str, packs: Mapping[str, str], left: str = "[[", right: str = "]]"
) -> list[Reference]:
    """The old references of a text; ``packs`` are names, and where the context of each is found.

    A context is written as what follows dot: nothing for the pack's own, ``.child`` for another's.
    """
    return list(_references(lexer.tokenize(text, left, right), packs))


def _references(tokens: list[lexer.Token], packs: Mapping[str, str]) -> Iterator[Reference]:
    for index, token in enumerate(tokens):
        rooted = token.kind is Kind.VARIABLE and token.value == "$"
        before = tokens[index - 1].kind if index else Kind.EOF
        if not rooted and (token.kind is not Kind.FIELD or before in _CHAINED):
            continue
        end = index + rooted
        while tokens[end].kind is Kind.FIELD:
            end += 1
        path = [each.value[1:] for each in tokens[index + rooted : end]]
        if len(path) < 2:
            continue
        call = _call(path, "$" if rooted else ".", packs)
        if call:
            alone = not _is_operand(tokens, index, -1) and not _is_operand(tokens, end - 1, 1)
            written = f"{'$' if rooted else ''}.{'.'.join(path)}"
            yield Reference(token.offset, written, call if alone else f"({call})")


def _call(path: list[str], dot: str, packs: Mapping[str, str]) -> str:
    """What is written today, empty for what is no old reference."""
    name, *rest = path
    if name == _METADATA:
        return f'meta "{".".join(rest)}" {dot}'
    context = "" if name == OWN else packs.get(name)
    if context is None:
        return ""
    below = f"{dot.rstrip('.')}{context}" if context else dot
    return f'var "{".".join(rest)}" {below}'


def _is_operand(tokens: list[lexer.Token], index: int, step: int) -> bool:
    """Whether the next word on one side is an operand too: then both are part of a call."""
    index += step
    if tokens[index].kind is Kind.SPACE:
        index += step
    kind = tokens[index].kind
    # Beyond a parenthesis that encloses it is nothing of its own call.
    enclosing = Kind.OPEN if step < 0 else Kind.CLOSE
    return kind in _OPERANDS and kind is not enclosing
