"""What a rule found in a job: not yet where in the text, but at which path of the API's job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from generator.checking import findings

Path: TypeAlias = tuple[str | int, ...]
"""Fields of the API's job and places in its lists, from the job down; a port stands by its label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong or doubtful."""

    rule: findings.Rule
    path: Path
    message: str
    hint: str | None = None


Problems: TypeAlias = Iterator[Problem]


def problem(rule: findings.Rule, path: Path, message: str, hint: str | None = None) -> Problem:
    return Problem(rule=rule, path=path, message=message, hint=hint)
