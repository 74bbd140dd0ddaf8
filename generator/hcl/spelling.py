"""What somebody may have meant: the known name that is close to an unknown one."""

from __future__ import annotations

from collections.abc import Iterable

_FARTHEST = 2  # edits; the threshold of hclsyntax's nameSuggestion


def suggest(given: str, known: Iterable[str]) -> str:
    """The first close name in a sentence to append to a message; empty without one."""
    name = nearest(given, known)
    return f' Did you mean "{name}"?' if name else ""


def nearest(given: str, known: Iterable[str]) -> str | None:
    """The first close name."""
    for name in known:
        if abs(len(name) - len(given)) <= _FARTHEST and _distance(given, name) <= _FARTHEST:
            return name
    return None


def _distance(first: str, second: str) -> int:
    """Levenshtein's edit distance."""
    row = list(range(len(second) + 1))
    for index, character in enumerate(first, 1):
        before, row[0] = row[0], index
        for column, other in enumerate(second, 1):
            changed = before + (character != other)
            before = row[column]
            row[column] = min(changed, before + 1, row[column - 1] + 1)
    return row[-1]
