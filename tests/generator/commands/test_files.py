"""``packgen render --to-dir`` and standard output: all is delivered, or it is said what was not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from generator.commands import files
from generator.errors import GeneratorError

PackWriter = Callable[..., Path]

RENDER = [sys.executable, "-m", "generator", "render"]
JOB = 'job "x" {\n  meta {\n    a = "[[ repeat 200000 "y" ]]"\n  }\n}\n'


def all_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_files_are_written_over_older_ones(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a").write_text("old")
    assert files.write({"p/a": "new", "q/r/b": "b"}, str(tmp_path)) == [
        str(tmp_path / "p" / "a"),
        str(tmp_path / "q" / "r" / "b"),
    ]
    assert (tmp_path / "p" / "a").read_text() == "new"
    assert all_below(tmp_path) == ["p", "p/a", "q", "q/r", "q/r/b"]


@pytest.mark.parametrize("obstacle", ["folder", "file", "name"])
def test_when_one_file_cannot_be_written_nothing_has_changed(tmp_path: Path, obstacle: str) -> None:
    out = tmp_path / "out"
    (out / "p").mkdir(parents=True)
    (out / "p" / "a").write_text("old")
    results = {"p/a": "new", "new/b": "b", "p/z": "z"}
    if obstacle == "folder":
        (out / "p" / "z").mkdir()
    elif obstacle == "file":
        (out / "z").write_text("")
        results["z/inner"] = "z"
    else:
        results["x" * 300] = "z"
    before = all_below(out)
    with pytest.raises((GeneratorError, OSError)):
        files.write(results, str(out))
    assert all_below(out) == before
    assert (out / "p" / "a").read_text() == "old"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_seen_enough_ends_the_program_without_a_word(
    write_pack: PackWriter, unbuffered: str
) -> None:
    folder = write_pack({"templates/x.nomad.tpl": JOB})
    shell = (
        f"set -o pipefail; PYTHONUNBUFFERED={unbuffered} {' '.join(RENDER)} {folder} | head -c 5"
    )
    ended = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60)
    assert (ended.stdout, ended.stderr, ended.returncode) == ('job "', "", 141)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [[], ["--format", "json"], ["--variant=no"]])
def test_an_output_that_cannot_be_written_is_told(write_pack: PackWriter, words: list[str]) -> None:
    folder = write_pack({"templates/x.nomad.tpl": JOB})
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*RENDER, str(folder), *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert ended.returncode == 1
    expected = "has no variant" if words == ["--variant=no"] else "No space left on device"
    assert expected in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_closed_output_is_told(write_pack: PackWriter) -> None:
    folder = write_pack({"templates/x.nomad.tpl": JOB})
    shell = f"{' '.join(RENDER)} {folder} >&-"
    ended = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "cannot write to standard output" in ended.stderr


def test_a_job_as_yaml_is_the_same_as_in_json(write_pack: PackWriter) -> None:
    folder = write_pack({"templates/x.nomad.tpl": JOB})
    environment = {**os.environ, "PYTHONUTF8": "1"}
    texts = [
        subprocess.run(
            [*RENDER, str(folder), "--format", form],
            capture_output=True, text=True, check=True, env=environment, timeout=60,
        ).stdout
        for form in ("yaml", "json")
    ]  # fmt: skip
    jobs = [yaml.safe_load(text) for text in texts]
    assert jobs[0] == jobs[1]
    assert jobs[0]["ID"] == "x"
    assert not texts[0].startswith("{")
