"""The snapshots are what the program prints, there is one for all that changes a job, and none too many."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator import registry

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SNAPSHOTS = HERE / "__snapshots__" / "test_snapshots"
DECLARED = re.compile(r'^variable "(\w+)"', re.MULTILINE)
ASSIGNED = re.compile(r"^(\w+) +=", re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("build.gpu-cache.hostile-values", ["--variant", "gpu-cache"]),
        ("test.cpu.several-commands", ["--variant", "cpu"]),
        ("publish.hostile-values", []),
        ("cleanup.minimal", []),
    ],
)
def test_the_program_prints_the_snapshot_byte_for_byte(name: str, options: list[str]) -> None:
    pack, *_, feature = name.split(".")

    arguments = f"render {pack} -f tests/packs/cases/{pack}/{feature}.hcl --format json".split()

    completed = subprocess.run(
        [sys.executable, "-m", "generator", *arguments, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )

    assert completed.stdout == (SNAPSHOTS / f"test_job[{name}].json").read_bytes()


@pytest.mark.parametrize("pack", registry.names())
def test_every_variable_of_a_pack_has_a_case_that_gives_it(pack: str) -> None:
    declared = DECLARED.findall((registry.PACKS / pack / "variables.hcl").read_text())
    files = [
        *(HERE / "cases" / pack).glob("*.hcl"),
        *registry.variants(registry.find(pack)).values(),
    ]
    given = {name for file in files for name in ASSIGNED.findall(file.read_text())}

    assert declared
    assert set(declared) - given == set()


@pytest.mark.parametrize("pack", registry.names())
def test_every_pack_has_the_least_and_the_worst_of_cases(pack: str) -> None:
    cases = {path.stem for path in (HERE / "cases" / pack).iterdir()}

    assert {"minimal", "hostile-values"} <= cases


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The snapshots of the cleanup pack alone, and their test, in a folder of their own."""
    shutil.copytree(HERE / "cases" / "cleanup", tmp_path / "cases" / "cleanup")
    for file in ("conftest.py", "test_snapshots.py"):
        shutil.copy(HERE / file, tmp_path)
    snapshots = tmp_path / "__snapshots__" / SNAPSHOTS.name
    snapshots.mkdir(parents=True)
    for snapshot in SNAPSHOTS.glob("test_job[[]cleanup.*"):
        shutil.copy(snapshot, snapshots)
    return tmp_path


def run_pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a folder with this project's settings."""
    settings = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder))
    return subprocess.run(
        [sys.executable, "-m", "pytest", *settings, *options, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("left_out", [(), ("--deselect", "test_other.py")])
def test_a_snapshot_without_its_case_fails_the_run(copy: Path, left_out: tuple[str, ...]) -> None:
    # With and without tests that are left out, as those that need Nomad are: syrupy's own check differs.
    other = copy / "test_other.py"
    other.write_text("def test_with_nomad() -> None: ...\n")
    before = run_pytest(copy, *left_out)
    forgotten = copy / "__snapshots__" / SNAPSHOTS.name / "test_job[cleanup.forgotten].json"
    forgotten.write_text("{}\n")

    after = run_pytest(copy, *left_out)

    assert before.returncode == 0, before.stdout
    assert after.returncode == 1, after.stdout
    assert "cleanup.forgotten" in after.stdout


def test_updating_the_snapshots_writes_what_is_missing_or_changed_and_removes_what_is_unused(
    copy: Path,
) -> None:
    folder = copy / "__snapshots__" / SNAPSHOTS.name
    wanted = {path.name: path.read_bytes() for path in folder.iterdir()}
    missing, changed, *_ = sorted(folder.iterdir())
    missing.unlink()
    changed.write_text("{}\n")
    (folder / "test_job[cleanup.forgotten].json").write_text("{}\n")

    run_pytest(copy, "--snapshot-update")

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == wanted


def test_running_only_what_failed_again_takes_no_other_snapshot_for_unused(copy: Path) -> None:
    folder = copy / "__snapshots__" / SNAPSHOTS.name
    wanted = {path.name: path.read_bytes() for path in folder.iterdir()}
    min(folder.iterdir()).write_text("{}\n")
    run_pytest(copy)

    run_pytest(copy, "--last-failed", "--snapshot-update")

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == wanted
