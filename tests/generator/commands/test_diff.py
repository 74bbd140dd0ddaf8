"""The command ``packgen diff``: what it compares with what, what it prints, and its exit codes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.commands import program as cli

PackWriter = Callable[..., Path]

TEMPLATE = """job "web" {
  group "web" {
    count = [[ var "count" . ]]
    task "server" {
      driver = "docker"
      config {
        image = "web:1"
      }
      kill_timeout = "10s"
    }
  }
}
"""
FILES = {
    "variables.hcl": 'variable "count" { default = 1 }\n',
    "templates/web.nomad.tpl": TEMPLATE,
    "cases/one.hcl": "",
    "cases/two.hcl": "count = 2\n",
}
NEW_IMAGE = {**FILES, "templates/web.nomad.tpl": TEMPLATE.replace("web:1", "web:2")}
NEW_TIMEOUT = {**FILES, "templates/web.nomad.tpl": TEMPLATE.replace("10s", "20s")}


def packgen(*arguments: str | Path) -> Result:
    texts = [str(argument) for argument in arguments]
    return CliRunner().invoke(cli.main, texts, prog_name="packgen")


def diff(*arguments: str | Path) -> Result:
    return packgen("diff", *arguments)


def git(folder: Path, *arguments: str) -> None:
    names = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "gc.auto=0")
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)


def made(folder: Path, *arguments: str, stdin: str | None = None) -> str:
    """What Git prints: the name of the object that it has made."""
    command = ["git", *arguments]
    ran = subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True, input=stdin
    )
    return ran.stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-m", "a state")


@pytest.fixture
def repository(write_pack: PackWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the pack packs/demo in a first commit; it is the current folder."""
    folder = tmp_path / "repository"
    write_pack(FILES, name="repository/packs/demo")
    git(folder, "init", "-b", "main")
    commit(folder)
    monkeypatch.chdir(folder)
    return folder


def test_equal_packs_end_with_0(write_pack: PackWriter) -> None:
    result = diff(write_pack(FILES, name="a/demo"), write_pack(FILES, name="b/demo"))

    assert (result.exit_code, result.stdout) == (0, "0 of 2 cases differ\n")


def test_cases_that_differ_alike_are_shown_once(write_pack: PackWriter) -> None:
    result = diff(write_pack(FILES, name="a/demo"), write_pack(NEW_IMAGE, name="b/demo"))

    assert result.exit_code == 1
    assert result.stdout == (
        "2 cases: one, two\n"
        "  web.json\n"
        "    Nomad: group web is replaced, its tasks restart: Config of task server\n"
        "    group web, task server\n"
        '      ~ Config.image: "web:1" → "web:2"\n'
        "\n"
        "2 of 2 cases differ\n"
    )


def test_what_restarts_no_task_is_said_to_be_done_in_place(write_pack: PackWriter) -> None:
    result = diff(write_pack(FILES, name="a/demo"), write_pack(NEW_TIMEOUT, name="b/demo"))

    assert "group web is updated in place, its tasks run on" in result.stdout


def test_programs_get_paths_values_and_effects(write_pack: PackWriter) -> None:
    pair = (write_pack(FILES, name="a/demo"), write_pack(NEW_IMAGE, name="b/demo"))

    result = diff(*pair, "--format", "json")

    (group,) = json.loads(result.stdout)["differences"]
    (file,) = group["files"]
    assert result.exit_code == 1
    assert group["cases"] == ["one", "two"]
    assert file["differences"] == [
        {"path": "TaskGroups[web].Tasks[server].Config.image", "old": "web:1", "new": "web:2"}
    ]
    assert file["effect"]["groups"][0]["effect"] == "replaced"
    assert file["effect"]["groups"][0]["tasks"] == ["server"]


def test_given_values_take_the_place_of_the_cases(write_pack: PackWriter) -> None:
    pair = (write_pack(FILES, name="a/demo"), write_pack(NEW_IMAGE, name="b/demo"))

    result = diff(*pair, "--var", "count=7")

    assert result.exit_code == 1
    assert result.stdout.startswith("web.json\n  Nomad: group web is replaced")


def test_a_pack_is_compared_with_a_revision_of_it(repository: Path, write_pack: PackWriter) -> None:
    write_pack(NEW_IMAGE, name="repository/packs/demo")
    uncommitted = diff("HEAD:packs/demo", "packs/demo")
    commit(repository)
    committed = diff("HEAD~1:packs/demo", "HEAD:packs/demo")

    assert uncommitted.exit_code == 1
    assert '~ Config.image: "web:1" → "web:2"' in uncommitted.stdout
    assert committed.stdout == uncommitted.stdout
    assert diff("HEAD:packs/demo", "packs/demo").exit_code == 0


