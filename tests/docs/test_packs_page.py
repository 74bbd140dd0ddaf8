"""docs/packs.md takes a newcomer from nothing to a tested pack: followed here, every step and every output."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "packs.md"

FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPT = "$ "
# A line of the page that stands for any number of lines.
LEFT_OUT = "…"
DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """A file to write, or a command and what it prints."""

    command: str
    text: str


def steps_of(page: Path) -> Iterator[Step]:
    """The page's files and commands, in its order; a file's first line is a comment with its name."""
    for language, text in FENCED.findall(page.read_text()):
        if language == "hcl":
            yield Step("", text)
        elif language == "python":
            yield Step(f"python -c {shlex.quote(text)}", f"{{\n{LEFT_OUT}\n}}\n")
        elif language == "console":
            for part in re.split(rf"^{re.escape(PROMPT)}", text, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                yield Step(command, output)


def run(command: str, folder: Path) -> str:
    """What a command prints, its errors with it, as in a terminal without colours."""
    environment = {
        "HOME": str(folder),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com",
    }  # fmt: skip
    completed = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE,
    )
    return completed.stdout


def as_pattern(output: str) -> str:
    """What the page shows, as a pattern; space at the end of lines does not count."""
    lines = [
        r"(?:.*\n)*?" if line == LEFT_OUT else re.escape(line.rstrip()) + r"[ \t]*\n"
        for line in output.splitlines()
    ]
    return "".join(lines)


def test_a_newcomer_who_follows_the_page_sees_what_it_shows(tmp_path: Path) -> None:
    steps = list(steps_of(PAGE))
    assert len(steps) > 20
    for step in steps:
        if not step.command:
            name = step.text.partition("\n")[0].removeprefix("# ")
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(step.text)
            continue
        shown = run(step.command, tmp_path)
        shown = shown if shown.endswith("\n") or not shown else shown + "\n"
        assert re.fullmatch(as_pattern(step.text), shown), f"$ {step.command}\n{shown}"
