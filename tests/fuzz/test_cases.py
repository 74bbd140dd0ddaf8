"""What the fuzzer has found, and whatever else was hostile once: it stays harmless."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("target", sorted(path.name for path in CASES.iterdir()))
def test_old_findings_take_a_second_and_200_megabytes_at_most(target: str) -> None:
    files = sorted(map(str, (CASES / target).iterdir()))

    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.measure", target, *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
