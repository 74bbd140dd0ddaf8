"""What a build costs the service when it knows of many that have ended."""

from __future__ import annotations

import statistics
from pathlib import Path

from ulid import ULID

from server import config
from server.nomad import Nomad
from server.store import Store
from tests.bench import stand
from tests.bench.report import Chart, Row

_KNOWN = (10, 100, 300, 1000)
_ROUNDS = 3
_BUILDS = 5
_LIMIT = 1.25


def measure(folder: Path) -> tuple[list[Row], Chart]:
    """Measure builds, each round a few at once, with ever more records of ended ones beside them."""
    points: list[tuple[int, float]] = []
    calls: dict[int, float] = {}
    with stand.run(folder, environment={"NOMAD_BUILD_CLEANUP_INTERVAL": "0"}) as ground:
        _run_builds(ground)
        known = _BUILDS
        for wanted in _KNOWN:
            _add_records(ground, wanted - known)
            rounds = [_run_builds(ground) for _ in range(_ROUNDS)]
            known = wanted + _ROUNDS * _BUILDS
            points.append((wanted, statistics.median(cpu for cpu, _ in rounds) * 1000))
            calls[wanted] = statistics.median(count for _, count in rounds)
    few, many = _KNOWN[0], _KNOWN[-1]
    costs = dict(points)
    rows = [
        Row(
            what=f"{what} for a build when {many:,} have ended",
            measured=f"{values[many]:.0f} {unit}",
            against=f"when {few} have ended {values[few]:.0f} {unit}",
            value=values[many] / values[few],
            limit=_LIMIT,
            unit="x",
        )
        for what, values, unit in (("CPU time", costs, "ms"), ("calls of Nomad", calls, "calls"))
    ]
    chart = Chart(
        title="CPU time of the service for one build, by the builds that have ended",
        axis="known",
        unit="ms",
        points=points,
    )
    return rows, chart


def _run_builds(ground: stand.Stand) -> tuple[float, float]:
    """Run some builds; return seconds of CPU time and calls of Nomad for each."""
    replica = ground.replicas[0]
    before = replica.read()
    for _ in range(_BUILDS):
        ground.submit(0, 0, 0)
    ground.wait_until_settled(60)
    used = replica.read().since(before)
    return used.cpu_seconds / _BUILDS, used.calls.total() / _BUILDS


def _add_records(ground: stand.Stand, count: int) -> None:
    """Store so many records of ended builds, each like one that has just ended."""
    nomad = Nomad(config.read_config({"NOMAD_ADDR": ground.nomad_address}))
    try:
        store = Store(nomad)
        newest = ground.list_nomad("vars", prefix="nomad-build/builds/")[-1]["Path"]
        ended = store.read(newest.rpartition("/")[2]).record
        assert ended.ended
        for _ in range(count):
            store.create(ended.model_copy(update={"id": str(ULID()).lower()}))
    finally:
        nomad.close()
