"""Holding what is read from a log to what its case expects."""

from __future__ import annotations

from server import diagnosis, failures, record
from tests.failures.collection import Case
from tests.failures.kept import Log


def examine(case: Case, log: Log) -> record.Failure:
    """Return what the service makes of a failure and its log."""
    failure = diagnosis.explain(
        log.phase, log.reason, log.message, task=log.task, exit_code=log.exit_code
    )
    return failures.examine(failure, log.text, case.dockerfile, "Dockerfile")


def differences(case: Case, log: Log) -> list[str]:
    """Return a sentence for each thing in which what is read from a log is not what its case expects."""
    found = examine(case, log)
    pairs = {
        "family": (case.family, found.family),
        "line": (case.line, found.step and found.step.line),
        "reason": (case.reason, log.reason),
        "phase": (case.phase, log.phase),
    }
    problems = [
        f"{name} is {seen!r}, not {want!r}" for name, (want, seen) in pairs.items() if want != seen
    ]
    if case.says not in found.evidence:
        problems.append(f"{found.evidence!r} does not say {case.says!r}")
    if log.exit_code == 0:
        problems.append("the build did not fail")
    return problems
