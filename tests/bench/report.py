"""The page that ``make bench`` writes."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure: what was measured, against what, and the limit it has to keep."""

    what: str
    measured: str
    against: str
    value: float
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether the figure keeps its limit."""
        return self.value <= self.limit


def write_page(rows: list[Row], engine: str) -> str:
    """Return the page as Markdown."""
    lines = [
        "# Performance",
        "",
        "Written by `make bench`; each line was measured in one run. Limits are this project's own promises.",
        "",
        f"- {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Linux {platform.release()}, "
        f"Python {platform.python_version()}",
        f"- {_nomad(engine)}; registry, Git server and service on the same machine",
        "",
        "| what | measured | against | result | limit |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        mark = "" if row.met else " **missed**"
        value, limit = f"{row.value:.2f}", f"{row.limit:g}"
        lines.append(
            f"| {row.what} | {row.measured} | {row.against} | {value} {row.unit}{mark} | {limit} {row.unit} |"
        )
    return "\n".join(lines) + "\n" + _NOTES


def _nomad(engine: str) -> str:
    if engine == "embedded":
        return "embedded engine"
    version = subprocess.run(["nomad", "version"], check=True, capture_output=True, text=True)
    return version.stdout.splitlines()[0] + " (dev agent)"


_NOTES = """
## How it is measured

- **Hand-over**: from the moment at which a second reader of Nomad's event stream has the event that ends a
  phase, to the `SubmitTime` that Nomad gave the next phase's job.
- **Whole build**: hello-world with one test command and two tags, everything cached, from the call of submitJob to
  the status SUCCEEDED as a client sees it. Against it, the same done by hand: three docker jobs that do nothing, each
  registered when the last has ended, plus buildah build and push, the test command in the image, and the copy, run as
  bare commands.
- **Rendering**: the build pack to jobspec JSON in a running process, against a whole process of nomad-pack that
  renders the same pack to HCL.
"""
