"""What an examination finds: for each thing looked at how it is, and what to do where that is not well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``warn``: some builds will not work; ``fail``: none will."""

    check: str
    state: State
    message: str
    mend: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as a program reads it."""
        return {name: value for name, value in asdict(self).items() if value}


def ok(check: str, message: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(check, "ok", message)


def warn(check: str, message: str, mend: str = "") -> Finding:
    """Say that some builds will not work, or that it cannot be known from here."""
    return Finding(check, "warn", message, mend)


def fail(check: str, message: str, mend: str) -> Finding:
    """Say that no build will work."""
    return Finding(check, "fail", message, mend)


def name_some(names: Iterable[str], most: int = 5) -> str:
    """Return the first names of many."""
    listed = sorted(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
