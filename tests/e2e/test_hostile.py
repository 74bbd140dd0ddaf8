"""A repository and a request that attack the service, for real: nothing is executed, and every value arrives."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from server.lab import Repository
from tests.e2e.ground import Ground
from tests.hostile import repository
from tests.hostile.payloads import MARKER

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
# What is kept of images and commits: a file there may be called whatever somebody likes.
_CONTENT = re.compile(r"/(?:storage|docker|registry|git|data/source)$")


def encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def docker(*arguments: str) -> bytes:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True).stdout


def markers(ground: Ground) -> list[str]:
    """Where the payloads' file is on this machine: where it was aimed at, in the lab and in what is left of tasks."""
    found = [str(path) for path in (Path("/tmp", MARKER), Path(MARKER)) if path.exists()]
    for folder, inner, names in os.walk(ground.folder.parent):
        inner[:] = [name for name in inner if not _CONTENT.search(f"{folder}/{name}")]
        found += [f"{folder}/{name}" for name in names if MARKER in name]
    return found


def all_logs(ground: Ground, build: dict[str, Any]) -> str:
    answer = ground.call("getLogs", {"jobID": build["jobID"], "lines": 2000})
    return "\n".join(line for lines in answer["logs"].values() for line in lines)


@pytest.fixture(scope="module")
def hostile(ground: Ground) -> Repository:
    """The repository, its branch being one of no harmless name."""
    files = repository.files(ground.lab.base_image)
    made = ground.lab.git.create("hostile", files)
    return ground.lab.git.point(made, f"refs/heads/{repository.BRANCH}", files)


@pytest.fixture(scope="module")
def given(hostile: Repository) -> dict[str, Any]:
    """Hostile values in every field that takes them."""
    environment = repository.text_for("testEnv", 7000, skip=40)
    word = "$x % {{ add 1700000 4711 }} [[ x ]] `id` $(id) \\ \" ' \n \t \x1b[2J ☃ $%"
    return {
        "repoURL": hostile.url,
        "imageName": "hostile",
        "gitRef": repository.BRANCH,
        "dockerfilePath": repository.DOCKERFILE,
        "contextPath": repository.CONTEXT,
        "buildArgs": {"HOSTILE": repository.text_for("buildArgs", 7000)},
        "labels": {"HOSTILE": repository.text_for("labels", 3500, separator=" ")},
        "testEnv": {"HOSTILE": environment},
        "testCommands": [
            f'check "$HOSTILE" {encode(environment)}',
            "noise",
            ["/bin/check", word, encode(word)],
            f"ls -la /context; # $(touch /tmp/{MARKER})",
        ],
        "testReports": ["/tmp/$(id) {{ x }}.xml", "-rf"],
        "imageTags": ["hostile"],
        "requestID": "x $(id) {{ x }} ${HOME}",
    }


@pytest.fixture(scope="module")
def build(ground: Ground, given: dict[str, Any]) -> dict[str, Any]:
    """The build of it all."""
    return ground.build(**given)


def test_a_hostile_repository_with_hostile_values_builds(build: dict[str, Any]) -> None:
    assert build["status"] == "SUCCEEDED", json.dumps(build, indent=1)


def test_every_value_arrives_byte_for_byte(build: dict[str, Any], given: dict[str, Any]) -> None:
    image = build["images"][0]
    docker("pull", "--quiet", image)
    run = ("run", "--rm", "--network", "none", image)
    assert docker(*run, "cat", "/hostile_arg").decode() == given["buildArgs"]["HOSTILE"]
    assert docker(*run, "cat", "/heredoc").decode() == f"$(touch /tmp/{MARKER})"
    (about,) = json.loads(docker("inspect", image))
    assert about["Config"]["Labels"]["HOSTILE"] == given["labels"]["HOSTILE"]


def test_no_step_reaches_what_is_not_its_own(ground: Ground, build: dict[str, Any]) -> None:
    said = re.findall(r"^probe: (.*): (.*)$", all_logs(ground, build), re.MULTILINE)
    assert len(said) >= 13
    assert [(what, result) for what, result in said if result != "kept out"] == []


def test_what_is_handed_out_has_no_control_characters_and_nothing_was_evaluated(
    ground: Ground, build: dict[str, Any]
) -> None:
    logs = all_logs(ground, build)
    status = json.dumps(ground.call("getStatus", {"jobID": build["jobID"]}), ensure_ascii=False)
    assert "noise: {{ add 1700000 4711 }} ${1700000 + 4711} ${attr.unique.hostname}" in logs
    assert "noise: txet end" in logs
    for text in (logs, status):
        assert _CONTROLS.findall(text) == []
        assert not repository.is_evaluated(text)


def test_no_marker_is_anywhere(ground: Ground, build: dict[str, Any]) -> None:
    assert build["jobID"]
    assert markers(ground) == []


@pytest.fixture(scope="module")
def credentials(ground: Ground) -> str:
    """A reference to credentials that a build task has in a file."""
    path = "hostile/registry"
    items = {"username": "somebody", "password": "not-for-any-step"}
    written = requests.put(
        f"{ground.lab.nomad_address}/v1/var/{path}", json={"Path": path, "Items": items}, timeout=10
    )
    assert written.ok, written.text
    return f"nomad:{path}"


@pytest.mark.parametrize("way", repository.REACHING)
def test_no_step_reaches_the_secrets_of_its_task(
    ground: Ground, credentials: str, way: str
) -> None:
    files = repository.reaching(ground.lab.base_image, repository.REACHING[way])
    name = f"reaching-{list(repository.REACHING).index(way)}"
    build = ground.build(
        repoURL=ground.lab.git.create(name, files).url,
        imageName=name,
        registryCredentialsPath=credentials,
        testCommands=[],
    )
    logs = all_logs(ground, build)
    assert "nomad-build: building Dockerfile" in logs  # that far it came
    assert repository.REACHED not in logs


def test_a_step_that_ends_its_task_fails_its_own_build_and_the_next_one_is_well(
    ground: Ground,
) -> None:
    files = {"Dockerfile": f"FROM {ground.lab.base_image}\nRUN kill -TERM 1; sleep 60\n"}
    suicidal = ground.lab.git.create("suicidal", files)
    failed = ground.build(repoURL=suicidal.url, imageName="suicidal", testCommands=[])
    assert (failed["status"], failed["failure"]["phase"]) == ("FAILED", "build"), failed
    assert ground.build(testCommands=[], imageTags=["after"])["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "changes",
    [
        {"gitRef": "no-such-$(id)`id`{{env}}"},
        {"dockerfilePath": "no such $(id) {{ env }} ☃"},
        {"contextPath": "no such $(id) {{ env }} ☃"},
        {"target": "absent"},
    ],
    ids=["ref", "dockerfile", "context", "target"],
)
def test_a_failure_quotes_hostile_values_safely(
    ground: Ground, given: dict[str, Any], changes: dict[str, Any]
) -> None:
    failed = ground.build(**given | {"requestID": "", "testCommands": []} | changes)
    assert failed["status"] == "FAILED", failed
    said = json.dumps(failed, ensure_ascii=False) + all_logs(ground, failed)
    assert _CONTROLS.findall(said) == []
    assert not repository.is_evaluated(said)
    assert markers(ground) == []
