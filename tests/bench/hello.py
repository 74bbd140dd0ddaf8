"""A whole hello-world build against the same work done by hand on the same Nomad."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable
from typing import Any

import requests

from tests.bench import byhand
from tests.bench.report import Row
from tests.e2e.ground import Ground

_LIMIT = 1.25


def measure(ground: Ground, rounds: int) -> list[Row]:
    """Measure both ways in turns, so that both see the same machine."""
    ground.build()
    with byhand.Container(ground) as container:
        hand = _Hand(ground, container)
        hand.work()
        builds, noops, bare = [], [], []
        for _ in range(rounds):
            builds.append(_time(ground.build))
            noops.append(_time(lambda: _run_noop_jobs(ground)))
            bare.append(_time(hand.work))
    build, noop, hand_time = map(statistics.median, (builds, noops, bare))
    return [
        Row(
            what="whole build, hello-world, warm",
            measured=f"{build:.2f} s",
            against=f"by hand {noop + hand_time:.2f} s (three empty jobs {noop:.2f}, bare commands {hand_time:.2f})",
            value=build / (noop + hand_time),
            limit=_LIMIT,
            unit="x",
        )
    ]


def _time(work: Callable[[], object]) -> float:
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def _run_noop_jobs(ground: Ground) -> None:
    for _ in range(3):
        name = f"noop-{uuid.uuid4().hex[:8]}"
        task = {
            "Name": "noop",
            "Driver": "docker",
            "Config": {"image": ground.lab.images.builder, "entrypoint": ["true"]},
            "Resources": {"CPU": 100, "MemoryMB": 64},
        }
        once = {"Attempts": 0, "Unlimited": False}
        group = {
            "Name": "noop",
            "Tasks": [task],
            "RestartPolicy": {"Attempts": 0, "Mode": "fail"},
            "ReschedulePolicy": once,
        }
        job = {
            "ID": name,
            "Name": name,
            "Type": "batch",
            "Datacenters": ["*"],
            "TaskGroups": [group],
        }
        address = ground.lab.nomad_address
        registered = requests.put(f"{address}/v1/jobs", json={"Job": job}, timeout=10)
        assert registered.ok, registered.text
        _wait_for_end(address, name)


def _wait_for_end(address: str, job_id: str) -> None:
    """Wait by blocking queries, which answer as soon as Nomad's servers know."""
    index = 1
    while True:
        answer = requests.get(
            f"{address}/v1/job/{job_id}/allocations",
            params={"index": str(index), "wait": "10s"},
            timeout=20,
        )
        index = int(answer.headers["X-Nomad-Index"])
        allocations: list[dict[str, Any]] = answer.json()
        if allocations and allocations[0]["ClientStatus"] == "complete":
            return


class _Hand:
    """The same build, push, test and copy as bare commands, in one container that runs all the time."""

    def __init__(self, ground: Ground, container: byhand.Container) -> None:
        self._registry = ground.lab.registry.address
        self._container = container
        container.clone(ground.hello.url, "/tmp/source")

    def work(self) -> None:
        """Build, push, test and copy."""
        staging = f"{self._registry}/by-hand/staging-{uuid.uuid4().hex[:8]}:staged"
        self._container.build(staging, "/tmp/source")
        self._container.push(staging)
        byhand.docker(
            "run", "--rm", "--network", "host", staging, "sh", "-c", "hello | grep 'Hello, world'"
        )
        for tag in ("latest", "v1"):
            target = f"docker://{self._registry}/by-hand/hello:{tag}"
            self._container.run(
                "skopeo", "copy", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false",
                f"docker://{staging}", target,
            )  # fmt: skip
