"""The tables of docs/protocol.md that say which scenarios are passed by what."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from tests.interop import conformance, outcomes, serving

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"
_WORDS: dict[serving.Kind, str] = {
    "service": "the service",
    "fixtures": "the service with fixtures",
    "sessions": "the same with sessions",
}


def render(suite: conformance.Suite) -> str:
    """Return the table of a suite: a row for all scenarios that are passed by the same, one for each that is not."""
    entries = outcomes.read()[suite.name]
    lines = ["| scenarios | passed by |", "| --- | --- |"]
    for kind, word in _WORDS.items():
        passed = {
            name: entry.checks
            for name, entry in entries.items()
            if entry.by == kind and not entry.missing
        }
        if passed:
            names = ", ".join(f"`{name}`" for name in passed)
            counts = f"{len(passed)} scenarios, {sum(passed.values())} checks"
            lines.append(f"| {names} | {word}: {counts} |")
    for name, entry in entries.items():
        if entry.missing:
            reason = outcomes.WHY_NOT.get((suite.name, name), "")
            all_checks = entry.checks + len(entry.missing)
            by = (
                f"{_WORDS[entry.by]}, {entry.checks} of {all_checks} checks"
                if entry.checks
                else "nobody"
            )
            lines.append(f"| `{name}` | {by}. {reason} |")
    return "\n".join(lines) + "\n"


def render_rest() -> str:
    """Return the table of what is not run."""
    rows = [f"| `{name}` | {reason} |" for name, reason in outcomes.NOT_RUN.items()]
    return "\n".join(["| scenarios | why they are not run |", "| --- | --- |", *rows]) + "\n"


def write() -> None:
    """Put the tables into the page, each in place of the one below the heading that names its suite."""
    tables = {f"### {suite.name}: ": render(suite) for suite in conformance.SUITES}
    text = PAGE.read_text()
    for heading, table in (tables | {"### Not run": render_rest()}).items():
        head, _, rest = text.partition(heading)
        lines = rest.splitlines(keepends=True)
        before = list(itertools.takewhile(lambda line: not line.startswith("|"), lines))
        after = itertools.dropwhile(re.compile(r"\|").match, lines[len(before) :])
        text = head + heading + "".join([*before, table, *after])
    PAGE.write_text(text)
