"""The least that the service's token may do, and the builds' tasks: enough for a build, and no more."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from server.lab import Credentials, Lab, service
from tests.e2e import pages
from tests.e2e.ground import HELLO, Ground

pytestmark = [pytest.mark.docker, pytest.mark.nomad, pytest.mark.timeout(300)]

LOGIN = Credentials(user="robot", password="correct-horse-battery")


def run(folder: Path, lab: Lab, commands: str, **files: str) -> str:
    """Run the page's commands as an administrator, with the page's files beside them."""
    for name, text in files.items():
        (folder / f"{name}.hcl").write_text(text)
    ended = subprocess.run(
        ["sh", "-euc", commands],
        cwd=folder,
        env=os.environ | {"NOMAD_ADDR": lab.nomad_address, "NOMAD_TOKEN": lab.nomad_token},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A Nomad that obeys only who has a token."""
    with Lab(engine="nomad", folder=tmp_path_factory.mktemp("lab-acl"), acl=True) as lab:
        yield lab


@pytest.fixture(scope="module")
def token(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The service's token, made as the page says."""
    policy = pages.block("hcl", 'host_volume "buildah-cache"')
    commands = pages.block("sh", "nomad acl token create")
    printed = run(tmp_path_factory.mktemp("policy"), lab, commands, server=policy)
    return printed.splitlines()[-1]


@pytest.fixture(scope="module")
def ground(lab: Lab, token: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A service with that token, and no other."""
    folder = tmp_path_factory.mktemp("service")
    hello = lab.git.create(
        "hello-world", {name: text.format(base=lab.base_image) for name, text in HELLO.items()}
    )
    variables = lab.environment() | {"NOMAD_TOKEN": token, "NOMAD_BUILD_SECRET_TIMEOUT": "3"}
    ground = Ground(lab, folder, hello, service.start(folder, variables))
    try:
        yield ground
    finally:
        ground.service.stop()


def ask(lab: Lab, token: str, method: str, path: str, body: Any = None) -> requests.Response:
    return requests.request(
        method,
        f"{lab.nomad_address}{path}",
        json=body,
        headers={"X-Nomad-Token": token},
        timeout=10,
    )


def private(ground: Ground) -> str:
    return ground.lab.git.create(
        "private", {"Dockerfile": f"FROM {ground.lab.base_image}\n"}, credentials=LOGIN
    ).url


def put_secret(lab: Lab, path: str) -> None:
    items = {"username": LOGIN.user, "password": LOGIN.password}
    answer = ask(lab, lab.nomad_token, "PUT", f"/v1/var/{path}", {"Path": path, "Items": items})
    assert answer.ok, answer.text


def test_a_build_is_built_tested_and_published_with_the_page_s_token(ground: Ground) -> None:
    build = ground.build()
    assert build["status"] == "SUCCEEDED", build
    assert ground.staged(build) == []
    again = ground.call("submitJob", {"jobConfig": ground.request()})["jobID"]
    ground.call("killJob", {"jobID": again})
    assert ground.wait(again)["failure"]["reason"] == "killed"


def test_tasks_read_the_secrets_that_the_page_s_second_policy_gives_them_and_no_others(
    ground: Ground, lab: Lab, tmp_path: Path
) -> None:
    put_secret(lab, "build-secrets/git")
    put_secret(lab, "elsewhere/git")
    url = private(ground)
    asked: dict[str, Any] = {"repoURL": url, "testCommands": []}

    before = ground.build(**asked, gitCredentialsPath="nomad:build-secrets/git")
    assert before["failure"]["reason"] == "secret_unavailable", before

    policy = pages.block("hcl", 'path "build-secrets/*"')
    run(tmp_path, lab, pages.line("nomad-build-secrets secrets.hcl"), secrets=policy)
    allowed = ground.build(**asked, gitCredentialsPath="nomad:build-secrets/git")
    assert allowed["status"] == "SUCCEEDED", allowed
    refused = ground.build(**asked, gitCredentialsPath="nomad:elsewhere/git")
    assert refused["failure"]["reason"] == "secret_unavailable", refused


def test_a_job_s_own_variables_need_no_policy_but_its_name_is_new_each_time(lab: Lab) -> None:
    # So this is no way to give a secret to builds: nobody knows the name before.
    answer = ask(lab, lab.nomad_token, "GET", "/v1/acl/policies")
    attached = [each for each in answer.json() if each.get("JobACL")]
    assert all(not (each["JobACL"] or {}).get("JobID") for each in attached)


GROUP = {"Name": "g", "Tasks": [{"Name": "t", "Driver": "docker", "Config": {"image": "busybox"}}]}
OTHER_JOB = {"Job": {"ID": "x", "Type": "batch", "Namespace": "other", "TaskGroups": [GROUP]}}
REFUSED: dict[str, tuple[str, str, Any]] = {
    "a job of another namespace": ("PUT", "/v1/jobs?namespace=other", OTHER_JOB),
    "the jobs of another namespace": ("GET", "/v1/jobs?namespace=other", None),
    "a variable outside": ("GET", "/v1/var/build-secrets/git", None),
    "writing a variable outside": (
        "PUT",
        "/v1/var/build-secrets/git",
        {"Path": "build-secrets/git", "Items": {"a": "b"}},
    ),
    "tokens": ("GET", "/v1/acl/tokens", None),
    "a new token": ("PUT", "/v1/acl/token", {"Type": "management", "Name": "x"}),
    "policies": ("GET", "/v1/acl/policy/nomad-build-secrets", None),
    "namespaces": ("PUT", "/v1/namespace/mine", {"Name": "mine"}),
    "the scheduler": ("PUT", "/v1/operator/scheduler/configuration", {}),
    "the agent's log": ("GET", "/v1/agent/monitor", None),
    "garbage collection": ("PUT", "/v1/system/gc", None),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_service_s_token_is_refused(lab: Lab, token: str, what: str) -> None:
    put_secret(lab, "build-secrets/git")
    ask(lab, lab.nomad_token, "PUT", "/v1/namespace/other", {"Name": "other"})
    method, path, body = REFUSED[what]
    answer = ask(lab, token, method, path, body)
    # A list of what is elsewhere is answered, and is empty.
    assert answer.status_code == 403 or answer.text == "[]", (answer.status_code, answer.text)


def test_the_service_s_token_drains_no_node_and_gets_no_shell(ground: Ground, token: str) -> None:
    lab = ground.lab
    (node,) = ask(lab, token, "GET", "/v1/nodes").json()
    for what, body in (
        ("drain", {"DrainSpec": {"Deadline": -1}}),
        ("eligibility", {"Eligibility": "ineligible"}),
        ("purge", None),
    ):
        answer = ask(lab, token, "PUT", f"/v1/node/{node['ID']}/{what}", body)
        assert answer.status_code == 403, (what, answer.text)

    job_id = ground.call("submitJob", {"jobConfig": ground.request(testCommands=["sleep 60"])})[
        "jobID"
    ]
    test = f"test-{job_id}"

    def running() -> list[dict[str, Any]]:
        found = ask(lab, token, "GET", f"/v1/job/{test}/allocations")
        return [each for each in found.json() if each["ClientStatus"] == "running"]

    ground.wait_for(running, "the test runs")
    shell = subprocess.run(
        ["nomad", "alloc", "exec", "-i=false", "-t=false", "-job", test, "id"],
        env=os.environ | {"NOMAD_ADDR": lab.nomad_address, "NOMAD_TOKEN": token},
        capture_output=True,
        text=True,
    )
    assert shell.returncode != 0
    assert "Permission denied" in shell.stderr
    ground.call("killJob", {"jobID": job_id})
    assert ground.wait(job_id)["failure"]["reason"] == "killed"
