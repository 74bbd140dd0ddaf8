"""The commands for builds that were submitted, against a service over HTTP."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.agents import stage
from tests.server.cli.conftest import Served
from tests.server.cli.typing_commands import read_id, run
from tests.waiting import wait_for


def submit(served: Served, **changes: Any) -> str:
    text = json.dumps(stage.REQUEST | changes)
    return read_id(run("submit", "-f", "-", text=text, url=served.url))


def read_status(served: Served, job_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run("status", job_id, "--json", url=served.url).stdout)
    return answer


def wait_for_end(served: Served, job_id: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        answer = read_status(served, job_id)
        return answer if answer["status"] in ("SUCCEEDED", "FAILED") else None

    return wait_for(ended, "the build to end")


def test_status_shows_what_became_of_a_build(served: Served) -> None:
    job_id = submit(served)
    wait_for_end(served, job_id)
    result = run("status", job_id, url=served.url)
    assert result.exit_code == 0
    shown = dict(re.findall(r"^(\S+) +(.*)$", result.stdout, re.MULTILINE))
    assert shown["id"] == job_id
    assert shown["status"] == "SUCCEEDED"
    assert shown["image"] == "registry.example.com:5000/team/shop:1.4.2"
    assert shown["digest"].startswith("sha256:")
    assert {"build", "test", "publish"} <= shown.keys()
    assert result.stderr == ""


def test_status_of_a_failed_build_says_why_and_ends_with_0(served: Served) -> None:
    served.stage.build_badly()
    job_id = submit(served)
    wait_for_end(served, job_id)
    result = run("status", job_id, url=served.url)
    assert result.exit_code == 0
    assert "step_failed in phase build, task build, exit code 100" in result.stdout
    shown = dict(re.findall(r"^(\S+) +(.*)$", result.stdout, re.MULTILINE))
    assert shown["step"].startswith("5/7 RUN apt-get install")
    assert shown["step"].endswith("(Dockerfile:5)")
    assert shown["evidence"] == "E: Unable to locate package libfoo-dev"
    assert shown["hint"]


def test_nothing_of_a_log_reaches_the_terminal_but_text(served: Served) -> None:
    served.stage.world.fail("build", "step_failed \x1b]0;owned\x07\x1b[2J")
    job_id = submit(served)
    wait_for_end(served, job_id)
    for command in ("status", "logs"):
        assert "\x1b" not in run(command, job_id, url=served.url).stdout


def test_logs_are_shown_by_phase_or_of_one_alone(served: Served) -> None:
    job_id = submit(served)
    wait_for_end(served, job_id)
    every = run("logs", job_id, url=served.url).stdout
    assert re.findall(r"^==> (\w+) <==$", every, re.MULTILINE) == ["build", "test", "publish"]
    one = run("logs", job_id, "--phase", "test", "--lines", "1", url=served.url).stdout
    assert one.rstrip().endswith("nomad-build: test-1 ended with exit code 0")
    assert "==>" not in one
    answer = json.loads(run("logs", job_id, "--phase", "test", "--json", url=served.url).stdout)
    assert "shop 1.4.2" in answer["logs"]["test"]


def test_logs_are_searched_with_the_lines_around(served: Served) -> None:
    served.stage.build_badly()
    job_id = submit(served)
    wait_for_end(served, job_id)
    words = ("logs", job_id, "--phase", "build", "--task", "build", "--search", "^E: ")
    shown = run(*words, "--context", "1", url=served.url)
    assert shown.stdout.splitlines()[-3:] == [
        "Reading state information...",
        "E: Unable to locate package libfoo-dev",
        *[line for line in stage.BAD_BUILD.splitlines() if line.startswith("Error: building")],
    ]
    assert "Reading state" not in run(*words, "--context", "0", url=served.url).stdout
    assert "There is no such line." in run(*words[:-1], "nothing like it", url=served.url).stderr
    assert run(*words[:-1], "(", url=served.url).exit_code == 4


def test_a_build_without_a_log_says_so(served: Served) -> None:
    gate = served.stage.world.hold("build", "source", stdout="")
    job_id = submit(served)
    result = run("logs", job_id, "--phase", "publish", url=served.url)
    gate.open()
    assert (result.exit_code, result.stdout) == (0, "")
    assert "There is no log yet." in result.stderr


def test_kill_stops_a_build_and_the_reason_is_kept(served: Served) -> None:
    gate = served.stage.world.hold("build")
    job_id = submit(served)
    result = run("kill", job_id, "--why", "wrong branch", "--by", "me", url=served.url)
    assert result.exit_code == 0
    build = wait_for_end(served, job_id)
    gate.open()
    assert build["failure"]["reason"] == "killed"
    assert (build["killed"]["by"], build["killed"]["why"]) == ("me", "wrong branch")
    assert "by me: wrong branch" in run("status", job_id, url=served.url).stdout


def test_cleanup_shows_what_it_would_remove_and_removes_it(served: Served) -> None:
    job_id = submit(served)
    wait_for_end(served, job_id)
    planned = run("cleanup", job_id, "--dry-run", url=served.url)
    assert re.search(rf"^job +build-{job_id} ", planned.stdout, re.MULTILINE)
    assert "would be removed" in planned.stderr
    done = json.loads(run("cleanup", job_id, "--json", url=served.url).stdout)
    assert f"build-{job_id}" in done["cleanedJobs"]
    everything = json.loads(run("cleanup", "--all", "--dry-run", "--json", url=served.url).stdout)
    assert everything["dryRun"] is True


@pytest.mark.parametrize("arguments", [[], ["x", "--all"]])
def test_cleanup_wants_one_build_or_all(arguments: list[str]) -> None:
    result = run("cleanup", *arguments)
    assert result.exit_code == 2
    assert "give the id of a build, or --all" in result.stderr


def test_history_lists_builds_the_newest_first_and_page_by_page(served: Served) -> None:
    ids = [submit(served, owner=owner) for owner in ("anna", "bert", "anna")]
    for job_id in ids:
        wait_for_end(served, job_id)
    listed = run("history", url=served.url)
    assert re.findall(r"^(\w{26}) +SUCCEEDED ", listed.stdout, re.MULTILINE) == ids[::-1]
    assert listed.stdout.splitlines()[0].split()[:2] == ["BUILD", "STATUS"]

    annas = json.loads(run("history", "--owner", "anna", "--json", url=served.url).stdout)
    assert [each["jobID"] for each in annas["builds"]] == [ids[2], ids[0]]

    page = run("history", "--limit", "2", url=served.url)
    cursor = page.stderr.rsplit(" ", 1)[1].strip()
    rest = run("history", "--cursor", cursor, url=served.url)
    assert re.findall(r"^(\w{26}) ", rest.stdout, re.MULTILINE) == [ids[0]]


def test_history_is_filtered_by_what_became_of_builds(served: Served) -> None:
    job_id = submit(served)
    wait_for_end(served, job_id)
    for arguments, found in (
        (("--status", "succeeded"), True),
        (("--status", "FAILED"), False),
        (("--finished",), True),
        (("--unfinished",), False),
        (("--repository", "team/shop"), True),
        (("--repository", "nothing-like-it"), False),
    ):
        result = run("history", *arguments, url=served.url)
        assert (job_id in result.stdout) is found, arguments
        assert ("No build is known." in result.stderr) is not found


def test_an_owner_s_build_is_found_by_that_owner_alone(served: Served) -> None:
    job_id = submit(served, owner="anna")
    assert run("status", job_id, "--owner", "anna", url=served.url).exit_code == 0
    assert run("status", job_id, "--owner", "bert", url=served.url).exit_code == 5
