"""The run on the embedded engine: replicas, builds that play scenarios, and faults all the time."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from server.embedded.config import NOMAD_VERSION
from tests.faults import book, chaos, crowd, dice, fleet, judgement, meddle, proxies, proxy
from tests.faults.table import Report

# Seconds by which the replicas' clocks are wrong, by their number.
SKEWS = (0.0, 90.0, -60.0)
# What no event tells is seen soon, and what is left over is removed all the time.
ENVIRONMENT = {
    "NOMAD_BUILD_RESYNC_INTERVAL": "2",
    "NOMAD_BUILD_CLEANUP_INTERVAL": "10",
    "NOMAD_BUILD_PUBLISH_ATTEMPTS": "3",
    # How long a publish may move tags on a node that is not heard of: newer builds of the same name wait for that.
    "NOMAD_BUILD_PUBLISH_TIMEOUT": "10",
    "NOMAD_BUILD_QUEUE_TIMEOUT": "60",
}
# What is on a list is not looked up: no run on scripted tasks depends on a name server.
HOSTS = {
    "NOMAD_BUILD_GIT_HOSTS": "git.example",
    "NOMAD_BUILD_REGISTRY_HOSTS": "registry.example",
}
_PROGRESS_SECONDS = 5.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How large a run is.

    Builds are submitted spread over ``seconds``; faults go on until the last has ended, or ``patience`` seconds
    longer; then all is mended, and what has not ended ``calm`` seconds later is lost.
    """

    seed: str
    replicas: int = 3
    builds: int = 200
    seconds: float = 90.0
    patience: float = 240.0
    calm: float = 60.0
    rates: dice.Rates = field(default_factory=dice.Rates)
    pace: chaos.Pace = field(default_factory=chaos.Pace)


def shorten(plan: Plan) -> Plan:
    """Return a plan of about a minute."""
    pace = chaos.Pace(kill=4, kill_at_boundary=3, stop_replica=10, stop_server=12)
    return replace(plan, builds=60, seconds=30.0, patience=60.0, calm=40.0, pace=pace)


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Report:
    """Run the storm; logs of all processes lie in the folder."""
    begin = time.monotonic()
    ours = book.Book(book.make_builds(plan.builds, random.Random(f"{plan.seed}/book")))
    with ExitStack() as stack:
        engine = stack.enter_context(fleet.run_engine(folder, plan.seed))
        stage = stack.enter_context(
            replicas(
                engine.address, plan.replicas, plan.seed, plan.rates, folder, ENVIRONMENT | HOSTS
            )
        )
        servers = {
            chaos.ENGINE_STOPPED: engine.stopped,
            chaos.NODE_LOST: engine.node_lost,
            chaos.NODE_DRAINED: engine.node_drained,
        }
        breaker = chaos.Chaos(stage.fleet, servers, plan.pace, plan.seed)
        stage.boundaries.append(breaker.boundary)
        users = crowd.Crowd(ours, stage.fleet, meddle.on(engine), plan.seconds, plan.seed)
        follow(plan, ours, stage, users, breaker, say)
        entries = engine.read_ledger()
    book.save(folder, ours.builds, entries)
    return Report(
        mark="faults:embedded",
        title=f"{plan.builds} builds with scripted tasks on {plan.replicas} replicas",
        seed=plan.seed,
        seconds=time.monotonic() - begin,
        nomad=f"embedded engine (as Nomad {NOMAD_VERSION})",
        verdict=judgement.judge(ours.builds, entries, engine.moved, engine.outages),
        injected=count_all(stage, users, breaker),
    )


class Stage:
    """Replicas behind a proxy each."""

    def __init__(self, replicas: fleet.Fleet, ways: list[proxy.Proxy]) -> None:
        self.fleet = replicas
        self.ways = ways
        self.boundaries: list[proxy.Boundary] = []

    def calm(self) -> None:
        """Disturb nothing any more."""
        for each in self.ways:
            each.dice.rates = dice.CALM

    def counts(self) -> dict[str, int]:
        """Count what the proxies did."""
        total: Counter[dice.Fault] = Counter()
        for each in self.ways:
            total += each.dice.counts
        return {fault.value: total[fault] for fault in dice.Fault}


@contextmanager
def replicas(
    nomad: str,
    count: int,
    seed: str,
    rates: dice.Rates,
    folder: Path,
    environment: Mapping[str, str],
) -> Iterator[Stage]:
    """Run replicas, each with a proxy of its own before Nomad and a clock of its own."""
    parts = urlsplit(nomad)
    target = (parts.hostname or "127.0.0.1", parts.port or 80)
    with proxies.Proxies() as running:
        opened: list[proxy.Proxy] = []
        made: list[fleet.Replica] = []
        stage = Stage(fleet.Fleet(made), opened)

        def boundary(call: proxy.Call, when: proxy.When) -> bool:
            return any(each(call, when) for each in stage.boundaries)

        for number in range(count):
            name = f"replica-{number}"
            way = proxy.Proxy(name, target, dice.Dice(f"{seed}/{name}", rates), boundary)
            given = {**environment, "NOMAD_ADDR": running.open(way)}
            opened.append(way)
            made.append(fleet.Replica(name, given, folder, SKEWS[number % len(SKEWS)]))
        with stage.fleet:
            yield stage


def follow(
    plan: Plan,
    ours: book.Book,
    stage: Stage,
    users: crowd.Crowd,
    breaker: chaos.Chaos,
    say: Callable[[str], None],
) -> None:
    """Have builds submitted while things break, and follow them to their ends."""
    with users.at_work():
        with breaker.at_work():
            _wait(ours, plan.seconds + plan.patience, breaker, say)
        stage.calm()
        _wait(ours, plan.calm, breaker, say)
    users.read_again()


def count_all(stage: Stage, users: crowd.Crowd, breaker: chaos.Chaos) -> dict[str, int]:
    """Count all that was injected, and what whoever used the service saw of it."""
    replicas = stage.fleet.replicas
    skews = {f"seconds that the clock of {each.name} is ahead": int(each.skew) for each in replicas}
    return {
        **dict(sorted(breaker.counts.items())),
        **stage.counts(),
        **skews,
        **dict(sorted(users.counts.items())),
        "replicas that ended by themselves": sum(each.crashes for each in replicas),
    }


def _wait(
    ours: book.Book, seconds: float, breaker: chaos.Chaos, say: Callable[[str], None]
) -> None:
    """Wait until all builds have ended, but no longer; tell how it goes."""
    begin = time.monotonic()
    told = begin
    while not ours.done and time.monotonic() < begin + seconds:
        time.sleep(_POLL_SECONDS)
        if time.monotonic() - told >= _PROGRESS_SECONDS:
            told = time.monotonic()
            accepted = sum(bool(build.id) for build in ours.builds)
            ended = sum(bool(build.end) for build in ours.builds)
            kills = sum(count for name, count in breaker.counts.items() if "kill" in name)
            say(
                f"{told - begin:4.0f} s: {accepted} of {len(ours.builds)} accepted, {ended} ended, {kills} kills"
            )
