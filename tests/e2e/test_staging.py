"""The build pack alone where what it writes to gives out: a full disk, a registry that dies, one that refuses."""

from __future__ import annotations

import os
import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.lab import Credentials, registry
from tests.e2e.ground import Ground
from tests.e2e.jobs import PackJob
from tests.waiting import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

LAYER_BYTES = 300_000_000


@pytest.fixture
def build_id() -> str:
    """An id of the test's own."""
    return f"b{uuid.uuid4().hex[:10]}"


def build(ground: Ground, build_id: str, dockerfile: str, address: str = "") -> PackJob:
    """Register a build that uses the cache and pushes to the lab's registry, or to another."""
    text = dockerfile.format(base=ground.lab.base_image)
    to = address or ground.lab.registry.address
    values: dict[str, Any] = {
        "build_id": build_id,
        "repo_url": ground.lab.git.create(f"staging-{build_id}", {"Dockerfile": text}).url,
        "git_protocols": ["http"],
        "staging_image": f"{to}/staging-{build_id}:staged",
        "insecure_registries": [ground.lab.registry.address, to],
        "builder_image": ground.lab.images.builder,
        "source_image": ground.lab.images.source,
    }
    return PackJob(ground.lab, "build", values, variant="cpu-cache")


@pytest.fixture
def small_cache(ground: Ground) -> Iterator[Path]:
    """The lab's cache volume on a file system of 64 MiB for a while."""
    options = "size=64m,uid=1000,gid=1000,mode=700"
    cache = str(ground.lab.cache)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "small-cache", cache], check=True)
    try:
        yield ground.lab.cache
    finally:
        subprocess.run(["umount", cache], check=True)


ONLY_ROOT_MOUNTS = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")


@ONLY_ROOT_MOUNTS
def test_a_step_that_fills_the_cache_is_told_with_figures_and_the_next_build_has_room(
    ground: Ground, small_cache: Path, build_id: str
) -> None:
    filling = build(ground, build_id, "FROM {base}\nRUN head -c 200000000 /dev/zero >/large\n")
    word, sentence = filling.fail()
    assert word == "disk_full", filling.log()
    assert re.search(r"the disk is full: /cache/default has \d+ MiB left of 64 MiB$", sentence)
    build(ground, f"{build_id}-next", "FROM {base}\nRUN head -c 8000000 /dev/zero >/x\n").succeed()


@ONLY_ROOT_MOUNTS
def test_a_layer_that_the_cache_has_no_room_for_is_told_although_there_is_room_again(
    ground: Ground, small_cache: Path, build_id: str
) -> None:
    # The step itself has room; a second copy of what it wrote has not, and buildah removes that copy.
    job = build(ground, build_id, "FROM {base}\nRUN head -c 26000000 /dev/urandom >/large\n")
    word, sentence = job.fail()
    assert word == "disk_full", job.log()
    left = re.search(r"/cache/default has (\d+) MiB left of 64 MiB$", sentence)
    assert left and int(left[1]) >= 16, sentence


def test_a_step_that_only_says_that_the_disk_is_full_has_failed_as_a_step(
    ground: Ground, build_id: str
) -> None:
    job = build(ground, build_id, "FROM {base}\nRUN echo Error: no space left on device; exit 1\n")
    assert job.fail()[0] == "step_failed"


def test_a_registry_that_dies_in_the_middle_of_the_push_is_unreachable(
    ground: Ground, build_id: str, tmp_path: Path
) -> None:
    dying = registry.start(tmp_path)
    try:
        layer = f"FROM {{base}}\nRUN head -c {LAYER_BYTES} /dev/urandom >/large\n"
        job = build(ground, build_id, layer, dying.address)
        uploads = tmp_path / f"storage/docker/registry/v2/repositories/staging-{build_id}/_uploads"
        wait_for(lambda: [*uploads.glob("*/data")], "an upload has begun", 120)
        dying.process.kill()
        word, sentence = job.fail()
    finally:
        dying.stop()
    assert word == "registry_unreachable", job.log()
    assert f"could not be pushed to {dying.address}/" in sentence


def test_a_registry_that_wants_credentials_refuses_the_push(
    ground: Ground, build_id: str, tmp_path: Path
) -> None:
    closed = registry.start(tmp_path, credentials=Credentials(user="someone", password="else"))
    try:
        job = build(ground, build_id, "FROM {base}\n", closed.address)
        word, sentence = job.fail()
    finally:
        closed.stop()
    assert word == "push_denied", job.log()
    assert sentence.endswith("the registry refused it")
