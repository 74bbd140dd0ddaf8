"""The page that ``make bench`` writes."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure: what was measured, against what, and the limit it has to keep, if it has one."""

    what: str
    measured: str
    against: str
    value: float
    limit: float | None
    unit: str

    @property
    def met(self) -> bool:
        """Whether the figure keeps its limit."""
        return self.limit is None or self.value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What grows with what, as bars."""

    title: str
    axis: str
    unit: str
    points: list[tuple[int, float]]

    def lines(self) -> list[str]:
        """The chart as text: a bar for each point, the longest 50 characters wide."""
        longest = max(value for _, value in self.points)
        bars = [
            f"{size:>7,}  {value:>6.0f} {self.unit}  {'█' * max(1, round(50 * value / longest))}"
            for size, value in self.points
        ]
        return [f"## {self.title}", "", "```", f"{self.axis:>7}", *bars, "```"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Figures that belong together, and that no single limit is for."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def lines(self) -> list[str]:
        """The table as Markdown; what is not in the first column is a number."""
        ruler = ["---", *("---:" for _ in self.head[1:])]
        return [
            f"## {self.title}",
            "",
            *(f"| {' | '.join(cells)} |" for cells in (self.head, ruler, *self.rows)),
        ]


def write_part(rows: list[Row], parts: Sequence[Chart | Table]) -> str:
    """Return what stands on another page, too: the rows, and what belongs to them."""
    lines = [f"{_describe_machine()}, embedded engine.", "", *_write_rows(rows)]
    for part in parts:
        lines += ["", *part.lines()]
    return "\n".join(lines).replace("\n## ", "\n### ") + "\n"


def _describe_machine() -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Linux {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def _write_rows(rows: list[Row]) -> list[str]:
    lines = [
        "| what | measured | against | result | limit |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        mark = "" if row.met else " **missed**"
        limit = "" if row.limit is None else f"{row.limit:g} {row.unit}"
        lines.append(
            f"| {row.what} | {row.measured} | {row.against} | {row.value:.2f} {row.unit}{mark} | {limit} |"
        )
    return lines


def write_page(rows: list[Row], parts: Sequence[Chart | Table], engine: str) -> str:
    """Return the page as Markdown."""
    lines = [
        "# Performance",
        "",
        "Written by `make bench`; each line was measured in one run. Limits are this project's own promises.",
        "",
        f"- {_describe_machine()}",
        f"- {_version('nomad-pack')}",
        f"- {_nomad(engine)}; registry, Git server and service on the same machine",
        "",
        *_write_rows(rows),
    ]
    for part in parts:
        lines += ["", *part.lines()]
    return "\n".join(lines) + "\n" + _NOTES


def _nomad(engine: str) -> str:
    return "embedded engine" if engine == "embedded" else f"{_version('nomad')} (dev agent)"


def _version(program: str) -> str:
    """What a program says of its version."""
    if shutil.which(program) is None:
        return f"no {program} on PATH: what is measured against it is left out"
    told = subprocess.run([program, "version"], check=True, capture_output=True, text=True)
    return told.stdout.splitlines()[0]


_NOTES = """
## How it is measured

- **Hand-over**: from the moment at which a second reader of Nomad's event stream has the event that ends a
  phase, to the `SubmitTime` that Nomad gave the next phase's job.
- **Whole build**: hello-world with one test command and two tags, everything cached, from the call of submitJob to
  the status SUCCEEDED as a client sees it. Against it, the same done by hand: three docker jobs that do nothing, each
  registered when the last has ended, plus buildah build and push, the test command in the image, and the copy, run as
  bare commands.
- **Long builds**: one Dockerfile of ten steps that takes a minute, nine of them with a second of work and some waiting,
  and a file of a megabyte from each. "By hand" is buildah build alone, in a container that runs already. Each build has
  a test command, and is timed from the call of submitJob to the status SUCCEEDED; cold is an owner without a store.
- **Side by side**: four repositories whose steps only compute, built at once into one owner's store. Against them,
  the same by hand one after the other (buildah build and push), divided by the machine's cores.
- **While 500 builds live**: on the embedded engine with scripted tasks, one replica of the service as a process of its
  own. Builds are submitted at 20 a second and all live at once; after a quiet time their phases end at 10 a second,
  while a client asks getStatus 25 times a second. A hand-over is here the time from the end of a phase's last task
  (`FinishedAt`) to the next phase's `SubmitTime`, both by the engine's clock. Memory is resident memory with 500 live
  builds less that before them, when a few had ended already. Idle CPU is the CPU time of the whole process over 15 s.
- **Calls of Nomad**: as `nomad_build_nomad_calls_total` counts them, summed over all replicas. A build has three phases
  that end well, 30 of them at once with a second for each phase. A replica's own calls (heartbeats, surveys, looks for
  webhooks) are counted without any build, and taken off from the others by the time.
- **When so many have ended**: CPU time of the whole process and calls for one build, five at once, the median of three
  rounds, beside so many records of ended builds.
- **Rendering in process**: the build pack to jobspec JSON in a running process, by the clock and against a whole
  process of nomad-pack that renders the same pack to HCL.
- **packgen render** and **nomad-pack render**: whole processes in turns, with the same pack and values, medians by the
  clock. What packgen keeps between runs (compiled templates and what files of HCL say, never results) is there from a
  first run, but where it says otherwise. The small pack has three variables and one template of 20 lines. Memory is
  the most that a process held (`ru_maxrss`).
- **Cold start with all that a render needs**: the same with a pack whose template is a comment.
- **A registry in one process**: fifty packs like the small one, each with a template of its own, rendered by one
  process of Python, against fifty processes of nomad-pack, one for each.
- **Lines**: a template with a task for every 15 lines, from its text to Nomad's job (compiled, executed, formatted,
  parsed), compiled anew each time; the median of three.
"""
