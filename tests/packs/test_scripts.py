"""The scripts in the jobs: constant texts, with nothing in them for Nomad or a template to evaluate."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

Job = dict[str, Any]

SHELLS = [shell for shell in ("sh", "dash", "bash", "busybox") if shutil.which(shell)]

TAKEN_IN = re.compile(r"^\. /local/(.+)$", re.MULTILINE)
# Found at run time, in the task's own folder.
NOT_FOLLOWED = "SC1091"
# Of what is only taken in others use what it sets, and set what it uses; together they are checked with each script.
SHARED = "SC2034,SC2154"
# A function that only a trap calls, or only another script that takes it in, counts as unreachable or never invoked.
CALLED_ELSEWHERE = "SC2317,SC2329"


def scripts_of(job: Job) -> Iterator[tuple[str, str]]:
    """Task and name of each script, and its text."""
    for task in job["TaskGroups"][0]["Tasks"]:
        for template in task.get("Templates", ()):
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
    tests = ("test-1", "ready", "ready-db")
    for task in (
        *("source", "base", "build", "stage", *tests, "copy", "publish", "cleanup", "prune"),
    ):
        script = task.partition("-")[0]
        assert {f"{task}/local/{script}.sh", f"{task}/local/functions.sh"} <= scripts.keys()
    assert "source/local/plan.sh" in scripts


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
        if file in (f"{task.partition('-')[0]}.sh", "plan.sh"):
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
    functions["functions.sh"] = functions["functions.sh"].replace(
        "  . /local/mask.sh\n", functions["mask.sh"]
    )

    def take_in(text: str) -> Iterator[str]:
        for file in TAKEN_IN.findall(text):
            yield from take_in(functions[file])
            yield functions[file]

    for name, (text,) in scripts.items():
        if name.endswith(("/functions.sh", "/mask.sh")):
            text = functions["functions.sh"]
        # What a script takes in with `.` stands before it, so that its functions and variables are known.
        task, _, file = name.partition("/local/")
        excluded = f"{NOT_FOLLOWED},{CALLED_ELSEWHERE}"
        if file != f"{task.partition('-')[0]}.sh":
            excluded += f",{SHARED}"
        whole = "".join([*take_in(text), text]).replace("#!/bin/sh\n", "")
        checked = subprocess.run(
            ["shellcheck", "--shell=sh", f"--exclude={excluded}", "--format=gcc", "-"],
            input=whole,
            text=True,
            capture_output=True,
        )
        assert checked.stdout == "", name
