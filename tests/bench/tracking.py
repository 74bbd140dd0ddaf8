"""What it costs to follow 500 builds at once: answers, hand-overs, memory, and CPU time while nothing happens."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from server.cluster import read_time
from tests.bench import stand
from tests.bench.report import Row

_BUILDS = 500
_SUBMITTED_PER_SECOND = 20
_ENDS_PER_SECOND = 10
_ASKED_PER_SECOND = 25
_QUIET_SECONDS = 15.0
# What a survey has found is looked at within this time.
_SETTLING_SECONDS = 2.0
_WARM = 5
_FOLLOWING = {"build": "test", "test": "publish"}


def measure(folder: Path) -> tuple[list[Row], Mapping[str, float]]:
    """Have 500 builds begin, be quiet for a while, and end one after the other.

    Returned beside the figures are the calls of Nomad for one quiet build in a minute.
    """
    with stand.run(folder) as ground:
        replica = ground.replicas[0]
        _warm_up(ground)
        empty, idle = replica.memory(), _watch(replica)
        builds = _submit(ground)
        _wait_until_quiet(ground)
        full, quiet = replica.memory(), _watch(replica)
        with (asker := _Asker(ground, builds)):
            ground.release()
            _wait_for_jobs(ground, "publish")
        ground.wait_until_settled(60)
        rows = [
            *_quantiles("getStatus", asker.seconds, 50),
            *_quantiles("hand-over", list(_hand_overs(ground, builds)), 500),
        ]
    rows += [
        Row(
            what="memory of the service for a live build",
            measured=f"{(full - empty) / _BUILDS / 1024:.1f} KB",
            against=f"{_BUILDS} on top of {empty / 2**20:.0f} MB",
            value=(full - empty) / _BUILDS / 1024,
            limit=50,
            unit="KB",
        ),
        _idle(f"{_BUILDS} live builds at which nothing happens", quiet),
        _idle("no build", idle),
    ]
    more = {name: count - idle.calls[name] for name, count in quiet.calls.items()}
    return rows, {name: count / _BUILDS * 60 / quiet.seconds for name, count in more.items()}


class _Asker:
    """A client that asks at a steady rate how one build after the other is."""

    def __init__(self, ground: stand.Stand, builds: Sequence[str]) -> None:
        self.seconds: list[float] = []
        self._ground = ground
        self._builds = builds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            due += 1 / _ASKED_PER_SECOND
            build = self._builds[len(self.seconds) % len(self._builds)]
            begin = time.perf_counter()
            self._ground.look(build)
            self.seconds.append(time.perf_counter() - begin)


def _warm_up(ground: stand.Stand) -> None:
    """Have all that is made once be there already."""
    builds = [ground.submit(0, 0, 0) for _ in range(_WARM)]
    ground.wait_until_settled(60)
    for build in builds:
        assert ground.look(build)["status"] == "SUCCEEDED"


def _watch(replica: stand.Replica) -> stand.Gauge:
    before = replica.read()
    time.sleep(_QUIET_SECONDS)
    return replica.read().since(before)


def _idle(what: str, used: stand.Gauge) -> Row:
    return Row(
        what=f"idle CPU, {what}",
        measured=f"{used.cpu_seconds * 1000:.0f} ms",
        against=f"of {used.seconds:.0f} s",
        value=used.cpu_seconds / used.seconds * 100,
        limit=2,
        unit="% of a core",
    )


def _submit(ground: stand.Stand) -> list[str]:
    """Submit builds at a steady rate, whose phases end at a steady rate once they are released."""
    begin = time.monotonic()
    builds = []
    for number in range(_BUILDS):
        time.sleep(max(0.0, begin + number / _SUBMITTED_PER_SECOND - time.monotonic()))
        builds.append(
            ground.submit(
                number / _ENDS_PER_SECOND, _BUILDS / _ENDS_PER_SECOND, publish=1, held=True
            )
        )
    return builds


def _wait_until_quiet(ground: stand.Stand) -> None:
    """Wait until all builds run, and a survey has seen them so."""

    def run_all() -> bool:
        found = ground.list_nomad("allocations", task_states="false")
        running = [each for each in found if each["ClientStatus"] == "running"]
        return len(running) == _BUILDS

    replica = ground.replicas[0]
    stand.wait_until(run_all, 60, "not all builds run")
    surveys = replica.read().surveys
    stand.wait_until(lambda: replica.read().surveys > surveys, 20, "there was no survey")
    time.sleep(_SETTLING_SECONDS)


def _wait_for_jobs(ground: stand.Stand, phase: str) -> None:
    """Wait until the last build's phase is registered."""
    stand.wait_until(
        lambda: len(ground.list_nomad("jobs", prefix=f"{phase}-")) == _BUILDS + _WARM,
        300,
        "not all builds have come to their last phase",
    )


def _hand_overs(ground: stand.Stand, builds: Sequence[str]) -> Iterator[float]:
    """Yield the seconds from the end of a phase's last task to the next phase's registration, as Nomad tells them."""
    ended: dict[str, float] = {}
    for allocation in ground.list_nomad("allocations"):
        times = [read_time(task["FinishedAt"]) for task in allocation["TaskStates"].values()]
        ended[allocation["JobID"]] = max(each.timestamp() for each in times if each)
    submitted = {each["ID"]: each["SubmitTime"] / 1e9 for each in ground.list_nomad("jobs")}
    for build in builds:
        for phase, following in _FOLLOWING.items():
            yield submitted[f"{following}-{build}"] - ended[f"{phase}-{build}"]


def _quantiles(what: str, seconds: list[float], limit: float) -> Iterator[Row]:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    for name, value, most in (("p50", cuts[49], None), ("p99", cuts[98], limit)):
        yield Row(
            what=f"{what} while {_BUILDS} builds live, {name}",
            measured=f"{value * 1000:.0f} ms",
            against=f"{len(seconds):,} of them",
            value=value * 1000,
            limit=most,
            unit="ms",
        )
