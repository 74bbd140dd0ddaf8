"""The snapshots are what the program prints, and there is a case for all that changes a job.

That each case is as its snapshot says, and no snapshot without case, is what ``pytest packs`` shows.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from generator import registry
from generator.snapshots import review

ROOT = Path(__file__).parents[2]
DECLARED = re.compile(r'^variable "(\w+)"', re.MULTILINE)
ASSIGNED = re.compile(r"^(\w+) +=", re.MULTILINE)


@pytest.mark.parametrize(
    ("pack", "name", "options"),
    [
        ("build", "gpu-cache.hostile-values", ["--variant", "gpu-cache"]),
        ("test", "cpu.several-commands", ["--variant", "cpu"]),
        ("publish", "hostile-values", []),
        ("cleanup", "minimal", []),
    ],
)
def test_the_program_prints_the_snapshot_byte_for_byte(
    pack: str, name: str, options: list[str]
) -> None:
    feature = name.rpartition(".")[2]
    arguments = f"render {pack} -f packs/{pack}/cases/{feature}.hcl --format json".split()

    completed = subprocess.run(
        [sys.executable, "-m", "generator", *arguments, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )

    snapshot = registry.PACKS / pack / "snapshots" / name / f"{pack}.json"
    assert completed.stdout == snapshot.read_bytes()


@pytest.mark.parametrize("pack", registry.names())
def test_every_variable_of_a_pack_has_a_case_that_gives_it(pack: str) -> None:
    folder = registry.PACKS / pack
    declared = DECLARED.findall((folder / "variables.hcl").read_text())
    files = [*folder.glob("cases/*.hcl"), *registry.variants_in(folder).values()]
    given = {name for file in files for name in ASSIGNED.findall(file.read_text())}

    assert declared
    assert set(declared) - given == set()


@pytest.mark.parametrize("pack", registry.names())
def test_every_pack_has_the_least_and_the_worst_of_cases(pack: str) -> None:
    cases = {path.stem for path in (registry.PACKS / pack / "cases").iterdir()}

    assert {"minimal", "hostile-values"} <= cases


@pytest.mark.parametrize("pack", registry.names())
def test_rendering_twice_gives_the_same_bytes(pack: str) -> None:
    folder = registry.PACKS / pack
    once, again = (list(review.Review(folder).outcomes()) for _ in range(2))

    assert once == again


def test_pytest_collects_every_case_of_every_pack() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "packs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    wanted = {
        f"packs/{pack}/metadata.hcl::{name}"
        for pack in registry.names()
        for name in review.Review(registry.PACKS / pack).cases
    }
    assert len(wanted) > 80
    assert wanted <= set(listed.stdout.splitlines())