@pytest.mark.parametrize("form", ["branch", "tag", "hash", "short hash", "packed"])
def test_a_revision_is_named_as_git_names_it(repository: Path, form: str) -> None:
    git(repository, "tag", "-a", "v1", "-m", "v1")
    shown = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True
    )
    commit_id = shown.stdout.strip()
    names = {"branch": "main", "tag": "v1", "hash": commit_id, "short hash": commit_id[:8]}
    if form == "packed":
        git(repository, "gc")

    assert diff(f"{names.get(form, 'HEAD')}:packs/demo", "packs/demo").exit_code == 0


def test_a_path_that_begins_with_a_dot_starts_at_the_current_folder(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "packs")

    assert diff("HEAD:./demo", "demo").exit_code == 0
    assert diff("HEAD:demo", "demo").exit_code == 2


def test_links_of_a_revision_lead_to_its_own_files(repository: Path) -> None:
    shared = repository / "packs/shared.tpl"
    shared.write_text('[[ define "image" ]]web:1[[ end ]]')
    templates = repository / "packs/demo/templates"
    (templates / "_shared.tpl").symlink_to("../../shared.tpl")
    text = TEMPLATE.replace("web:1", '[[ template "image" ]]')
    (templates / "web.nomad.tpl").write_text(text)
    commit(repository)
    shared.write_text('[[ define "image" ]]web:2[[ end ]]')

    assert '~ Config.image: "web:1" → "web:2"' in diff("HEAD:packs/demo", "packs/demo").stdout


@pytest.mark.parametrize("leads", ["../../../../outside.tpl", "/etc/hostname", "_loop.tpl"])
def test_a_link_out_of_the_repository_or_to_itself_is_an_error(
    repository: Path, leads: str
) -> None:
    (repository / "packs/demo/templates/_loop.tpl").symlink_to(leads)
    commit(repository)

    result = diff("HEAD:packs/demo", "packs/demo")

    assert result.exit_code == 2
    assert "leads out of the repository" in result.stderr or "too many links" in result.stderr


def test_a_folder_without_end_is_not_copied(repository: Path) -> None:
    # Ten names for one folder in each of nine folders, one in the other: a billion files.
    tree = made(repository, "hash-object", "-w", "--stdin", stdin="x")
    kind = "100644 blob"
    for _ in range(9):
        entries = "".join(f"{kind} {tree}\tname{number}\n" for number in range(10))
        tree, kind = made(repository, "mktree", stdin=entries), "040000 tree"
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    commit_id = made(repository, *identity, "commit-tree", tree, "-m", "bomb")

    result = diff(f"{commit_id}:.", "packs/demo")

    assert result.exit_code == 2
    assert "there is too much to copy" in result.stderr


def test_folders_of_packs_are_compared_pack_by_pack(
    repository: Path, write_pack: PackWriter
) -> None:
    write_pack(FILES, name="repository/packs/another")

    result = diff("HEAD:packs", "packs")

    assert result.exit_code == 1
    assert result.stdout == (
        "only in NEW: 2 cases: another::one, another::two\n2 of 4 cases differ\n"
    )


def test_a_pack_without_cases_takes_those_of_the_other_side(
    repository: Path, write_pack: PackWriter
) -> None:
    git(repository, "rm", "-r", "-q", "packs/demo/cases")
    commit(repository)
    write_pack(NEW_IMAGE, name="repository/packs/demo")

    assert "2 cases: one, two\n" in diff("HEAD:packs/demo", "packs/demo").stdout


def test_a_case_that_only_one_side_can_render_is_a_difference(write_pack: PackWriter) -> None:
    broken = {**FILES, "templates/web.nomad.tpl": '[[ fail "no more" ]]'}

    result = diff(write_pack(FILES, name="a/demo"), write_pack(broken, name="b/demo"))

    assert result.exit_code == 1
    assert (
        "2 cases: one, two\n  NEW cannot be rendered: templates/web.nomad.tpl:1:4" in result.stdout
    )
    assert "no more" in result.stdout


def test_what_no_side_can_render_is_trouble(write_pack: PackWriter) -> None:
    broken = {**FILES, "templates/web.nomad.tpl": '[[ fail "no more" ]]'}

    result = diff(write_pack(broken, name="a/demo"), write_pack(broken, name="b/demo"))

    assert result.exit_code == 2
    assert result.stderr.count("error calling fail") == 1
    assert result.stderr.startswith("2 cases: one, two: neither side can be rendered: ")


