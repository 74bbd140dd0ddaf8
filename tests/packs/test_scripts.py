"""The scripts in the jobs: constant texts, with nothing in them for Nomad or a template to evaluate."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

Job = dict[str, Any]

SHELLS = [shell for shell in ("sh", "dash", "bash", "busybox") if shutil.which(shell)]

# Found at run time, in the task's own folder.
NOT_FOLLOWED = "SC1091"


def scripts_of(job: Job) -> Iterator[tuple[str, str]]:
    """Task and name of each script, and its text."""
    for task in job["TaskGroups"][0]["Tasks"]:
        for template in task["Templates"]:
            if template["DestPath"].endswith(".sh"):
                yield f"{task['Name']}/{template['DestPath']}", template["EmbeddedTmpl"]


@pytest.fixture
def scripts(jobs: dict[str, Job]) -> dict[str, set[str]]:
    """Every text that a script has in any case, by task and name."""
    found: dict[str, set[str]] = {}
    for job in jobs.values():
        for name, text in scripts_of(job):
            found.setdefault(name, set()).add(text)
    return found


def test_every_task_has_its_script_and_what_scripts_share(scripts: dict[str, set[str]]) -> None:
    for task in ("source", "build", "test", "publish", "cleanup", "prune"):
        assert {f"{task}/local/{task}.sh", f"{task}/local/functions.sh"} <= scripts.keys()


def test_a_script_is_the_same_whatever_was_given(scripts: dict[str, set[str]]) -> None:
    assert {name for name, texts in scripts.items() if len(texts) != 1} == set()


def test_scripts_have_nothing_for_a_template_or_nomad_to_evaluate(
    scripts: dict[str, set[str]],
) -> None:
    for name, (text,) in scripts.items():
        assert not [sign for sign in ("{{", "}}", "${", "%{", "[[ ", " ]]") if sign in text], name


def test_scripts_stop_at_unset_variables(scripts: dict[str, set[str]]) -> None:
    for name, (text,) in scripts.items():
        task, _, file = name.partition("/local/")
        if file == f"{task}.sh":
            assert "\nset -u\n" in text, name


@pytest.mark.parametrize("shell", SHELLS)
def test_shells_understand_the_scripts(shell: str, scripts: dict[str, set[str]]) -> None:
    command = [shell, "sh", "-n"] if shell == "busybox" else [shell, "-n"]
    for name, (text,) in scripts.items():
        checked = subprocess.run(command, input=text, text=True, capture_output=True)
        assert (checked.returncode, checked.stderr) == (0, ""), name


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not on PATH")
def test_shellcheck_finds_nothing(scripts: dict[str, set[str]]) -> None:
    functions = {name.split("/")[-1]: text for name, (text,) in scripts.items()}
    for name, (text,) in scripts.items():
        # What a script takes in with `.` stands before it, so that its functions and variables are known.
        taken_in = [functions[file] for file in ("functions.sh", "disk.sh", "registries.sh")
                    if f". /local/{file}\n" in text]  # fmt: skip
        whole = "".join([*taken_in, text]).replace("#!/bin/sh\n", "")
        checked = subprocess.run(
            ["shellcheck", "--shell=sh", f"--exclude={NOT_FOLLOWED}", "--format=gcc", "-"],
            input=whole,
            text=True,
            capture_output=True,
        )
        assert checked.stdout == "", name
