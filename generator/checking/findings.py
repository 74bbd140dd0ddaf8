"""What a check says: a rule, and a finding of it at a place."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from generator import errors


class Severity(enum.Enum):
    """How much a finding weighs: an error fails a check, a warning does when it is strict."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong at a place, in one sentence, and the next step where there is one."""

    rule: str
    severity: Severity
    position: errors.Position
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is looked for: the summary is one sentence, the help says why and shows an example.

    Each module of rules has its own table ``RULES``; ``rules`` merges them.
    """

    name: str
    severity: Severity
    summary: str
    help: str

    def at(self, position: errors.Position, message: str, hint: str | None = None) -> Finding:
        """A finding of this rule."""
        return Finding(
            rule=self.name, severity=self.severity, position=position, message=message, hint=hint
        )


def sentence(error: errors.GeneratorError) -> str:
    """An error's message as one line."""
    return " ".join(error.message.split())
