"""One owner never sees, kills or poisons another's builds, logs, cache or staged images: on both Nomads, for real."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import requests

from tests.e2e.ground import Ground

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

# A layer that comes out differently each time it is made, and a cache mount that remembers who was there.
_DOCKERFILE = """FROM {base}
RUN head -c 18 /dev/urandom | base64 >/random
"""
_REMEMBERING = """FROM {base}
RUN --mount=type=cache,target=/kept ls /kept >/found; touch /kept/{owner}
"""


def create(ground: Ground, name: str, dockerfile: str, **values: str) -> str:
    text = dockerfile.format(base=ground.lab.base_image, **values)
    return ground.lab.git.create(name, {"Dockerfile": text}).url


def read_file(build: dict[str, Any], path: str) -> str:
    """What an image holds in a file."""
    assert build["status"] == "SUCCEEDED", build
    image = f"{build['images'][0].rpartition(':')[0]}@{build['digest']}"
    subprocess.run(["docker", "pull", "--quiet", image], check=True, capture_output=True)
    command = ["docker", "run", "--rm", image, "cat", path]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def build_as(ground: Ground, owner: str, url: str, name: str, **changes: Any) -> dict[str, Any]:
    wanted = {"owner": owner, "repoURL": url, "imageName": name, "imageTags": [owner.lower()]}
    return ground.build(**wanted | {"testCommands": [], "cache": "on"} | changes)


def test_layers_are_shared_within_an_owner_s_builds_and_with_nobody_else(ground: Ground) -> None:
    url = create(ground, "layers", _DOCKERFILE)
    first, again, other = (
        read_file(build_as(ground, owner, url, "layers"), "/random")
        for owner in ("alice", "alice", "mallory")
    )
    assert first == again
    assert other != first


def test_what_an_owner_leaves_in_a_cache_mount_no_other_finds(ground: Ground) -> None:
    for owner, found in (("mallory", ""), ("alice", ""), ("mallory", "mallory\n")):
        # The same step for both, but for the name that is left: nothing of it comes from a layer.
        url = create(ground, "remembering", _REMEMBERING, owner=owner)
        build = build_as(ground, owner, url, f"remembering-{owner}", noCache=True)
        assert read_file(build, "/found") == found, owner


def test_clearing_a_cache_leaves_the_others_alone(ground: Ground) -> None:
    url = create(ground, "cleared", _DOCKERFILE)
    before = read_file(build_as(ground, "alice", url, "cleared"), "/random")
    build_as(ground, "mallory", url, "cleared", clearCache=True)
    assert read_file(build_as(ground, "alice", url, "cleared"), "/random") == before


@pytest.mark.parametrize("owner", ["storage", "lock", "tmp", "a..b", "0@x.y-z_"])
def test_no_name_of_an_owner_is_one_of_the_cache_s_own(ground: Ground, owner: str) -> None:
    url = create(ground, "names", _DOCKERFILE)
    assert build_as(ground, owner, url, "names", imageTags=["x"])["status"] == "SUCCEEDED"


def test_another_s_build_cannot_be_seen_killed_or_cleaned_up(ground: Ground) -> None:
    running = ground.call(
        "submitJob", {"jobConfig": ground.request(owner="alice", testCommands=["sleep 60"])}
    )["jobID"]
    try:
        for tool in ("getStatus", "getLogs", "killJob", "cleanup"):
            answer = requests.post(
                f"{ground.service.address}/mcp/{tool}",
                json={"jobID": running, "owner": "mallory"},
                timeout=30,
            )
            assert answer.status_code == 404, (tool, answer.text)
        assert ground.call("getStatus", {"jobID": running})["status"] != "FAILED"
    finally:
        ground.call("killJob", {"jobID": running, "owner": "alice"})
        ground.wait(running)


@pytest.mark.parametrize(
    "changes",
    [
        {"imageName": "hello-world-staging-{id}"},
        {"registryURL": "{registry}/e2e/hello-world-staging-{id}", "imageName": "x"},
        {"cacheTo": "{registry}/e2e/hello-world-staging-{id}"},
        {"cacheFrom": ["{registry}/e2e/hello-world-staging-{id}"]},
        {"publishTo": [{"registryURL": "{registry}/e2e", "imageName": "hello-world-staging-{id}"}]},
    ],
    ids=["image", "registry", "cache to", "cache from", "destination"],
)
def test_nobody_publishes_to_where_another_s_image_waits_for_its_tests(
    ground: Ground, changes: dict[str, Any]
) -> None:
    def fill(value: Any) -> Any:
        match value:
            case str():
                return value.format(registry=ground.lab.registry.address, id="0" * 26)
            case list():
                return [fill(each) for each in value]
            case _:
                return {name: fill(each) for name, each in value.items()}

    answer = requests.post(
        f"{ground.service.address}/mcp/submitJob",
        json={"jobConfig": ground.request(owner="mallory", **fill(changes))},
        timeout=30,
    )
    assert answer.status_code == 400, answer.text
    assert "a build stages its image" in answer.text
