"""The pytest plugin: what it collects, how a case fails, what it writes, and that it costs nothing elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.snapshots import review

PackWriter = Callable[..., Path]

FILES = {
    "variables.hcl": 'variable "count" { default = 1 }\n',
    "templates/web.nomad.tpl": (
        'job "web" {\n  group "web" {\n    count = [[ var "count" . ]]\n  }\n}\n'
    ),
    "cases/one.hcl": "",
    "cases/two.hcl": "count = 2\n",
}
SETTINGS = "[pytest]\nfilterwarnings = error\n"


def run(
    folder: Path, *arguments: str, plugins: tuple[str, ...] = ("generator.pytest_plugin",)
) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder; with no other plugin, for they take their time, or all if none is named."""
    (folder / "pytest.ini").write_text(SETTINGS)
    chosen = [word for plugin in plugins for word in ("-p", plugin)]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *chosen, *arguments]
    environment = os.environ | ({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} if plugins else {})
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)


def collected(folder: Path, *arguments: str) -> list[str]:
    listed = run(folder, "--collect-only", "-q", *arguments).stdout.splitlines()
    return [line for line in listed if "::" in line]


@pytest.fixture
def project(write_pack: PackWriter, tmp_path: Path) -> Path:
    """A folder with packs/demo, its snapshots written."""
    found = review.Review(write_pack(FILES, name="packs/demo"))
    for outcome in found.outcomes():
        found.update(outcome)
    return tmp_path


def test_each_case_of_each_pack_is_a_test(project: Path, write_pack: PackWriter) -> None:
    write_pack(FILES, name="packs/another")

    assert collected(project, "packs") == [
        "packs/another/metadata.hcl::one",
        "packs/another/metadata.hcl::two",
        "packs/another/metadata.hcl::every-snapshot-has-its-case",
        "packs/demo/metadata.hcl::one",
        "packs/demo/metadata.hcl::two",
        "packs/demo/metadata.hcl::every-snapshot-has-its-case",
    ]


@pytest.mark.parametrize(
    "arguments", [("packs/demo/metadata.hcl::two",), ("packs", "-k", "demo and two")]
)
def test_one_case_can_be_chosen(project: Path, arguments: tuple[str, ...]) -> None:
    assert collected(project, *arguments) == ["packs/demo/metadata.hcl::two"]


def test_a_case_fails_with_the_change_of_the_job_and_nothing_else(project: Path) -> None:
    (project / "packs/demo/cases/two.hcl").write_text("count = 3\n")

    result = run(project, "packs")

    assert result.returncode == 1
    assert "1 failed, 2 passed" in result.stdout
    assert "\n  group web\n    ~ Count: 2 → 3\n" in result.stdout
    assert "FAILED packs/demo/metadata.hcl::two - demo::two: changed\n" in result.stdout
    assert "--packgen-update" in result.stdout
    assert "Traceback" not in result.stdout


def test_a_case_without_snapshot_fails(project: Path) -> None:
    (project / "packs/demo/cases/three.hcl").write_text("count = 3\n")

    result = run(project, "packs")

    assert result.returncode == 1
    assert "there is no snapshot yet" in result.stdout


def test_a_snapshot_without_case_fails(project: Path) -> None:
    (project / "packs/demo/cases/two.hcl").unlink()

    result = run(project, "packs")

    assert result.returncode == 1
    assert "1 failed, 1 passed" in result.stdout
    assert "demo::two: without case\nthere is no such case any more" in result.stdout


def test_a_case_that_cannot_be_rendered_fails_even_the_update(project: Path) -> None:
    (project / "packs/demo/cases/two.hcl").write_text("cuont = 3\n")

    result = run(project, "packs", "--packgen-update")

    assert result.returncode == 1
    assert 'There is no variable named "cuont"' in result.stdout
    assert "run pytest with --packgen-update" not in result.stdout


def test_an_update_that_cannot_be_written_fails_in_a_line(project: Path) -> None:
    (project / "packs/demo/cases/two.hcl").write_text("count = 3\n")
    snapshots = project / "packs/demo/snapshots"
    shutil.rmtree(snapshots)
    snapshots.write_text("no folder")

    result = run(project, "packs", "--packgen-update")

    assert result.returncode == 1
    assert "demo/snapshots/two: Not a directory\n" in result.stdout
    assert "raise PackError" not in result.stdout


@pytest.mark.parametrize("option", ["--packgen-update", "--snapshot-update"])
def test_the_update_writes_and_removes_and_passes(project: Path, option: str) -> None:
    demo = project / "packs/demo"
    (demo / "cases/two.hcl").rename(demo / "cases/three.hcl")

    updated = run(project, "packs", option, plugins=())

    assert updated.returncode == 0, updated.stdout
    assert {path.name for path in (demo / "snapshots").iterdir()} == {"one", "three"}
    assert run(project, "packs").returncode == 0


def test_an_update_of_one_case_leaves_the_others(project: Path) -> None:
    demo = project / "packs/demo"
    (demo / "cases/one.hcl").unlink()
    (demo / "cases/two.hcl").write_text("count = 3\n")

    run(project, "packs/demo/metadata.hcl::two", "--packgen-update")

    assert (demo / "snapshots/one/web.json").is_file()
    assert '"Count": 3' in (demo / "snapshots/two/web.json").read_text()


def test_a_pack_without_cases_and_other_files_of_that_name_are_no_tests(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    write_pack({"templates/web.nomad.tpl": 'job "web" {}'}, name="packs/demo")

    assert collected(tmp_path, ".") == []


def test_the_cases_of_a_dependency_are_its_author_s(project: Path, write_pack: PackWriter) -> None:
    write_pack(FILES, name="packs/demo/deps/child")

    assert "packs/demo/deps/child/metadata.hcl::one" not in collected(project, "packs")


def test_tests_beside_and_in_packs_are_collected_as_ever(project: Path) -> None:
    for place in ("packs/test_x.py", "packs/demo/test_y.py"):
        (project / place).write_text("def test_it(): pass\n")

    assert {"packs/test_x.py::test_it", "packs/demo/test_y.py::test_it"} < set(
        collected(project, ".")
    )


def test_a_pack_called_build_is_not_passed_over_unless_asked_to(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    write_pack(FILES, name="packs/build")

    assert "packs/build/metadata.hcl::one" in collected(tmp_path, "packs")
    assert "packs/build/metadata.hcl::one" in collected(tmp_path, "packs", "--ignore=elsewhere")
    assert collected(tmp_path, "packs", "--ignore=packs/build") == []
    assert collected(tmp_path, "packs", "--ignore-glob=packs/b*") == []


def test_cases_that_cannot_be_told_are_an_error_of_the_collection(project: Path) -> None:
    (project / "packs/demo/cases/two.json").write_text("{}")

    result = run(project, "packs")

    assert result.returncode == 2
    assert 'the case "two" is there already' in result.stdout


def test_where_no_pack_is_nothing_of_the_generator_is_imported(tmp_path: Path) -> None:
    probe = """
import sys

def test_it():
    assert {name for name in sys.modules if name.startswith("generator")} == {
        "generator", "generator.pytest_plugin"}
"""
    (tmp_path / "test_x.py").write_text(probe)

    assert run(tmp_path, plugins=()).returncode == 0
