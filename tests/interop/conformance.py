"""The official conformance suites against an address, and what came of each of their scenarios."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from tests.interop import programs

_SECONDS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One run of a release of the suite: the scenarios of one revision of the protocol, over its wire."""

    name: str
    program: str
    arguments: tuple[str, ...]


SUITES = (
    Suite(name="2025", program=programs.CONFORMANCE_2025, arguments=("--suite", "all")),
    Suite(
        name="2026 for 2025-11-25",
        program=programs.CONFORMANCE_2026,
        arguments=("--requirements", "2025-11-25"),
    ),
    Suite(
        name="2026 for 2026-07-28",
        program=programs.CONFORMANCE_2026,
        arguments=("--requirements", "2026-07-28"),
    ),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many of a scenario's checks succeeded, and what the suite says of those that did not."""

    succeeded: int
    failed: dict[str, str]

    @property
    def is_passed(self) -> bool:
        """Whether all checks that ran succeeded, and one at least did."""
        return bool(self.succeeded) and not self.failed


def run(
    installed: programs.Programs, suite: Suite, address: str, folder: Path
) -> dict[str, Outcome]:
    """Run a suite against a server; return the outcomes by scenario, in the suite's order."""
    results = folder / "results"
    ended = installed.run(
        suite.program,
        "server",
        "--url",
        address,
        "-o",
        str(results),
        *suite.arguments,
        home=folder,
        seconds=_SECONDS,
    )
    outcomes: dict[str, Outcome] = {}
    for name in re.findall(r"^=== Running scenario: (\S+) ===$", ended.stdout, re.MULTILINE):
        (found,) = results.glob(f"server-{name}-20*")
        outcomes[name] = judge(json.loads((found / "checks.json").read_text()))
    assert outcomes, ended.stdout + ended.stderr
    return outcomes


def list_all(installed: programs.Programs, folder: Path) -> set[str]:
    """Return the names of all scenarios for servers that the two releases know."""
    known: set[str] = set()
    for program in {suite.program for suite in SUITES}:
        ended = installed.run(program, "list", "--server", home=folder, seconds=_SECONDS)
        known.update(re.findall(r"^ +- (\S+) \[", ended.stdout, re.MULTILINE))
    return known


def judge(checks: list[dict[str, str]]) -> Outcome:
    """Count the checks: a warning is a failure here, and where none succeeded whatever there is instead."""
    succeeded = sum(check["status"] == "SUCCESS" for check in checks)
    failed = {
        check["id"]: check.get("errorMessage", check["description"])
        for check in checks
        if check["status"] in ("FAILURE", "WARNING") or not succeeded
    }
    return Outcome(succeeded, failed)
