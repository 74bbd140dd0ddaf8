"""What has to come of a build, and how that differs from what came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Success:
    """The image is tested and published."""

    def __str__(self) -> str:
        """Describe it for the table."""
        return "SUCCEEDED"

    def differences(self, build: Mapping[str, Any]) -> list[str]:
        """Return a sentence for each thing in which a build's status is not this."""
        return _compare({"status": "SUCCEEDED"}, {"status": build["status"]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The build fails where, why and with which exit code (None: it is not the case's matter) this says.

    ``says`` is a text that stands in the message or in the log's last lines.
    """

    phase: str
    reason: str
    task: str = ""
    exit_code: int | None = None
    says: str = ""

    def __str__(self) -> str:
        """Describe it for the table."""
        where = f"FAILED {self.phase} {self.task}".rstrip()
        code = "" if self.exit_code is None else f" {self.exit_code}"
        return f"{where}: {self.reason}{code}"

    def differences(self, build: Mapping[str, Any]) -> list[str]:
        """Return a sentence for each thing in which a build's status is not this."""
        failure = build.get("failure") or {}
        wanted: dict[str, object] = {"status": "FAILED", "phase": self.phase, "reason": self.reason}
        if self.task:
            wanted["task"] = self.task
        if self.exit_code is not None:
            wanted["exitCode"] = self.exit_code
        found = _compare(wanted, {"status": build["status"], **failure})
        told = f"{failure.get('message', '')}\n{failure.get('logTail', '')}"
        if self.says not in told:
            found.append(f"nothing says {self.says!r}")
        return found


Outcome = Success | Failure

SUCCESS = Success()


def describe(build: Mapping[str, Any]) -> str:
    """Return what came of a build in the words of the table."""
    failure = build.get("failure")
    if not failure:
        return str(build["status"])
    return str(
        Failure(
            phase=failure["phase"],
            reason=failure["reason"],
            task=failure.get("task", ""),
            exit_code=failure.get("exitCode"),
        )
    )


def _compare(wanted: Mapping[str, object], seen: Mapping[str, object]) -> list[str]:
    return [
        f"{name} is {seen.get(name)!r}, not {value!r}"
        for name, value in wanted.items()
        if seen.get(name) != value
    ]
