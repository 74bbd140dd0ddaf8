"""The fault suite itself, in a small run: what CI does of ``make faults``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import book, judgement, table

_ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
def test_builds_survive_everything(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    command = [sys.executable, "-m", "tests.faults", "--short", "--write", str(page)]
    ended = subprocess.run(command, cwd=_ROOT, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    rows = {
        name.strip(" *"): int(count)
        for _, name, count, *_ in (line.split("|") for line in page.read_text().splitlines()[5:-1])
    }
    assert rows["builds submitted"] == rows["ended right"] == 60
    # A run that disturbs nothing proves nothing.
    assert sum(count for name, count in rows.items() if "kill -9" in name) >= 3
    for name in ("answers 429", "events dropped", "JSON bodies cut in the middle"):
        assert rows[name] > 0


def test_a_table_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- x -->\nold\n<!-- /x -->\nafter\n")
    table.put_into(page, "x", "new\n")
    table.put_into(page, "y", "other\n")
    assert page.read_text() == (
        "before\n<!-- x -->\nnew\n<!-- /x -->\nafter\n<!-- y -->\nother\n<!-- /y -->\n"
    )


def test_what_may_never_be_is_in_the_table() -> None:
    verdict = judgement.judge([book.make_build(1, "succeeds", "app")], [])
    report = table.Report(
        mark="x", title="", seed="1", seconds=1, nomad="", verdict=verdict, injected={"kills": 3}
    )
    text = table.write(report)
    assert "| **lost** | 1 | 0 |" in text
    assert "| kills | 3 |  |" in text
