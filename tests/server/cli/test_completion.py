"""Completion of commands, options and ids, as shells ask for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from server.cli import completion
from tests.server.cli.conftest import Served
from tests.server.cli.test_builds import submit
from tests.server.cli.typing_commands import run


def complete(line: str, url: str = "http://127.0.0.1:9") -> list[str]:
    """Ask as bash does; return what it would offer."""
    words = line.split(" ")
    environment = os.environ | {
        completion.VARIABLE: "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "NOMAD_BUILD_URL": url,
    }
    program = "from server.__main__ import main; main(prog_name='nomad-build')"
    said = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert said.stderr == ""
    return [each.removeprefix("plain,") for each in said.stdout.splitlines() if each]


def test_commands_and_options_are_completed() -> None:
    assert complete("nomad-build sta") == ["status"]
    assert set(complete("nomad-build logs --")) >= {"--follow", "--phase", "--json", "--url"}
    assert complete("nomad-build config c") == ["claude", "cursor", "codex"]


def test_ids_are_those_that_the_service_knows(served: Served) -> None:
    job_id = submit(served)
    assert complete("nomad-build watch ", served.url) == [job_id]
    assert complete(f"nomad-build cleanup {job_id[:5]}", served.url) == [job_id]
    assert complete("nomad-build kill zzzz", served.url) == []


def test_where_no_service_answers_no_id_is_offered() -> None:
    assert complete("nomad-build watch ") == []


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_each_shell_gets_its_script(shell: str) -> None:
    result = run("completion", shell)
    assert result.exit_code == 0, result.stderr
    assert completion.VARIABLE in result.stdout
    assert run("completion", "csh").exit_code == 2


@pytest.mark.parametrize("shell", [each for each in completion.SHELLS if shutil.which(each)])
def test_each_shell_understands_its_script(shell: str) -> None:
    script = run("completion", shell).stdout
    ended = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (0, "")
