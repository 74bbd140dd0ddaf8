"""How lines of a comparison reach a terminal, a pipe, and an old locale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def jobs(tmp_path: Path) -> list[str]:
    """Two job files that differ in a name with a control character."""
    names = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"ID": "é\x1b[7m", "Name": name, "TaskGroups": []}))
        names.append(str(path))
    return names


def command(jobs: list[str]) -> list[str]:
    return [sys.executable, "-m", "generator", "diff", *jobs]


def shown_on_a_terminal(jobs: list[str], **settings: str) -> str:
    reading, writing = os.openpty()
    environment = {name: text for name, text in os.environ.items() if name != "NO_COLOR"}
    with os.fdopen(reading, "rb", buffering=0) as terminal:
        subprocess.run(command(jobs), stdout=writing, env=environment | settings)
        os.close(writing)
        return terminal.read(10_000).decode()


def test_a_terminal_gets_colours_unless_they_are_not_wanted(jobs: list[str]) -> None:
    coloured = shown_on_a_terminal(jobs)
    plain = shown_on_a_terminal(jobs, NO_COLOR="1")

    assert '\x1b[33m    ~ Name: "one" → "two"\x1b[0m' in coloured
    assert '    ~ Name: "one" → "two"' in plain
    assert "\x1b" not in plain


def test_a_pipe_gets_none_and_utf_8_whatever_the_locale_is(jobs: list[str]) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}

    ran = subprocess.run(command(jobs), capture_output=True, env=environment)

    assert ran.returncode == 1, ran.stderr
    assert '    ~ Name: "one" → "two"\n' in ran.stdout.decode()
    assert b"\x1b" not in ran.stdout
