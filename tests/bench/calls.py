"""How often a build has Nomad asked for something, and what more replicas add to that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import stand
from tests.bench.report import Row, Table

_REPLICAS = (1, 3, 10)
_BUILDS = 30
_PHASE_SECONDS = 1.0
# So long that each replica has sent all its beats and has surveyed once, whenever it has begun.
_OWN_SECONDS = 15.0
_LIMIT = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The calls that a cluster of replicas made for the same builds, beside what it asks without any."""

    replicas: int
    for_builds: Mapping[str, float]

    @property
    def total(self) -> float:
        """All calls for the builds."""
        return sum(self.for_builds.values())


def measure(folder: Path, quiet: Mapping[str, float]) -> tuple[list[Row], Table]:
    """Have the same builds run on one replica and on more; ``quiet`` are the calls for a quiet live build a minute."""
    own = _read_own(folder / "own")
    accounts = [_count(folder / f"replicas-{count}", count, own) for count in _REPLICAS]
    one, most = accounts[0], accounts[-1]
    row = Row(
        what=f"calls of Nomad for {_BUILDS} builds, {most.replicas} replicas",
        measured=f"{most.total:,.0f}",
        against=f"one replica {one.total:,.0f}",
        value=most.total / one.total,
        limit=_LIMIT,
        unit="x",
    )
    return [row], _tabulate(accounts, quiet, own)


def _read_own(folder: Path) -> Mapping[str, float]:
    """Return what one replica asks in a second while there are no builds."""
    with stand.run(folder) as ground:
        _warm_up(ground)
        counted = stand.watch(ground.replicas, _OWN_SECONDS)
    return {name: count / _OWN_SECONDS for name, count in counted.items()}


def _warm_up(ground: stand.Stand) -> None:
    """Have each replica know the others, and all that is made once be there."""
    ground.wait_until_acquainted()
    for _ in ground.replicas:
        ground.submit(0, 0, 0)
    ground.wait_until_settled(60)


def _count(folder: Path, replicas: int, own: Mapping[str, float]) -> Account:
    with stand.run(folder, replicas) as ground:
        _warm_up(ground)
        before = [each.read() for each in ground.replicas]
        for _ in range(_BUILDS):
            ground.submit(_PHASE_SECONDS, _PHASE_SECONDS, _PHASE_SECONDS)
        ground.wait_until_settled(120)
        used = [each.read().since(old) for each, old in zip(ground.replicas, before, strict=True)]
    total = sum((each.calls for each in used), Counter[str]())
    seconds = sum(each.seconds for each in used)
    for_builds = {
        name: max(0.0, count - own.get(name, 0.0) * seconds) for name, count in total.items()
    }
    return Account(replicas=replicas, for_builds=for_builds)


def _tabulate(
    accounts: Sequence[Account], quiet: Mapping[str, float], own: Mapping[str, float]
) -> Table:
    columns = [{name: n / _BUILDS for name, n in each.for_builds.items()} for each in accounts]
    columns += [dict(quiet), {name: rate * 60 for name, rate in own.items()}]
    names = sorted({name for column in columns for name in column})
    total = [f"{sum(column.values()):.1f}" for column in columns]
    return Table(
        title="Calls of Nomad",
        head=(
            "call",
            *(f"a build, {_name(each.replicas)}" for each in accounts),
            "a quiet live build a minute",
            "a replica's own a minute",
        ),
        rows=[
            *((name, *(f"{column.get(name, 0):.1f}" for column in columns)) for name in names),
            ("all", *total),
        ],
    )


def _name(replicas: int) -> str:
    return "1 replica" if replicas == 1 else f"{replicas} replicas"
