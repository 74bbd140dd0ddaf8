"""A job that is stopped ends at once, says that it was told to, and leaves nothing running."""

from __future__ import annotations

import functools
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.ground import Ground
from tests.e2e.jobs import PackJob
from tests.waiting import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

# Nomad kills after five seconds; what hears the signal needs no second, and the rest is Nomad's.
AT_ONCE = 4.0
ATTEMPTS = 3

STUBBORN = "trap '' TERM INT; echo begun; while :; do sleep 1; done"


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def build_values(ground: Ground, build_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "build_id": build_id,
        "repo_url": ground.hello.url,
        "git_protocols": ["http"],
        "staging_image": f"{ground.lab.registry.address}/stopping-{build_id}:x",
        "insecure_registries": [ground.lab.registry.address],
        "builder_image": ground.lab.images.builder,
        "source_image": ground.lab.images.source,
    } | changes


def containers_of(job: PackJob) -> str:
    """The containers of a job's allocation that still run."""
    label = f"label=com.hashicorp.nomad.alloc_id={job.allocation()['ID']}"
    command = ["docker", "ps", "--quiet", "--filter", label]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def is_gone(job: PackJob) -> bool:
    return not containers_of(job)


def assert_stops_at_once(start: Callable[[str], PackJob], task: str) -> None:
    """Stop a job that ``start`` has at work: it ends at once each time, and says so in one of a few at least.

    On a busy machine docker now and then loses what a container writes while it is stopped.
    """
    log = ""
    for _ in range(ATTEMPTS):
        job = start(f"s{uuid.uuid4().hex[:10]}")
        assert job.stop() < AT_ONCE
        wait_for(functools.partial(is_gone, job), "the containers are gone")
        log = job.log(task)
        # What does not listen can have a word of its own when the kernel ends it.
        end = f"nomad-build: {task} ended with exit code 143\n"
        if "nomad-build: told to stop\n" in log and end in log:
            return
    pytest.fail(f"the log does not tell: {log}")


def test_a_source_that_waits_for_git_stops_at_once(ground: Ground, silent: str) -> None:
    def start(build_id: str) -> PackJob:
        values = build_values(ground, build_id, repo_url=f"http://{silent}/x.git")
        job = PackJob(ground.lab, "build", values, variant="cpu-cache")
        job.wait_for_log("fetching", "source")
        return job

    assert_stops_at_once(start, "source")


@pytest.mark.parametrize("step", ["echo begun; sleep 600", STUBBORN])
def test_a_build_stops_at_once_whatever_its_step_does(ground: Ground, step: str) -> None:
    dockerfile = f"FROM {ground.lab.base_image}\nRUN {step}\n"

    def start(build_id: str) -> PackJob:
        repository = ground.lab.git.create(f"stopping-{build_id}", {"Dockerfile": dockerfile})
        values = build_values(ground, build_id, repo_url=repository.url)
        job = PackJob(ground.lab, "build", values, variant="cpu-cache")
        job.wait_for_log("\nbegun\n", "build")
        return job

    assert_stops_at_once(start, "build")


def test_a_build_that_pushes_stops_at_once(ground: Ground, silent: str) -> None:
    registries = [silent, ground.lab.registry.address]

    def start(build_id: str) -> PackJob:
        values = build_values(
            ground, build_id, staging_image=f"{silent}/x:y", insecure_registries=registries
        )
        job = PackJob(ground.lab, "build", values, variant="cpu-cache")
        job.wait_for_log("staging the image", "build")
        return job

    assert_stops_at_once(start, "build")


@pytest.mark.parametrize("command", ["echo begun; sleep 600", STUBBORN])
def test_a_test_stops_at_once_whatever_its_command_does(ground: Ground, command: str) -> None:
    def start(build_id: str) -> PackJob:
        commands = [{"shell": command}]
        values = {"build_id": build_id, "image": ground.lab.base_image, "commands": commands}
        job = PackJob(ground.lab, "test", values, variant="cpu")
        job.wait_for_log("begun\n")
        return job

    assert_stops_at_once(start, "test-1")


@pytest.mark.parametrize("pack", ["publish", "cleanup"])
def test_a_job_that_waits_for_the_registry_stops_at_once(
    ground: Ground, silent: str, pack: str
) -> None:
    image = {"digest": f"sha256:{'0' * 64}", "image": f"{silent}/x", "tags": ["y"]}
    values = {
        "staging_image": f"{silent}/x-staging:y",
        "insecure_registries": [silent],
        "copy_image": ground.lab.images.copy,
    } | (image if pack == "publish" else {})

    def start(build_id: str) -> PackJob:
        job = PackJob(ground.lab, pack, values | {"build_id": build_id})
        wait_for(lambda: connected(silent), "the task asks the registry")
        return job

    assert_stops_at_once(start, pack)


def connected(address: str) -> bool:
    """Tell whether anybody waits for an answer from the address: a line of /proc/net/tcp."""
    port = f"{int(address.rpartition(':')[2]):04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return any(row[2].endswith(f":{port}") and row[3] == "01" for row in rows[1:])
