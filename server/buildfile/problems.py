"""What is wrong with a build file, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.errors import ServiceError

# A file may be wrong all over; what its author is told has to stay readable.
_PROBLEM_LIMIT = 20
_TEXT_LIMIT = 300


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: line and column count from 1, ``path`` is empty where no field is meant."""

    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        what = f"{self.path}: {self.message}" if self.path else self.message
        return f"{self.line}:{self.column}: {show(what)}"


class BuildFileError(ServiceError):
    """A build file cannot be used; ``problems`` has everything that is wrong, in the file's order."""

    next_step = "Mend the file, push and submit again; nomad-build validate FILE shows the same"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        shown = [str(problem) for problem in self.problems[:_PROBLEM_LIMIT]]
        if len(self.problems) > _PROBLEM_LIMIT:
            shown.append(f"and {len(self.problems) - _PROBLEM_LIMIT} more problems")
        super().__init__("; ".join(shown))


def show(text: str, limit: int = _TEXT_LIMIT) -> str:
    """Return a text as a terminal can be given it: cut, and with signs for what cannot be printed."""
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in cut
    )