def test_trouble_with_one_pack_does_not_hide_what_changed_in_another(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    broken = {"templates/web.nomad.tpl": '[[ fail "no more" ]]'}
    for side, files in (("old", FILES), ("new", NEW_IMAGE)):
        write_pack(broken, name=f"{side}/broken")
        write_pack(files, name=f"{side}/demo")

    result = diff(tmp_path / "old", tmp_path / "new")

    assert result.exit_code == 2
    assert "broken: neither side can be rendered" in result.stderr
    assert '~ Config.image: "web:1" → "web:2"' in result.stdout
    assert result.stdout.endswith("2 of 2 cases differ\n")


def test_job_files_are_compared_whatever_their_language(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack(FILES)
    as_hcl, as_json = tmp_path / "web.nomad.hcl", tmp_path / "web.json"
    as_hcl.write_text(packgen("render", folder).stdout)
    as_json.write_text(packgen("render", folder, "--format", "json", "--var", "count=4").stdout)

    same = diff(as_hcl, as_hcl)
    changed = diff(as_hcl, as_json)

    assert (same.exit_code, same.stdout) == (0, "no difference\n")
    assert changed.exit_code == 1
    assert "~ Count: 1 → 4" in changed.stdout


def test_a_job_file_is_compared_with_what_a_pack_renders(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack(FILES)
    file = tmp_path / "web.nomad"
    file.write_text(packgen("render", folder, "--var", "count=4").stdout)

    assert diff(file, folder, "--var", "count=4").exit_code == 0
    assert diff(file, folder, "--var", "cuont=4").exit_code == 2
    several = diff(file, folder)
    assert several.exit_code == 2
    assert "the other side has 2" in several.stderr


def test_a_job_that_a_cluster_gives_differs_by_what_a_file_says_alone(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack(FILES)
    job = json.loads(packgen("render", folder, "--format", "json").stdout)
    group = job["TaskGroups"][0]
    group["Constraints"] = [
        {"LTarget": "${attr.nomad.version}", "RTarget": ">= 1.4.0", "Operand": "semver"}
    ]
    group["Tasks"].append({"Name": "connect-proxy-web", "Kind": "connect-proxy:web"})
    group["EphemeralDisk"] = {"SizeMB": 300, "Sticky": False}
    job |= {"JobModifyIndex": 7, "SubmitTime": 1, "Status": "running", "Priority": 50}
    given = json.dumps({"Job": job})
    (tmp_path / "live.json").write_text(given)

    same = diff(tmp_path / "live.json", folder, "--var", "count=1")
    other = CliRunner().invoke(
        cli.main, ["diff", "-", str(folder), "--var", "count=2"], input=given
    )

    assert (same.exit_code, same.stdout) == (0, "no difference\n")
    assert other.exit_code == 1
    assert other.stdout.splitlines()[2:] == ["  group web", "    ~ Count: 1 → 2", ""]


def test_standard_input_is_one_side_only() -> None:
    result = diff("-", "-")

    assert result.exit_code == 2
    assert "standard input can be read only once" in result.stderr


def test_a_pack_is_compared_with_its_snapshots(write_pack: PackWriter) -> None:
    folder = write_pack(FILES)
    packgen("snapshot", folder, "--update")

    assert diff(folder / "snapshots", folder).exit_code == 0


def test_rendered_folders_are_compared(write_pack: PackWriter, tmp_path: Path) -> None:
    for name, files in (("old", FILES), ("new", NEW_IMAGE)):
        packgen("render", write_pack(files), "--to-dir", tmp_path / name)

    result = diff(tmp_path / "old", tmp_path / "new")

    assert result.exit_code == 1
    assert '~ Config.image: "web:1" → "web:2"' in result.stdout


def test_links_among_rendered_files_lead_no_further_than_those_of_packs(tmp_path: Path) -> None:
    old, new = tmp_path / "tree/old", tmp_path / "tree/new"
    for folder in (tmp_path / "tree/.git", old, new):
        folder.mkdir(parents=True)
    (tmp_path / "secret").write_text("s3cret\n")
    (old / "one.conf").write_text("one\n")
    (new / "one.conf").symlink_to("../old/one.conf")
    within = diff(old, new)
    (new / "two.conf").symlink_to("../../secret")

    beyond = diff(old, new)

    assert (within.exit_code, beyond.exit_code) == (0, 2)
    assert "leads out of" in beyond.stderr
    assert "s3cret" not in beyond.output


def test_programs_learn_which_side_cannot_be_rendered(write_pack: PackWriter) -> None:
    broken = {**FILES, "templates/web.nomad.tpl": '[[ fail "no more" ]]'}

    result = diff(write_pack(broken, name="a"), write_pack(FILES, name="b"), "--format", "json")

    found = json.loads(result.stdout)
    assert found["same"] is False
    assert list(found["fails"]) == ["one", "two"]
    assert "no more" in found["fails"]["one"]["old"]


def test_what_is_wrong_at_a_revision_is_told_of_the_revision(repository: Path) -> None:
    (repository / "packs/demo/cases/gpu").mkdir()
    (repository / "packs/demo/cases/gpu/one.hcl").write_text("")
    commit(repository)

    result = diff("HEAD:packs", "packs")

    assert result.exit_code == 2
    assert result.stderr.startswith("HEAD:packs/demo/cases/gpu: ")


def test_what_is_wrong_on_both_sides_is_told_of_files_as_they_were_given(repository: Path) -> None:
    (repository / "packs/demo/variables.hcl").write_text('variable "count" {\n  default = = 1\n}\n')

    result = diff("packs/demo/", "packs/demo")

    assert result.exit_code == 2
    assert "rendered: packs/demo/variables.hcl:2:13: " in result.stderr


@pytest.mark.parametrize("form", ["@", "@~0", "HEAD^{commit}", "note^{}", "note^{commit}~0"])
def test_git_s_short_names_of_a_commit_are_known(repository: Path, form: str) -> None:
    git(repository, "tag", "-a", "-m", "a note", "note")

    assert diff(f"{form}:packs/demo", "packs/demo").exit_code == 0


@pytest.mark.parametrize("form", ["mian", "heads/mian", "refs/heads/mian", "mian~1"])
def test_a_revision_that_is_near_is_told(repository: Path, form: str) -> None:
    result = diff(f"{form}:packs/demo", "packs/demo")

    assert result.exit_code == 2
    assert 'main"?\n' in result.stderr


def test_a_path_from_the_current_folder_is_told_how_to_be_written(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "packs")

    result = diff("HEAD:demo", "demo")

    assert result.exit_code == 2
    assert 'hint: from the current folder it is "HEAD:./demo"\n' in result.stderr
    assert diff("HEAD:./demo", "demo").exit_code == 0


def test_of_a_shallow_repository_it_is_told_how_to_get_the_rest(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "commit", "--allow-empty", "-m", "another state")
    git(tmp_path, "clone", "--depth", "1", repository.as_uri(), "shallow")
    monkeypatch.chdir(tmp_path / "shallow")

    result = diff("HEAD~1:packs/demo", "packs/demo")

    assert result.exit_code == 2
    assert "the repository is shallow: git fetch --unshallow" in result.stderr
    assert diff("HEAD:packs/demo", "packs/demo").exit_code == 0


def test_of_a_repository_without_a_commit_that_is_told(
    write_pack: PackWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_pack(FILES)
    git(tmp_path, "init")
    monkeypatch.chdir(tmp_path)

    result = diff(f"HEAD:{folder.name}", folder)

    assert result.exit_code == 2
    assert result.stderr.endswith("hint: there is no commit yet\n")


def test_a_submodule_is_told_to_be_one(repository: Path) -> None:
    head = made(repository, "rev-parse", "HEAD")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},module")
    git(repository, "commit", "-m", "with a module")

    for path in ("module", "module/packs/demo"):
        result = diff(f"HEAD:{path}", "packs/demo")

        assert result.exit_code == 2
        assert "module is a submodule" in result.stderr


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("nowhere", "no such file or directory"),
        ("nobody:packs/demo", 'there is no revision "nobody"'),
        ("HEAD:packs/nothing", "there is no packs/nothing in HEAD"),
        ("HEAD~7:packs", 'there is no revision "HEAD~7"'),
    ],
)
def test_a_side_that_is_not_there_is_trouble(repository: Path, old: str, said: str) -> None:
    result = diff(old, "packs/demo")

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_revision_needs_a_repository(
    write_pack: PackWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = diff("HEAD:demo", write_pack(FILES))

    assert result.exit_code == 2
    assert "the current folder is in no Git repository" in result.stderr


def test_packs_without_a_case_in_common_are_told_how_to_be_compared(write_pack: PackWriter) -> None:
    others = {**NEW_IMAGE, "cases/three.hcl": ""}
    old, new = write_pack(FILES, name="old"), write_pack(others, name="new")
    for case in ("one", "two"):
        (new / f"cases/{case}.hcl").unlink()

    apart = diff(old, new)
    given = diff(old, new, "--var", "count=1")

    assert apart.exit_code == 1
    assert apart.stdout.splitlines() == [
        "only in OLD: 2 cases: one, two",
        "only in NEW: three",
        "3 of 3 cases differ",
        "hint: no case is on both sides; with -f or --var both are given the same values",
    ]
    assert '~ Config.image: "web:1" → "web:2"' in given.stdout
    assert "hint" not in given.stdout


def test_files_without_a_case_s_folder_are_named(write_pack: PackWriter) -> None:
    folder = write_pack(FILES)

    result = diff(folder, folder / "templates")

    assert "only in NEW: files that are in no case's folder\n" in result.stdout


def test_a_missing_side_is_a_wrong_command_line(write_pack: PackWriter) -> None:
    assert diff(write_pack(FILES)).exit_code == 2
