"""Whole builds for real: Git, Buildah, registry, and each of the two Nomads."""

from __future__ import annotations

import json
import re
import subprocess
import time
from typing import Any

import anyio
import pytest
import requests
from mcp import Client

from server.lab import Credentials, Repository
from tests.e2e.ground import Ground

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


def run_image(image: str) -> str:
    subprocess.run(["docker", "pull", "--quiet", image], check=True, capture_output=True)
    ended = subprocess.run(
        ["docker", "run", "--rm", image], check=True, capture_output=True, text=True
    )
    return ended.stdout


def link_to_its_content(repository: Repository, name: str) -> None:
    """Commit a file as a symbolic link instead: Git keeps where it leads as its content."""

    def git(*arguments: str, text: str = "") -> str:
        author = ["-c", "user.name=Lab", "-c", "user.email=lab@localhost"]
        command = ["git", f"--git-dir={repository.path}", *author, *arguments]
        ended = subprocess.run(command, input=text, check=True, capture_output=True, text=True)
        return ended.stdout.strip()

    listing = git("ls-tree", "main")
    tree = git("mktree", text=re.sub(rf"^100644(.*\t{name})$", r"120000\1", listing, flags=re.M))
    git("update-ref", "refs/heads/main", git("commit-tree", "-m", "Link", tree))


def test_an_mcp_client_gets_a_tested_image_that_runs(ground: Ground) -> None:
    async def build() -> dict[str, Any]:
        async with Client(ground.service.mcp_address) as client:
            submitted = (await client.call_tool("submitJob", ground.request())).structured_content
            assert submitted is not None
            with anyio.fail_after(120):
                while True:
                    status = (
                        await client.call_tool("getStatus", {"jobID": submitted["jobID"]})
                    ).structured_content
                    assert status is not None
                    if status["status"] in ("SUCCEEDED", "FAILED"):
                        return dict(status)
                    await anyio.sleep(0.1)

    answer = anyio.run(build)
    assert answer["status"] == "SUCCEEDED", answer
    assert answer["commit"] == ground.hello.commit
    repository = f"{ground.lab.registry.address}/e2e/hello-world"
    assert answer["images"] == [f"{repository}:latest", f"{repository}:v1"]
    for tag in ("latest", "v1"):
        assert ground.lab.registry.digest("e2e/hello-world", tag) == answer["digest"]
    assert ground.staged(answer) == []
    assert run_image(answer["images"][0]) == "Hello, world\n"


def test_the_curl_calls_that_users_know_work_as_they_are(ground: Ground) -> None:
    config = {
        "owner": "claude-test",
        "repoURL": ground.hello.url,
        "gitRef": "main",
        "dockerfilePath": "Dockerfile",
        "imageTags": ["test"],
        "registryURL": f"{ground.lab.registry.address}/bdtemp",
        "testCommands": ["echo test"],
    }

    def curl(tool: str, body: dict[str, Any]) -> dict[str, Any]:
        command = ["curl", "-sS", "-X", "POST", f"{ground.service.address}/mcp/{tool}"]
        command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        ended = subprocess.run(command, check=True, capture_output=True, text=True)
        return dict(json.loads(ended.stdout))

    submitted = curl("submitJob", {"jobConfig": config})
    ground.wait(submitted["jobID"])
    status = curl("getStatus", {"jobID": submitted["jobID"]})
    assert status["status"] == "SUCCEEDED", status
    assert status["images"] == [f"{ground.lab.registry.address}/bdtemp/hello-world:test"]


def test_publishing_moves_no_layer_through_the_task(ground: Ground) -> None:
    files = {
        "Dockerfile": f"FROM {ground.lab.base_image}\nRUN head -c 3000000 /dev/urandom > /large\n"
    }
    large = ground.lab.git.create("large", files)
    position = ground.lab.registry.log_position()
    build = ground.build(repoURL=large.url, testCommands=[], imageTags=["once"])
    assert build["status"] == "SUCCEEDED", build
    moved = [
        access
        for access in ground.lab.registry.access_log(since=position)
        if access.moves_layer and "/e2e/large/" in access.path
    ]
    assert moved == []
    assert ground.lab.registry.digest("e2e/large", "once") == build["digest"]


