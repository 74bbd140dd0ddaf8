"""What became of the hostile texts, as a table that a page holds between markers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.hostile import cases, fields, payloads
from tests.hostile.judge import Tally

BEGIN, END = "<!-- hostile: begin -->", "<!-- hostile: end -->"
PAGES = Path(__file__).parents[2] / "docs"


def render(tallies: Mapping[str, Tally]) -> str:
    """Return the table, with what it counts above it."""
    tried = sum(tally.tried for tally in tallies.values())
    refused = sum(tally.refused for tally in tallies.values())
    closed = [place.name for place in fields.places() if place.closed]
    above = (
        f"{len(payloads.PAYLOADS)} hostile texts of {len(payloads.WAYS)} kinds in {len(tallies)} places of a request: "
        f"{tried} requests, of which {refused} were refused and {tried - refused} taken. "
        f"Faults: {sum(len(tally.faults) for tally in tallies.values())}."
    )
    lines = [
        above,
        "",
        "| place | refused | taken | in the jobs as |",
        "| --- | ---: | ---: | --- |",
    ]
    lines += [
        f"| `{name}` | {tallies[name].refused} | {tallies[name].carried} | {_form(case)} |"
        for name, case in cases.CASES.items()
    ]
    lines.append(
        f"| {len(closed)} numbers, switches and words of a list "
        f"| {sum(tallies[name].refused for name in closed)} | {sum(tallies[name].carried for name in closed)} | |"
    )
    return "\n".join(lines)


def _form(case: cases.Case) -> str:
    if not case.travels:
        return "not at all"
    return ", ".join(_forms(case))


def _forms(case: cases.Case) -> Iterator[str]:
    if case.words:
        yield "words, what Nomad evaluates escaped"
        return
    yield "base64"
    if case.names:
        yield "a name by a strict pattern"


def pages() -> list[Path]:
    """The pages that have room for the table."""
    return [page for page in sorted(PAGES.glob("*.md")) if BEGIN in page.read_text()]


def shown(page: Path) -> str:
    """The table that a page has now."""
    return page.read_text().partition(BEGIN)[2].partition(END)[0].strip()


def write(page: Path, table: str) -> None:
    """Put the table into a page."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    page.write_text(pattern.sub(lambda _: f"{BEGIN}\n{table}\n{END}", page.read_text()))
