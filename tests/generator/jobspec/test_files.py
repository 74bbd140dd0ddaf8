"""Functions of files: refused as by Nomad's API, or as ``nomad job run`` has them when allowed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator import jobspec
from generator.errors import GeneratorError, HclError
from generator.jobspec import tree

CALLS = [
    'abspath("a")', 'basename("a")', 'dirname("a")', 'file("a")', 'filebase64("a")',
    'fileexists("a")', 'fileset("a", "*")', 'pathexpand("a")',
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with files of all kinds."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("hello\n")
    (tmp_path / "sub" / "b.txt").write_text("e\u0301")
    (tmp_path / "binary").write_bytes(b"\xff\x00")
    (tmp_path / "link").symlink_to("a.txt")
    (tmp_path / "broken").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def value(expression: str, *, allow_files: bool = True) -> tree.Json:
    config = f"config {{\n value = {expression}\n}}"
    text = f'job "x" {{\n task "t" {{\n {config}\n }}\n}}\n'
    job = jobspec.parse(text, "x.hcl", allow_files=allow_files)
    match job["TaskGroups"]:
        case [{"Tasks": [{"Config": {"value": found}}]}]:
            return found
        case other:
            msg = f"no value in {other}"
            raise AssertionError(msg)


@pytest.mark.parametrize("call", CALLS)
def test_no_file_is_looked_at_unless_allowed(call: str) -> None:
    with pytest.raises(HclError) as caught:
        value(call, allow_files=False)

    assert "filesystem function disabled" in caught.value.message
    assert caught.value.hint is not None


def test_random_functions_being_allowed_does_not_allow_files(folder: Path) -> None:
    text = f'job "x" {{\n  id = file("{folder}/a.txt")\n}}\n'

    with pytest.raises(HclError):
        jobspec.parse(text, "x.hcl", allow_impure=True)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('file("a.txt")', "hello\n"),
        ('file("./sub/../a.txt")', "hello\n"),
        ('file("link")', "hello\n"),
        ('file("sub/b.txt")', "\u00e9"),
        ('filebase64("binary")', "/wA="),
        ('fileexists("a.txt")', True),
        ('fileexists("none")', False),
        ('fileexists("a.txt/none")', False),
        ('fileexists("broken")', False),
        ('basename("/a/b/")', "b"),
        ('basename("")', "."),
        ('basename("/")', "/"),
        ('dirname("/a/b/")', "/a/b"),
        ('dirname("")', "."),
        ('dirname("a/b/../c/d")', "a/c"),
        ('abspath("/a//b")', "/a/b"),
        ('pathexpand("~")', "/home/me"),
        ('pathexpand("~/x")', "/home/me/x"),
        ('pathexpand("x~")', "x~"),
        ('try(file("none"), "else")', "else"),
    ],
)
def test_files_are_read_as_nomad_job_run_reads_them(expression: str, expected: tree.Json) -> None:
    assert value(expression) == expected


def test_paths_count_from_where_the_program_is_called(folder: Path) -> None:
    assert value('abspath("x/../y")') == f"{folder}/y"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ('file("none")', "no file exists at none"),
        ('file("sub")', "failed to read sub"),
        ('file("")', "failed to read ."),
        ('file("a\\u0000b")', "failed to read"),
        ('file("binary")', "not valid UTF-8"),
        ('file("~other/x")', "cannot expand user-specific home dir"),
        ('file("/dev/zero")', "/dev/zero"),
        ('fileexists("sub")', 'sub is not a regular file, but "drwx'),
        ('fileexists("a\\u0000b")', "failed to stat"),
        ('fileset(".", "*")', "filesystem function disabled"),
    ],
)
def test_what_cannot_be_read_is_refused(expression: str, problem: str) -> None:
    with pytest.raises(GeneratorError) as caught:
        value(expression)

    assert problem in caught.value.message


@pytest.mark.usefixtures("folder")
def test_pipe_that_nobody_writes_to_is_not_waited_for() -> None:
    assert value('file("pipe")') == ""
