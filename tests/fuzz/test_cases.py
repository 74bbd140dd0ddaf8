"""What the fuzzer has found, and whatever else was hostile once: it stays harmless."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import hostile

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"
SECONDS = "4"  # The aim is one; what explodes takes hundreds. Other tests run beside these, and machines differ.


def measured(target: str, files: list[Path]) -> str:
    """What is wrong with how a target takes the files, in a process of its own."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.fuzz.measure",
            "--seconds",
            SECONDS,
            target,
            *map(str, files),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize("target", sorted(path.name for path in CASES.iterdir()))
def test_old_findings_take_seconds_and_200_megabytes_at_most(target: str) -> None:
    assert measured(target, sorted((CASES / target).iterdir())) == ""


@pytest.mark.parametrize("target", hostile.INPUTS)
def test_hostile_inputs_take_seconds_and_200_megabytes_at_most(target: str, tmp_path: Path) -> None:
    for name, text in hostile.INPUTS[target].items():
        (tmp_path / name).write_text(text)

    assert measured(target, sorted(tmp_path.iterdir())) == ""
