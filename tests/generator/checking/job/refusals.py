"""The cases in refusals.txt: jobs with one mistake each, and without it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("refusals.txt")
_CASE = re.compile(
    r"^=== (?P<rule>\S+) \| (?P<place>job|group|task|file) \| (?P<says>.*)\n"
    r"(?P<bad>(?:(?!===|---).*\n)*)---\n(?P<good>(?:(?!===).*\n?)*)",
    re.MULTILINE,
)
_MARK = ">>>"
_JOB = """job "example" {{
  {job}
  group "main" {{
    {group}
    task "web" {{
      driver = "docker"
      config {{
        image = "nginx:1.27"
      }}
      {task}
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A mistake: its rule, what Nomad says, the job with it and where in it, the job without it."""

    rule: str
    says: str
    bad: str
    place: str
    good: str

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.says}"


def _refusal(found: re.Match[str]) -> Refusal:
    marked = _in_job(found["place"], found["bad"])
    offset = marked.index(_MARK)
    line = marked.count("\n", 0, offset) + 1
    column = offset - marked.rfind("\n", 0, offset)
    return Refusal(
        rule=found["rule"],
        says=found["says"],
        bad=marked.replace(_MARK, ""),
        place=f"a.hcl:{line}:{column}",
        good=_in_job(found["place"], found["good"]),
    )


def _in_job(place: str, text: str) -> str:
    if place == "file":
        return text
    return _JOB.format(**{"job": "", "group": "", "task": ""} | {place: text})


REFUSALS = tuple(_refusal(found) for found in _CASE.finditer(_FILE.read_text()))