def test_a_private_repository_is_fetched_with_a_secret_by_reference(ground: Ground) -> None:
    login = Credentials(user="reader", password='p"a$s{s} 100%')
    private = ground.lab.git.create(
        "private", {"Dockerfile": f"FROM {ground.lab.base_image}\n"}, credentials=login
    )
    refused = ground.build(repoURL=private.url, testCommands=[])
    assert refused["failure"]["reason"] == "git_auth", refused

    items = {"username": login.user, "password": login.password}
    path = "ci/git/private"
    written = requests.put(
        f"{ground.lab.nomad_address}/v1/var/{path}", json={"Path": path, "Items": items}, timeout=10
    )
    assert written.ok, written.text
    build = ground.build(repoURL=private.url, testCommands=[], gitCredentialsPath=f"nomad:{path}")
    assert build["status"] == "SUCCEEDED", build
    logs = ground.call("getLogs", {"jobID": build["jobID"]})
    assert login.password not in json.dumps(logs)


# What is changed in a request that would succeed, by the reason for which it fails then.
FAILING: dict[str, dict[str, Any]] = {
    "no such repository": {"repoURL": "{git}/absent.git", "imageName": "hello-world"},
    "no such server": {"repoURL": "http://127.0.0.1:9/x.git", "imageName": "hello-world"},
    "no such branch": {"gitRef": "no-such-branch"},
    "no Dockerfile": {"dockerfilePath": "absent/Dockerfile"},
    "broken step": {"dockerfilePath": "Broken"},
    "no registry": {"registryURL": "127.0.0.1:9/x"},
    "failing test": {"testCommands": ["true", "echo no; exit 3"]},
}


@pytest.fixture(scope="module")
def failing(ground: Ground) -> dict[str, str]:
    """The ids of builds that fail, one for each reason, all under way at once."""
    git = ground.hello.url.rpartition("/")[0]
    ids = {}
    for problem, changes in FAILING.items():
        if "repoURL" in changes:
            changes = changes | {"repoURL": changes["repoURL"].format(git=git)}
        request = ground.request(imageTags=["never"], **changes)
        ids[problem] = ground.call("submitJob", {"jobConfig": request})["jobID"]
    return ids


@pytest.mark.parametrize(
    ("problem", "phase", "task", "reason", "said"),
    [
        ("no such repository", "build", "source", "git_unreachable", "absent.git"),
        ("no such server", "build", "source", "git_unreachable", "127.0.0.1"),
        ("no such branch", "build", "source", "git_ref_not_found", "no-such-branch"),
        ("no Dockerfile", "build", "build", "dockerfile_missing", "absent"),
        ("broken step", "build", "build", "step_failed", "this step is broken"),
        ("no registry", "build", "build", "registry_unreachable", "refused"),
        ("failing test", "test", "test-2", "test_failed", "exit code 3"),
    ],
)
def test_a_failed_build_says_where_and_why_and_leaves_nothing(
    ground: Ground,
    failing: dict[str, str],
    problem: str,
    phase: str,
    task: str,
    reason: str,
    said: str,
) -> None:
    build = ground.wait(failing[problem])
    failure = build["failure"]
    assert (build["status"], failure["phase"], failure["task"]) == ("FAILED", phase, task), failure
    assert failure["reason"] == reason
    assert said in failure["logTail"]
    assert failure["exitCode"] not in (None, 0)
    assert failure["hint"]
    assert "never" not in ground.lab.registry.tags("e2e/hello-world")
    ground.wait_for(lambda: not ground.staged(build), "the staged image is removed")


def test_a_test_that_floods_its_log_is_shown_by_its_end(ground: Ground) -> None:
    flood = "yes 'a line as long as lines often are' | head -c 12000000; echo the end; exit 3"
    tail = ""
    for _ in range(3):  # On a busy node Nomad itself now and then loses the end of much output.
        build = ground.build(testCommands=[flood])
        failure = build["failure"]
        assert (failure["reason"], failure["exitCode"]) == ("test_failed", 3), build
        tail = failure["logTail"]
        if "the end\n" in tail and tail.endswith("test-1 ended with exit code 3"):
            return
    pytest.fail(f"the end is not shown: {tail[-300:]}")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../etc/passwd"])
def test_a_dockerfile_that_links_out_of_the_repository_is_not_read(
    ground: Ground, target: str
) -> None:
    repository = ground.lab.git.create("linked", {"Dockerfile": target})
    link_to_its_content(repository, "Dockerfile")
    build = ground.build(repoURL=repository.url)
    assert build["failure"]["reason"] == "dockerfile_missing", build
    assert "leads out of the repository" in build["failure"]["message"]


