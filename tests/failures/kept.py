"""The logs that are kept: a file each, with a head that says of which case it is and how that failed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from server.record import Phase, Reason
from tests.failures.collection import Case

LOGS = Path(__file__).parent / "logs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The log of a failed task, and what is known of the failure without it; ``case`` tells one case from another."""

    case: str
    phase: Phase
    task: str
    reason: Reason
    exit_code: int | None
    message: str
    text: str


def digest(case: Case) -> str:
    """Return what tells a case from one whose files or request have changed."""
    files = sorted({"Dockerfile": case.dockerfile, **case.files}.items())
    asked = (files, case.flags) if case.request is None else (files, sorted(case.request.items()))
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


def path(case: Case) -> Path:
    """Return where a case's log is kept."""
    return LOGS / f"{case.name}.log"


def write(case: Case, log: Log) -> None:
    """Keep a log."""
    head: dict[str, Any] = asdict(log)
    text = head.pop("text")
    path(case).write_bytes(f"{json.dumps(head)}\n{text}".encode("utf-8", "replace"))


def read(case: Case) -> Log:
    """Read the log that is kept of a case."""
    head, _, text = path(case).read_bytes().decode().partition("\n")
    return Log(**json.loads(head), text=text)


def is_current(case: Case) -> bool:
    """Tell whether a log is kept that is of the case as it is now."""
    return path(case).exists() and read(case).case == digest(case)
