"""``packgen`` as a process in trouble: no traceback, and an exit code that says whose fault it was."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PACKGEN = [sys.executable, "-m", "generator"]
METADATA = 'app {\n url = ""\n}\npack {\n name = "p"\n version = "1"\n}\n'


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "p"
    (folder / "templates").mkdir(parents=True)
    (folder / "metadata.hcl").write_text(METADATA)
    (folder / "variables.hcl").write_text('variable "x" {\n default = "d"\n}\n')
    (folder / "templates" / "a.nomad.tpl").write_text('a = "[[ var "x" . ]]"\n')
    return folder


@pytest.fixture
def job_pack(pack: Path) -> Path:
    """A pack of a job, with a case."""
    (pack / "templates" / "a.nomad.tpl").write_text('job "a" {\n}\n')
    (pack / "cases").mkdir()
    (pack / "cases" / "c.hcl").write_text("")
    return pack


def run(
    *arguments: str | bytes, given: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [*PACKGEN, *arguments],
        input=given,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
    return done


def test_a_reader_that_has_enough_ends_it_quietly(pack: Path) -> None:
    (pack / "templates" / "a.nomad.tpl").write_text("[[ range 50000 ]]# line\n[[ end ]]")
    with subprocess.Popen(
        [*PACKGEN, "render", str(pack)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

    assert said == b""
    assert process.returncode


ENDING_IN_OUTPUT = [
    ["render", "{pack}"],
    ["check", "{pack}"],
    ["parse", "-h"],
    ["snapshot", "{pack}"],
    ["diff", "{pack}", "{pack}"],
    ["diff", "{pack}", "{pack}", "--format", "json"],
]


@pytest.mark.parametrize("arguments", ENDING_IN_OUTPUT)
def test_a_full_disk_is_told_in_a_line(job_pack: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PACKGEN, *(each.format(pack=job_pack) for each in arguments)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert b"Errno" not in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("arguments", ENDING_IN_OUTPUT)
def test_a_closed_output_is_told_in_a_line(job_pack: Path, arguments: list[str]) -> None:
    given = [each.format(pack=job_pack) for each in arguments]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *PACKGEN, *given], capture_output=True, check=False
    )

    assert done.returncode == 1
    assert done.stderr == b"cannot write to standard output: it is closed\n"


def test_an_interrupt_ends_it_without_a_traceback() -> None:
    with subprocess.Popen(
        [*PACKGEN, "parse", "-"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        # More than a pipe holds: once it is written, the program is reading.
        process.stdin.write(b"#" * 200_000)
        process.stdin.flush()
        # Python does not see a signal that comes just before it waits: so press the key again.
        for _ in range(100):
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)
                break
        said = process.stderr.read()

    assert b"Traceback" not in said
    assert process.returncode in (1, 130)


def test_input_that_is_no_text_is_refused_with_the_place() -> None:
    done = run("parse", "-", given=b'job "a" {\xff}')

    assert done.returncode == 1
    assert b"not UTF-8 text at byte 9" in done.stderr


def test_names_and_values_of_any_bytes_are_taken_or_refused(pack: Path) -> None:
    assert run("render", b"\xff").returncode == 1
    assert run("render", str(pack), "-f", b"\xff.hcl").returncode == 1
    assert run("render", str(pack), "--var", b"\xff=1").returncode == 1
    assert run("render", str(pack), "--var", b"x=\xff").stdout == b'a = "\xff"\n'
    assert run("parse", b"\xff").returncode == 2


@pytest.mark.parametrize("file", ["/dev/zero", "{pack}", "{pack}/pipe"])
def test_files_that_are_none_are_not_waited_for(pack: Path, file: str) -> None:
    os.mkfifo(pack / "pipe")

    done = run("render", str(pack), "-f", file.format(pack=pack))

    assert done.returncode == 1


def test_a_pipe_among_a_packs_files_is_refused(pack: Path) -> None:
    os.mkfifo(pack / "templates" / "b.nomad.tpl")

    for command in ("render", "check"):
        assert run(command, str(pack)).returncode == 1


def test_a_folder_that_is_no_pack_is_not_walked_over() -> None:
    done = run("render", "/usr")

    assert done.returncode == 1
    assert b"metadata.hcl file not found" in done.stderr
