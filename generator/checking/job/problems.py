"""What a rule found in a job: not yet where in the text, but at which path of the API's job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from generator import errors
from generator.checking import findings

Path: TypeAlias = tuple[str | int, ...]
"""Fields of the API's job and places in its lists, from the job down; a port stands by its label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong or doubtful; an ``excerpt`` is what stands at its place."""

    rule: findings.Rule
    path: Path
    message: str
    hint: str | None = None
    excerpt: str = ""


Problems: TypeAlias = Iterator[Problem]


def problem(
    rule: findings.Rule, path: Path, message: str, hint: str | None = None, excerpt: str = ""
) -> Problem:
    """A problem, for short."""
    return Problem(rule=rule, path=path, message=message, hint=hint, excerpt=excerpt)


def one_of(given: str, allowed: Sequence[str]) -> str:
    """The hint what could stand in place of something that is not allowed."""
    choices = [each for each in allowed if each]
    return errors.suggest(given, choices) or f"one of {', '.join(choices)}"
