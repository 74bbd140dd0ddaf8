"""How the time for a template grows with its lines."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Sequence

from generator import hcl, jobspec, template
from tests.bench.report import Chart, Row

_SIZES = (100, 500, 1000, 2500, 5000, 7500, 10_000)
_ROUNDS = 3
_LIMIT = 1.5
_TASK = """    task "t{number}" {{
      driver = [[ .driver | quote ]]
      [[- if .flag ]]
      env {{
        A = "[[ .name | upper ]]-{number}"
      }}
      [[- end ]]
      [[- range $index, $port := .ports ]]
      # [[ $index ]] [[ printf "%05d" $port ]]
      [[- end ]]
      config {{
        image = "app"
        args  = ["a", "b"]
      }}
    }}
"""
_DATA = {"driver": "docker", "flag": True, "name": "abc", "ports": [80, 443]}


def measure() -> tuple[list[Row], Chart]:
    """Time templates of growing size, from their text to the job; none is compiled before."""
    _render(_write(50, "warm"))
    points = [(lines, _median(lines)) for lines in _SIZES]
    per_line = {lines: milliseconds / lines for lines, milliseconds in points}
    growth = per_line[_SIZES[-1]] / per_line[1000]
    row = Row(
        what="a line of a template of 10,000, from text to job",
        measured=f"{per_line[_SIZES[-1]] * 1000:.0f} µs",
        against=f"a line of one of 1,000 lines {per_line[1000] * 1000:.0f} µs",
        value=growth,
        limit=_LIMIT,
        unit="x",
    )
    chart = Chart(
        title="Time by the length of a template",
        axis="lines",
        unit="ms",
        points=points,
    )
    return [row], chart


def _median(lines: int) -> float:
    return statistics.median(_time(_write(lines, f"{turn}")) for turn in range(_ROUNDS)) * 1000


def _write(lines: int, name: str) -> str:
    """A template with so many lines, and a name in it, so that it is no other's."""
    tasks: list[str] = []
    length = _TASK.count("\n")
    for number in range(max(1, (lines - 4) // length)):
        tasks.append(_TASK.format(number=number))
    return f'job "{name}" {{\n  group "g" {{\n{"".join(tasks)}  }}\n}}\n'


def _time(text: str) -> float:
    # What earlier sizes have left in caches is not this one's: let the collector not walk through it.
    gc.collect()
    gc.freeze()
    begin = time.perf_counter()
    _render(text)
    return time.perf_counter() - begin


def _render(text: str) -> Sequence[str]:
    templates = template.TemplateSet(template.sprig_functions())
    templates.add("t", text)
    rendered = hcl.format_source(templates.execute("t", _DATA))
    return sorted(jobspec.parse(rendered, "t"))
