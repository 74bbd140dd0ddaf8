"""Builds that take their time: cold, warm, on a cold node with a registry's cache, side by side, and by hand."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.bench import byhand
from tests.bench.report import Row
from tests.e2e import staged
from tests.e2e.ground import Ground

_STEPS = 10
# Of each of the first nine steps; the last one is what is changed, and takes a second.
_WAIT_SECONDS = 5.2
# A second of a core, more or less.
_WORK = "i=0; while [ $i -lt 500000 ]; do i=$((i + 1)); done"
_SIDE_BY_SIDE = 4
_COMPUTING_STEPS = 10

# Seconds for one build.
_PATIENCE = 600.0

_WARM_LIMIT = 0.15
_REGISTRY_LIMIT = 0.3
_SIDE_BY_SIDE_LIMIT = 1.3
_WHOLE_LIMIT = 1.1
_PUBLISH_LIMIT = 1.0  # seconds


def measure(ground: Ground) -> list[Row]:
    """Measure all of it in one run, each thing once: it takes long enough not to be a matter of chance."""
    with byhand.Container(ground) as container:
        rows = [*_measure_long(ground, container), *_measure_side_by_side(ground, container)]
    return [*rows, _measure_publishing(ground)]


def _measure_long(ground: Ground, container: byhand.Container) -> list[Row]:
    git, registry = ground.lab.git, ground.lab.registry.address
    url = git.create("long", {"Dockerfile": _long(ground.lab.base_image, "first")}).url
    request = {"repoURL": url, "testCommands": ["test -f /step-10"]}
    kept = f"{registry}/bench-cache/long"
    container.clone(url, "/tmp/long")
    bare = _time(lambda: container.build(f"{registry}/by-hand/long", "/tmp/long"))
    cold = _time(lambda: _build(ground, "cold", request))
    _build(ground, "cold", request | {"cacheTo": kept})
    git.create("long", {"Dockerfile": _long(ground.lab.base_image, "second")})
    warm = _time(lambda: _build(ground, "cold", request))
    again = _time(lambda: _build(ground, "other-node", request | {"cacheFrom": [kept]}))
    return [
        _row("ten steps, only the last one changed", warm, f"cold {cold:.1f} s", cold, _WARM_LIMIT),
        _row(
            "the same with an empty store and a registry's cache",
            again,
            f"cold {cold:.1f} s",
            cold,
            _REGISTRY_LIMIT,
        ),
        _row("whole build of a minute", cold, f"by hand {bare:.1f} s", bare, _WHOLE_LIMIT),
    ]


def _measure_side_by_side(ground: Ground, container: byhand.Container) -> list[Row]:
    cores = os.cpu_count() or 1
    urls = [
        ground.lab.git.create(f"computing-{number}", {"Dockerfile": _computing(ground, number)}).url
        for number in range(_SIDE_BY_SIDE)
    ]

    def by_hand(number: int) -> None:
        image = f"{ground.lab.registry.address}/by-hand/computing-{number}"
        container.build(image, f"/tmp/computing-{number}")
        container.push(image)

    for number, url in enumerate(urls):
        container.clone(url, f"/tmp/computing-{number}")
    # Two are enough to know what four take. A build keeps more than one core busy, as it compresses layers: what the
    # cores allow follows from the work, not from how long one of them took.
    before = _busy_seconds()
    for number in range(2):
        by_hand(number)
    work = (_busy_seconds() - before) / 2
    allowed = work * _SIDE_BY_SIDE / cores

    def all_at_once() -> None:
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            for _ in pool.map(
                lambda url: _build(ground, "shared", {"repoURL": url, "testCommands": []}), urls
            ):
                pass

    together = _time(all_at_once)
    against = f"by hand {work:.1f} s of CPU x {_SIDE_BY_SIDE} / {cores} cores = {allowed:.1f} s"
    return [_row("four builds side by side", together, against, allowed, _SIDE_BY_SIDE_LIMIT)]


def _measure_publishing(ground: Ground) -> Row:
    """Time the task that publishes a large image within a registry: the best of three, as others may be at work."""
    with tempfile.TemporaryDirectory() as folder, staged.large_image_of(Path(folder)) as image:
        seconds = []
        for _ in range(3):
            build_id = staged.new_build_id()
            waiting = staged.stage(ground.lab, ground.lab.registry, build_id, image=image)
            job = waiting.publish()
            job.succeed()
            seconds.append(staged.task_seconds(job))
    return Row(
        what="publishing an image of 200 MB within its registry",
        measured=f"{min(seconds):.2f} s",
        against="its limit",
        value=min(seconds),
        limit=_PUBLISH_LIMIT,
        unit="s",
    )


def _build(ground: Ground, owner: str, request: dict[str, Any]) -> None:
    """Build for an owner, whose resources leave room for the others on a small machine."""
    asked = ground.request(**request, owner=owner, imageTags=["bench"], buildResources={"cpu": 200})
    submitted = ground.call("submitJob", {"jobConfig": asked})
    build = ground.wait(submitted["jobID"], _PATIENCE)
    assert build["status"] == "SUCCEEDED", build


def _long(base: str, last: str) -> str:
    steps = [
        f"RUN sleep {_WAIT_SECONDS}; {_WORK}; head -c 1000000 /dev/urandom >/step-{number}"
        for number in range(1, _STEPS)
    ]
    return "\n".join([f"FROM {base}", *steps, f"RUN sleep 1; echo {last} >/step-{_STEPS}"]) + "\n"


def _computing(ground: Ground, number: int) -> str:
    """A Dockerfile of steps that no other one has, and no earlier run."""
    salt = uuid.uuid4().hex
    steps = [
        f"RUN {_WORK}; echo {number} {step} {salt} >/step-{step}"
        for step in range(_COMPUTING_STEPS)
    ]
    return "\n".join([f"FROM {ground.lab.base_image}", *steps]) + "\n"


def _busy_seconds() -> float:
    """Seconds of CPU time that this machine has spent on programs and their kernel since it started (proc(5))."""
    fields = Path("/proc/stat").read_text().partition("\n")[0].split()[1:]
    user, nice, system, _, _, interrupts, soft = map(int, fields[:7])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def _time(work: Callable[[], object]) -> float:
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def _row(what: str, seconds: float, against: str, reference: float, limit: float) -> Row:
    return Row(
        what=what,
        measured=f"{seconds:.1f} s",
        against=against,
        value=seconds / reference,
        limit=limit,
        unit="x",
    )
