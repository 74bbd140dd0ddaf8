"""The command ``packgen snapshot``: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.commands import program as cli

PackWriter = Callable[..., Path]

FILES = {
    "variables.hcl": 'variable "count" { default = 1 }\n',
    "templates/web.nomad.tpl": (
        'job "web" {\n  group "web" {\n    count = [[ var "count" . ]]\n  }\n}\n'
    ),
    "cases/one.hcl": "",
    "cases/two.hcl": "count = 2\n",
}


def packgen(*arguments: str | Path) -> Result:
    texts = [str(argument) for argument in arguments]
    return CliRunner().invoke(cli.main, ["snapshot", *texts], prog_name="packgen")


@pytest.fixture
def folder(write_pack: PackWriter) -> Path:
    """A pack whose snapshots are written."""
    written = write_pack(FILES)
    assert packgen(written, "--update").exit_code == 0
    return written


def test_a_new_case_says_what_it_renders_and_how_to_add_it(write_pack: PackWriter) -> None:
    folder = write_pack(FILES)

    result = packgen(folder)

    assert result.exit_code == 1
    assert f"2 cases without snapshot: {folder}::one, {folder}::two\n" in result.stdout
    assert f": packgen snapshot {folder} --update, and review" in result.stdout
    assert not (folder / "snapshots").exists()


def test_the_update_says_what_it_wrote_and_removed(folder: Path) -> None:
    (folder / "cases/one.hcl").unlink()
    (folder / "cases/two.hcl").write_text("count = 3\n")

    result = packgen(folder, "--update")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"wrote {folder}/snapshots/two",
        f"removed {folder}/snapshots/one",
        "2 snapshots: 1 removed, 1 updated",
    ]


def test_nothing_is_said_of_cases_that_have_not_changed(folder: Path) -> None:
    result = packgen(folder)

    assert (result.exit_code, result.stdout) == (0, "2 snapshots: 2 unchanged\n")


def test_a_changed_case_is_shown_by_the_path_of_the_change(folder: Path) -> None:
    (folder / "cases/two.hcl").write_text("count = 3\n")

    result = packgen(folder)

    assert result.exit_code == 1
    assert "\n    group web\n      ~ Count: 2 → 3\n" in result.stdout
    assert "2 snapshots: 1 changed, 1 unchanged" in result.stdout


def test_cases_that_change_alike_are_shown_once(folder: Path) -> None:
    for count in range(3, 8):
        (folder / f"cases/n{count}.hcl").write_text(f"count = {count}\n")
    packgen(folder, "--update")
    template = folder / "templates/web.nomad.tpl"
    template.write_text(template.read_text().replace("count =", "consul {}\n    count ="))
    (folder / "cases/two.hcl").write_text("count = 9\n")

    result = packgen(folder)

    assert result.exit_code == 1
    names = ", ".join(f"{folder}::{name}" for name in ("n3", "n4", "n5", "n6"))
    assert f"6 cases changed: {names} and 2 more\n  web.json\n" in result.stdout
    assert f"\n{folder}::two: changed\n" in result.stdout
    assert result.stdout.count("+ Consul") == 2


def test_what_cannot_be_rendered_is_shown_once_and_the_next_step_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "variables.hcl").write_text('variable "count" {\n  default = = 1\n}\n')
    monkeypatch.chdir(folder.parent)

    result = packgen("demo", "--case", "*")

    assert result.exit_code == 1
    assert result.stdout.startswith(
        "2 cases cannot be rendered: demo::one, demo::two\n  demo/variables.hcl:2:13: "
    )
    assert "hint: packgen check demo says where in the pack that comes from\n" in result.stdout
    assert "--update" not in result.stdout


def test_what_is_wrong_with_the_cases_names_files_as_they_were_given(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "cases/gpu").mkdir()

    for place, given, said in (
        (folder.parent, "demo", "demo/cases/gpu: "),
        (folder, ".", "cases/gpu: "),
        (folder, folder, f"{folder}/cases/gpu: "),
    ):
        monkeypatch.chdir(place)
        assert packgen(given).stderr.startswith(said)


def test_a_folder_of_packs_means_all_of_them(write_pack: PackWriter, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_pack(FILES, name=f"packs/{name}")

    result = packgen(tmp_path / "packs", "--update")

    assert result.stdout.endswith("4 snapshots: 4 added\n")
    assert (tmp_path / "packs/b/snapshots/two/web.json").is_file()


def test_without_a_pack_it_is_the_current_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)

    assert packgen().stdout == "2 snapshots: 2 unchanged\n"


def test_a_pack_that_comes_with_the_program_goes_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert packgen("cleanup").exit_code == 0


@pytest.mark.parametrize("pattern", ["two", "t*"])
def test_some_cases_can_be_chosen(folder: Path, pattern: str) -> None:
    (folder / "cases/one.hcl").write_text("count = 9\n")
    (folder / "snapshots/gone").mkdir()

    result = packgen(folder, "--case", pattern)

    assert (result.exit_code, result.stdout) == (0, "1 snapshot: 1 unchanged\n")


def test_a_case_that_is_none_is_a_wrong_command_line_and_the_near_one_is_told(folder: Path) -> None:
    result = packgen(folder, "--case", "twoo")

    assert result.exit_code == 2
    assert "there is no case 'twoo': did you mean \"two\"?" in result.stderr


def test_a_case_that_cannot_be_rendered_fails_the_update_too(folder: Path) -> None:
    (folder / "cases/two.hcl").write_text("cuont = 3\n")

    result = packgen(folder, "--update")

    assert result.exit_code == 1
    assert f"{folder}::two: cannot be rendered\n" in result.stdout
    assert 'There is no variable named "cuont"' in result.stdout


def test_a_pack_without_cases_is_told_where_to_put_one(write_pack: PackWriter) -> None:
    folder = write_pack({"templates/web.nomad.tpl": 'job "web" {}\n'})

    result = packgen(folder)

    assert result.exit_code == 1
    assert f"add a file with values: {folder}/cases/minimal.hcl" in result.stdout


def test_a_folder_without_packs_is_a_wrong_command_line(tmp_path: Path) -> None:
    result = packgen(tmp_path)

    assert result.exit_code == 2
    assert "there is no pack in this folder" in result.stderr
