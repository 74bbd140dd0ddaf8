"""Ten clients that wait for a hundred builds and follow their logs, on two replicas: every line once, quick answers."""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import requests

from server.cli import events
from tests.bench import stand
from tests.bench.report import Row
from tests.faults import scenarios

BUILDS = 100
CLIENTS = 10
# Lines of the build and of its first test, and the seconds over which they are spread; builds do not all end at once.
LINES = 200
BUILD_SECONDS = (30.0, 90.0)
TEST_SECONDS = 20.0
_TASKS = ("build", "test-1")
# A reader goes over to the other replica after so many lines.
_LINES_OF_A_CONNECTION = 150
_ASKED_PER_SECOND = 20
_WARM = 3


@dataclass(slots=True)
class Watched:
    """What a client has seen of a build that goes like a scenario."""

    scenario: str
    lines: Counter[tuple[str, str]] = field(default_factory=Counter)
    gaps: int = 0
    connections: int = 0
    status: str = ""
    waits: int = 0
    waited_status: str = ""


def measure(folder: Path, builds: int = BUILDS, lines: int = LINES) -> list[Row]:
    """Submit the builds, have each followed and waited for, and ask meanwhile how they are."""
    with stand.run(folder, count=2) as ground:
        ground.wait_until_acquainted()
        for build_id in [ground.submit(0, 0, 0) for _ in range(_WARM)]:
            ground.look(build_id)
        ground.wait_until_settled(60)
        before = max(replica.memory() for replica in ground.replicas)
        least, most = BUILD_SECONDS
        lengths = [least + (most - least) * number / builds for number in range(builds)]
        seen = [Watched(scenarios.talking(lines, length, TEST_SECONDS)) for length in lengths]
        with ThreadPoolExecutor(CLIENTS) as pool:
            ids = list(pool.map(lambda each: ground.submit_scenario(each.scenario), seen))
        seconds, memory = _watch_all(ground, ids, seen)
    return _judge(seen, seconds, memory - before, lines)


def _watch_all(ground: stand.Stand, ids: list[str], seen: list[Watched]) -> tuple[list[float], int]:
    """Follow and wait for all builds, and note what is seen; return getStatus' seconds and a replica's most memory."""
    addresses = [replica.address for replica in ground.replicas]
    over = threading.Event()
    with ThreadPoolExecutor(2 * len(ids) + 2) as pool:
        asked = pool.submit(_ask, ground, ids, over)
        remembered = pool.submit(_remember, ground, over)
        work = []
        for number, (build_id, watched) in enumerate(zip(ids, seen, strict=True)):
            # As whatever stands before the replicas would share them out.
            shared = addresses[number % 2 :] + addresses[: number % 2]
            work.append(pool.submit(_follow, shared, build_id, watched))
            work.append(pool.submit(_wait, shared, build_id, watched))
        try:
            for each in work:
                each.result()
        finally:
            over.set()
        return asked.result(), remembered.result()


def _follow(addresses: list[str], build_id: str, watched: Watched) -> None:
    """Follow a build's logs to its end; each connection goes on from the last one's cursor, at another replica."""
    cursor = ""
    for address in itertools.cycle(addresses):
        watched.connections += 1
        headers = {"Last-Event-ID": cursor} if cursor else {}
        url = f"{address}/v1/builds/{build_id}/logs/follow"
        with requests.get(url, headers=headers, stream=True, timeout=60) as answer:
            answer.raise_for_status()
            for count, event in enumerate(events.parse(answer.iter_content(None)), 1):
                cursor = event.id
                if event.name == "line":
                    watched.lines[event.data["task"], event.data["text"]] += 1
                elif event.name == "gap":
                    watched.gaps += 1
                elif event.name == "end":
                    watched.status = event.data["status"]
                    return
                if count == _LINES_OF_A_CONNECTION:
                    break


def _wait(addresses: list[str], build_id: str, watched: Watched) -> None:
    for address in itertools.cycle(addresses):
        answer = requests.post(f"{address}/mcp/waitJob", json={"jobID": build_id}, timeout=60)
        answer.raise_for_status()
        watched.waits += 1
        if answer.json()["finished"]:
            watched.waited_status = answer.json()["status"]
            return


def _ask(ground: stand.Stand, ids: list[str], over: threading.Event) -> list[float]:
    seconds = []
    for build_id in itertools.cycle(ids):
        begin = time.perf_counter()
        ground.look(build_id)
        seconds.append(time.perf_counter() - begin)
        if over.wait(max(0.0, 1 / _ASKED_PER_SECOND - seconds[-1])):
            return seconds
    raise AssertionError


def _remember(ground: stand.Stand, over: threading.Event) -> int:
    most = 0
    while not over.wait(1):
        most = max(most, *(replica.memory() for replica in ground.replicas))
    return most


def _judge(seen: list[Watched], seconds: list[float], memory: int, lines: int) -> list[Row]:
    lost = sum(
        (task, f"{task} plays {watched.scenario} {number}") not in watched.lines
        for watched in seen
        for task in _TASKS
        for number in range(lines)
    )
    repeated = sum(sum(watched.lines.values()) - len(watched.lines) for watched in seen)
    wrong = sum(
        (watched.status, watched.waited_status) != ("SUCCEEDED", "SUCCEEDED") for watched in seen
    )
    connections = sum(watched.connections for watched in seen)
    count = len(_TASKS) * lines * len(seen)
    what = f"of {len(seen)} builds, {count:,} lines, {connections} connections"
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return [
        _count("lines lost", lost + sum(watched.gaps for watched in seen), what),
        _count("lines repeated", repeated, what),
        _count("builds whose end was told wrong", wrong, what),
        Row(
            what=f"getStatus while {len(seen)} builds are followed and waited for, p99",
            measured=f"{cuts[98] * 1000:.0f} ms",
            against=f"{len(seconds):,} of them, median {cuts[49] * 1000:.0f} ms",
            value=cuts[98] * 1000,
            limit=100,
            unit="ms",
        ),
        Row(
            what="memory of a replica for a follower and a waiter",
            measured=f"{memory / len(seen) / 1024:.0f} KB",
            against=f"{len(seen)} of each on two replicas",
            value=memory / len(seen) / 1024,
            limit=1024,
            unit="KB",
        ),
    ]


def _count(what: str, count: int, against: str) -> Row:
    return Row(what=what, measured=str(count), against=against, value=count, limit=0, unit="")
