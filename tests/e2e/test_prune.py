"""The prune pack: what dead builds left in the layer cache is removed, and no living build is ever harmed."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests

from server.lab import docker, images
from tests.e2e.ground import Ground
from tests.e2e.jobs import PackJob
from tests.waiting import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

# One of the ids that the user who builds may use for the users in an image.
SUBORDINATE = 1005


@pytest.fixture
def build_id() -> str:
    """An id of the test's own."""
    return f"c{uuid.uuid4().hex[:10]}"


def prune(ground: Ground, **changes: Any) -> PackJob:
    values = {
        "run_id": uuid.uuid4().hex[:10],
        "builder_image": ground.lab.images.builder,
        "lock_timeout": 20,
    }
    return PackJob(ground.lab, "prune", values | changes)


def build(ground: Ground, build_id: str, dockerfile: str) -> PackJob:
    """Register a build that uses the cache."""
    text = dockerfile.format(base=ground.lab.base_image, registry=ground.lab.registry.address)
    values = {
        "build_id": build_id,
        "repo_url": ground.lab.git.create(f"prune-{build_id}", {"Dockerfile": text}).url,
        "git_protocols": ["http"],
        "staging_image": f"{ground.lab.registry.address}/prune-{build_id}:staged",
        "insecure_registries": [ground.lab.registry.address],
        "builder_image": ground.lab.images.builder,
        "source_image": ground.lab.images.source,
    }
    return PackJob(ground.lab, "build", values, variant="cpu-cache")


def containers_in(cache: Path) -> list[str]:
    """The working containers that Buildah knows in a cache."""
    # One of its two lists is for those that nobody would miss after a crash, which is what builds make.
    indexes = cache.glob("*/storage/overlay-containers/*containers.json")
    found = [json.loads(each.read_text()) for each in indexes]
    return [container["id"] for containers in found for container in containers]


def kill_container(job: PackJob) -> None:
    """End a job's task as a crash of its node would."""
    label = f"label=com.hashicorp.nomad.alloc_id={job.allocation()['ID']}"
    listed = ["docker", "ps", "--quiet", "--filter", label]
    found = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    subprocess.run(["docker", "kill", "--signal", "KILL", *found], check=True, capture_output=True)


def test_a_container_that_a_killed_build_left_is_removed_and_layers_stay(
    ground: Ground, build_id: str
) -> None:
    prune(ground).succeed()
    assert containers_in(ground.lab.cache) == []
    steps = f"FROM {{base}}\nRUN echo {build_id} >/layer\n"
    killed = build(ground, build_id, f"{steps}RUN echo begun; sleep 600\n")
    killed.wait_for_log("\nbegun\n")
    kill_container(killed)
    killed.wait()
    left = containers_in(ground.lab.cache)
    assert left

    (node,) = requests.get(f"{ground.lab.nomad_address}/v1/nodes", timeout=10).json()
    pruned = prune(ground, node_id=node["ID"])
    pruned.succeed()

    assert pruned.result("pruned") == f"{len(left)}\n"
    assert containers_in(ground.lab.cache) == []
    again = build(ground, f"{build_id}-again", steps)
    again.succeed()
    assert "--> Using cache" in again.log()


def test_a_running_build_keeps_the_prune_away_and_its_layers_are_cached(
    ground: Ground, build_id: str
) -> None:
    # The step waits for an image that the test pushes when the prune has ended.
    awaited = f"http://{{registry}}/v2/signal-{build_id}/tags/list"
    steps = f"FROM {{base}}\nRUN echo begun; until wget -qO /ready {awaited}; do sleep 0.1; done\n"
    running = build(ground, build_id, steps)
    running.wait_for_log("\nbegun\n")
    before = containers_in(ground.lab.cache)

    pruned = prune(ground, lock_timeout=1)
    pruned.succeed()
    # The stores that other tests have left are free, and have nothing to be removed.
    assert pruned.result("pruned") in ("busy\n", "0\n")
    assert "/cache/default is in use: nothing was removed\n" in pruned.log()
    assert containers_in(ground.lab.cache) == before
    assert running.allocation()["ClientStatus"] == "running"

    signal = f"{ground.lab.registry.address}/signal-{build_id}:now"
    docker.tag(images.BUSYBOX, signal)
    docker.push(signal)
    docker.remove(signal)
    running.succeed()
    again = build(ground, f"{build_id}-again", steps)
    again.succeed()
    assert "--> Using cache" in again.log()


def test_a_build_that_comes_while_the_cache_is_cleaned_waits_for_it(
    ground: Ground, build_id: str
) -> None:
    with (ground.lab.cache / "default/lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        job = build(ground, build_id, "FROM {base}\n")
        job.wait_for_log("waiting for the store")
    job.succeed()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to another user")
def test_files_of_dead_builds_are_removed_and_cache_mounts_stay(ground: Ground) -> None:
    prune(ground).succeed()
    tmp = ground.lab.cache / "default/tmp"
    stale = tmp / "buildah123456789/contents"
    mount = tmp / "buildah-cache-1000/0123/contents"
    for file in (stale, mount):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("something")
        for path in (file, file.parent):
            os.chown(path, SUBORDINATE, SUBORDINATE)
            path.chmod(0o700)
    for folder in (tmp, mount.parents[1]):
        os.chown(folder, 1000, 1000)

    prune(ground).succeed()

    assert not stale.parent.exists()
    assert mount.read_text() == "something"


def test_a_failed_build_that_is_alone_leaves_no_container(ground: Ground, build_id: str) -> None:
    prune(ground).succeed()
    failing = build(ground, build_id, "FROM {base}\nRUN echo no; exit 3\n")
    assert failing.fail()[0] == "step_failed"
    wait_for(lambda: containers_in(ground.lab.cache) == [], "no container is left")
