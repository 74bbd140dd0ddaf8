"""What can go wrong with a job in Nomad: each ends the build, or not, as the page on the pipeline says."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.e2e.ground import Ground
from tests.waiting import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


class Operator:
    """Whoever does to Nomad what the service does not expect, by plain HTTP."""

    def __init__(self, ground: Ground) -> None:
        self._address = ground.lab.nomad_address

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self._address}{path}", json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def status(self, job_id: str) -> str:
        found = self.call("GET", f"/v1/job/{job_id}/allocations")
        return (
            str(max(found, key=lambda each: each["CreateIndex"])["ClientStatus"]) if found else ""
        )

    def stop(self, job_id: str, *, purge: bool) -> None:
        self.call("DELETE", f"/v1/job/{job_id}?purge={str(purge).lower()}")

    def collect_garbage(self) -> None:
        self.call("PUT", "/v1/system/gc")

    @contextlib.contextmanager
    def drained(self) -> Iterator[None]:
        """Have the only node drained at once, and take jobs again afterwards."""
        (node,) = self.call("GET", "/v1/nodes")
        path = f"/v1/node/{node['ID']}/drain"
        self.call("PUT", path, {"DrainSpec": {"Deadline": -1}})
        try:
            yield
        finally:
            self.call("PUT", path, {"DrainSpec": None, "MarkEligible": True})


@pytest.fixture
def operator(ground: Ground) -> Operator:
    return Operator(ground)


def submit(ground: Ground, **changes: Any) -> str:
    changes.setdefault("imageTags", [])
    answer = ground.call("submitJob", {"jobConfig": ground.request(**changes)})
    return str(answer["jobID"])


def begin_test(ground: Ground, operator: Operator, **changes: Any) -> str:
    """Submit a build and wait until its test runs."""
    job_id = submit(ground, **changes)
    wait_for(lambda: operator.status(f"test-{job_id}") == "running", "the test runs", 60)
    return job_id


@pytest.mark.parametrize("purge", [False, True])
def test_a_job_that_an_operator_stops_or_purges_is_killed(
    ground: Ground, operator: Operator, purge: bool
) -> None:
    job_id = begin_test(ground, operator, testCommands=["sleep 600"])
    operator.stop(f"test-{job_id}", purge=purge)
    failure = ground.wait(job_id)["failure"]
    assert (failure["phase"], failure["reason"]) == ("test", "killed"), failure


def test_a_job_that_nomad_forgets_before_anybody_looks_is_a_lost_result(
    ground: Ground, operator: Operator
) -> None:
    job_id = begin_test(ground, operator, testCommands=["sleep 3"])
    pid = ground.service.process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_for(lambda: operator.status(f"test-{job_id}") == "complete", "the test ends", 60)
        wait_for(
            lambda: operator.call("GET", f"/v1/job/test-{job_id}")["Status"] == "dead",
            "its job",
            60,
        )
        operator.collect_garbage()
        wait_for(lambda: not operator.status(f"test-{job_id}"), "Nomad forgets it", 60)
    finally:
        os.kill(pid, signal.SIGCONT)
    failure = ground.wait(job_id)["failure"]
    assert (failure["phase"], failure["reason"]) == ("test", "result_lost"), failure


def test_a_phase_whose_node_is_drained_runs_again_and_the_build_goes_on(
    ground: Ground, operator: Operator
) -> None:
    job_id = begin_test(ground, operator, testCommands=["sleep 4"])
    with operator.drained():

        def is_told() -> bool:
            test = ground.call("getStatus", {"jobID": job_id})["phases"]["test"]
            return "another is to be placed" in test.get("waiting", "")

        wait_for(is_told, "the build tells what it waits for", 60)
    build = ground.wait(job_id)
    assert build["status"] == "SUCCEEDED", build
    assert len(operator.call("GET", f"/v1/job/test-{job_id}/allocations")) == 2


def test_what_no_node_can_take_says_what_rules_the_nodes_out(ground: Ground) -> None:
    wanted = {"jobConfig": ground.request(gpu="on")}
    answer = requests.post(f"{ground.service.address}/mcp/submitJob", json=wanted, timeout=30)
    assert answer.status_code == 409, answer.text
    assert "of 1 node: 1 lacks the 1 GPU that builds ask for" in answer.json()["error"]


def test_an_image_that_cannot_be_pulled_is_named(ground: Ground) -> None:
    with ground.configured(BUILDER_IMAGE="127.0.0.1:9/absent:1"):
        failure = ground.wait(submit(ground))["failure"]
    assert failure["reason"] == "image_pull", failure
    assert "127.0.0.1:9/absent" in failure["message"]


def test_a_secret_that_is_missing_is_waited_for_and_named(ground: Ground) -> None:
    with ground.configured(SECRET_TIMEOUT="2"):
        job_id = submit(ground, registryCredentialsPath="nomad:nomad/jobs/absent")
        failure = ground.wait(job_id)["failure"]
    assert failure["reason"] == "secret_unavailable", failure
    assert "nomad/jobs/absent" in failure["message"]


def test_builds_of_one_tag_are_published_in_the_order_in_which_they_were_submitted(
    ground: Ground, operator: Operator
) -> None:
    first = begin_test(ground, operator, testCommands=["sleep 3"], imageTags=["ordered"])
    second = submit(ground, imageTags=["ordered"], testCommands=[])
    queue = ground.call("getStatus", {"jobID": second})["queue"]
    assert (queue["position"], queue["waitingFor"]) == (1, [first])
    older, newer = ground.wait(first), ground.wait(second)
    assert (older["status"], newer["status"]) == ("SUCCEEDED", "SUCCEEDED")
    assert newer["phases"]["build"]["registeredAt"] > older["endedAt"]
    assert ground.lab.registry.digest("e2e/hello-world", "ordered") == newer["digest"]


def test_a_build_that_supersedes_kills_the_older_one(ground: Ground, operator: Operator) -> None:
    first = begin_test(ground, operator, testCommands=["sleep 600"], imageTags=["superseded"])
    second = submit(ground, imageTags=["superseded"], testCommands=[], onConflict="supersede")
    assert ground.wait(first)["failure"]["reason"] == "superseded"
    build = ground.wait(second)
    assert ground.lab.registry.digest("e2e/hello-world", "superseded") == build["digest"]
