"""The table that a run prints and writes between markers of a page."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.judgement import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run: what stands above the table, the verdict, and how often each fault was injected."""

    mark: str
    title: str
    seed: str
    seconds: float
    nomad: str
    verdict: Verdict
    injected: Mapping[str, int]
    notes: list[str] = field(default_factory=list)

    def rows(self) -> list[tuple[str, int, str]]:
        """Return each row: what was counted, how often, and how often it may have been."""
        verdict = self.verdict
        return [
            ("**builds submitted**", verdict.submitted, ""),
            ("**ended right**", verdict.right, str(verdict.submitted)),
            ("of these superseded or rejected, as a request had wished", verdict.gave_way, ""),
            ("of these failed for the node or registry that was taken away", verdict.hit, ""),
            ("**ended wrong**", verdict.submitted - verdict.right - len(verdict.lost), "0"),
            ("**lost**", len(verdict.lost), "0"),
            ("**phases registered twice**", len(verdict.repeated), "0"),
            ("**images published untested**", len(verdict.untested), "0"),
            ("older images published over newer ones", len(verdict.overtaken), "0"),
            ("builds made twice by a repeated request", len(verdict.doubled), "0"),
            *((name, count, "") for name, count in self.injected.items()),
        ]


def write(report: Report) -> str:
    """Return a report as Markdown."""
    now = datetime.now(UTC)
    lines = [
        f"{report.title}, {now:%Y-%m-%d}, {report.nomad}, Python {platform.python_version()}, "
        f"Linux {platform.release()}; {report.seconds:.0f} s, seed `{report.seed}`.",
        *report.notes,
        "",
        "| what | count | wanted |",
        "| --- | ---: | ---: |",
        *(f"| {name} | {count} | {wanted} |" for name, count, wanted in report.rows()),
    ]
    return "\n".join(lines) + "\n"


def put_into(page: Path, mark: str, text: str) -> None:
    """Replace what stands between a page's markers; a page without them gets both at its end."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    old = page.read_text() if page.exists() else ""
    block = f"{begin}\n{text}{end}"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    new = pattern.sub(lambda _: block, old) if pattern.search(old) else f"{old}{block}\n"
    page.write_text(new)