def test_a_dockerfile_that_is_a_link_within_the_repository_is_built(ground: Ground) -> None:
    files = {"Dockerfile": "image/real", "image/real": f"FROM {ground.lab.base_image}\n"}
    repository = ground.lab.git.create("linked-within", files)
    link_to_its_content(repository, "Dockerfile")
    build = ground.build(repoURL=repository.url, testCommands=[])
    assert build["status"] == "SUCCEEDED", build


def test_a_dockerfile_with_a_comma_and_a_quote_in_its_name_is_one_file(ground: Ground) -> None:
    # Buildah reads the flag as a list: the second file would be one of the task's secrets.
    name = 'Docker"file,/secrets/auth.json'
    files = {name: f"FROM {ground.lab.base_image}\nLABEL read=this\n"}
    repository = ground.lab.git.create("comma", files)
    build = ground.build(repoURL=repository.url, dockerfilePath=name, testCommands=[])
    assert build["status"] == "SUCCEEDED", build


def test_a_dockerfile_is_never_preprocessed(ground: Ground) -> None:
    files = {"Dockerfile.in": f'FROM {ground.lab.base_image}\n#include "/secrets/auth.json"\n'}
    repository = ground.lab.git.create("preprocessed", files)
    build = ground.build(repoURL=repository.url, dockerfilePath="Dockerfile.in")
    assert build["failure"]["reason"] == "dockerfile_missing", build
    assert "preprocessor" in build["failure"]["message"]


@pytest.mark.parametrize("status", ["BUILDING", "TESTING", "PUBLISHING"])
def test_a_build_ends_as_it_would_have_when_the_service_dies_in_a_phase(
    ground: Ground, status: str
) -> None:
    job_id = ground.call("submitJob", {"jobConfig": ground.request()})["jobID"]
    ground.wait_for(lambda: ground.call("getStatus", {"jobID": job_id})["status"] == status, status)
    ground.kill_service()
    build = ground.wait(job_id)
    assert build["status"] == "SUCCEEDED", build
    assert ground.lab.registry.digest("e2e/hello-world", "latest") == build["digest"]
    assert ground.staged(build) == []


def test_a_killed_build_stops_at_once_and_publishes_nothing(ground: Ground) -> None:
    request = ground.request(testCommands=["sleep 600"], imageTags=["killed"])
    job_id = ground.call("submitJob", {"jobConfig": request})["jobID"]
    logs = {"jobID": job_id, "phase": "test"}
    ground.wait_for(lambda: ground.call("getLogs", logs)["logs"]["test"], "the test runs")
    killed_at = time.monotonic()
    assert ground.call("killJob", {"jobID": job_id})["success"]
    build = ground.wait(job_id)
    assert build["failure"]["reason"] == "killed"
    assert build["failure"]["phase"] == "test"
    assert time.monotonic() - killed_at < 30
    assert "killed" not in ground.lab.registry.tags("e2e/hello-world")


def test_a_step_that_fails_is_named_with_its_line_its_kind_and_the_line_that_shows_it(
    ground: Ground,
) -> None:
    dockerfile = (
        f"ARG BASE={ground.lab.base_image}\nFROM ${{BASE}} AS first\nRUN echo fine\n\n"
        "FROM first\n# installs nothing\nRUN echo one && \\\n    # nothing is installed here\n    yarn install\n"
    )
    repository = ground.lab.git.create("named-step", {"app/Dockerfile": dockerfile})
    build = ground.build(repoURL=repository.url, dockerfilePath="app/Dockerfile")
    failure = build["failure"]
    assert failure["reason"] == "step_failed"
    step = failure["step"]
    assert (step["file"], step["line"], step["stage"], step["number"]) == (
        "app/Dockerfile",
        7,
        2,
        2,
    )
    assert step["instruction"].startswith("RUN echo one && ")
    assert failure["family"] == "command_not_found"
    assert failure["evidence"] == "/bin/sh: yarn: not found"
    assert "Install the program" in failure["hint"]
    assert failure["logTail"].startswith("[2/2] STEP 2/3: RUN echo one")
    assert len(json.dumps(build)) < 3000
