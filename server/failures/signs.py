"""From the lines of a log to the family that they show, and the line that shows it. Pure.

The end of a log says most: of several signs the last one counts, as a command that failed before may have been allowed
to. Only where one thing is known to follow from another, a package that is not found from a host that is not, the
earlier one counts. The work is bounded by the number of lines and by their length.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import re2

from server.failures.families import FAMILIES, Cause, Ending, Family, Speaker

# Lines from the end in which signs are looked for, and characters of each.
LINES = 300
_LINE = 2000


def find(
    lines: Sequence[str], speaker: Speaker, exit_code: int | None
) -> tuple[Family, str] | None:
    """Return the family of which lines have a sign, and that line.

    A sign that goes with certain exit codes counts only with one of them, or where the code is not known.
    """
    signs, known = _compile(speaker)
    found: list[tuple[Family, str]] = []
    following: set[str] = set()
    for line in lines[-LINES:]:
        for number in sorted(signs.Match(line[:_LINE]) or ()):
            family, codes, over = known[number]
            if exit_code is None or not codes or exit_code in codes:
                found.append((family, line))
                following |= over
                break
    if not found:
        return None
    causes = [each for each in found if each[0].word not in following] or found
    family, line = causes[-1]
    if family.first:
        line = next(line for other, line in causes if other is family)
    return family, line


@functools.cache
def _compile(
    speaker: Speaker,
) -> tuple[re2.Set, tuple[tuple[Family, frozenset[int], frozenset[str]], ...]]:
    """Return all signs of a speaker as one automaton; of each the family, exit codes, and what follows from it."""
    signs = re2.Set.SearchSet()
    known: list[tuple[Family, frozenset[int], frozenset[str]]] = []
    for family in FAMILIES:
        for sign in getattr(family, speaker):
            signs.Add(sign if isinstance(sign, str) else sign.pattern)
            codes = sign.codes if isinstance(sign, Ending) else frozenset[int]()
            over = sign.over if isinstance(sign, Cause) else frozenset[str]()
            known.append((family, codes, over | frozenset(family.over)))
    signs.Compile()
    return signs, tuple(known)


def named(word: str) -> Family:
    """Return the family of a word."""
    return next(family for family in FAMILIES if family.word == word)
