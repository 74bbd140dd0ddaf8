"""Who passes which scenario of the conformance suites: the service itself, or only with something added to it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.interop import conformance, programs, serving

FILE = Path(__file__).with_name("outcomes.json")
# Without fixtures these take the error for an unknown name as the answer that they wait for.
TAKES_AN_ERROR_FOR_AN_ANSWER = {
    "input-required-result-ignore-extra-params",
    "input-required-result-missing-input-response",
    "input-required-result-validate-input",
    "tools-call-error",
    "tools-call-simple-text",
}


# Why a scenario, or a part of its checks, is passed by nobody.
WHY_NOT = {
    ("2025", "server-sse-polling"): (
        "The scenario names the revision 2025-03-26 in its call, which knows nothing of the events that it then "
        "waits for; in the newer release it names the right one, and is passed."
    ),
    ("2026 for 2026-07-28", "tasks-status-notifications"): (
        "The suite skips it until it is written anew, on whatever server."
    ),
}
# What the newer release knows beside what any revision requires.
NOT_RUN = dict.fromkeys(
    ("sep-2640-skills-directory", "sep-2640-skills-enumeration", "sep-2640-skills-manifest"),
    "It is of an extension for skills, which this service does not offer.",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """The least that passes a scenario, or most of it: how many checks succeed, and which do not."""

    by: serving.Kind
    checks: int
    missing: tuple[str, ...] = ()


Entries = dict[str, dict[str, Entry]]


def measure(
    installed: programs.Programs, suite: conformance.Suite, folder: Path
) -> dict[str, Entry]:
    """Run a suite against the service, and again with more beside it as long as scenarios are left."""
    entries: dict[str, Entry] = {}
    for kind in serving.KINDS:
        left = [name for name, entry in entries.items() if entry.missing]
        if entries and all((suite.name, name) in WHY_NOT for name in left):
            break
        engine, home = folder / f"{kind}-engine", folder / kind
        engine.mkdir()
        home.mkdir()
        with serving.serve(engine, kind) as address:
            found = conformance.run(installed, suite, address, home)
        for name, outcome in found.items():
            entry = Entry(kind, outcome.succeeded, tuple(outcome.failed))
            if kind == "service" and name in TAKES_AN_ERROR_FOR_AN_ANSWER:
                entry = Entry(kind, 0, ("an error was taken for an answer",))
            known = entries.setdefault(name, entry)
            if known.missing and (not entry.missing or entry.checks > known.checks):
                entries[name] = entry
    return entries


def read() -> Entries:
    """Return what is recorded, by suite and scenario."""
    recorded = json.loads(FILE.read_text())
    return {
        suite: {
            name: Entry(entry["by"], entry["checks"], tuple(entry["missing"]))
            for name, entry in scenarios.items()
        }
        for suite, scenarios in recorded.items()
    }


def write() -> None:
    """Measure all suites anew, and record what comes of it."""
    installed = programs.install()
    measured = {}
    for suite in conformance.SUITES:
        with tempfile.TemporaryDirectory() as folder:
            entries = measure(installed, suite, Path(folder))
        measured[suite.name] = {name: asdict(entry) for name, entry in entries.items()}
    FILE.write_text(json.dumps(measured, indent=2) + "\n")
