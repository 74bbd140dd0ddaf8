"""The cases in refusals.txt and doubts.txt: jobs with one mistake each, and without it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_CASE = re.compile(
    r"^=== (?P<rule>\S+) \| (?P<place>job|group|task|config|file) \|(?: (?P<says>.*))?\n"
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
        {config}
      }}
      {task}
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A mistake: its rule, what Nomad says, the job with it and where in it, the job without it."""

    rule: str
    says: str
    marked: str
    bad: str
    place: str
    good: str

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.says or ' '.join(self.marked.split())}"


def _mistake(found: re.Match[str]) -> Mistake:
    marked = in_job(found["place"], found["bad"])
    offset = marked.index(_MARK)
    line = marked.count("\n", 0, offset) + 1
    column = offset - marked.rfind("\n", 0, offset)
    return Mistake(
        rule=found["rule"],
        says=found["says"] or "",
        marked=found["bad"],
        bad=marked.replace(_MARK, ""),
        place=f"a.hcl:{line}:{column}",
        good=in_job(found["place"], found["good"]),
    )


def in_job(place: str, text: str) -> str:
    if place == "file":
        return text
    return _JOB.format(**dict.fromkeys(("job", "group", "task", "config"), "") | {place: text})


def _read(name: str) -> tuple[Mistake, ...]:
    text = Path(__file__).with_name(name).read_text()
    found = tuple(_mistake(each) for each in _CASE.finditer(text))
    assert len(found) == text.count("\n=== ")
    return found


REFUSALS = _read("refusals.txt")
DOUBTS = _read("doubts.txt")
