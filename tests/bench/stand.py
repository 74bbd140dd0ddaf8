"""A stand to measure on: an embedded engine with scripted tasks, and replicas of the service, each its own process."""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import prometheus_client.parser
import requests

from server.lab import service
from tests.faults import crowd, fleet, scenarios, storm

# As many builds as a measurement wants run at once.
_PLENTY = "10000"
_ENVIRONMENT = {
    f"NOMAD_BUILD_{name}": _PLENTY
    for name in ("MAX_BUILDS", "MAX_BUILDS_PER_OWNER", "MAX_QUEUED", "MAX_QUEUED_PER_OWNER")
}
_CALLS = "nomad_build_nomad_calls_total"
_SURVEYS = "nomad_build_resync_seconds_count"
_REPLICAS = "nomad_build_replicas"
_POLL_SECONDS = 0.2
_ACQUAINTED_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """What a replica has used so far, and for how many seconds: CPU time, calls of Nomad by their names, surveys.

    ``alive`` is how many replicas it knows of at this moment.
    """

    seconds: float
    cpu_seconds: float
    calls: Counter[str]
    surveys: int
    alive: int

    def since(self, before: Gauge) -> Gauge:
        """Return what was used since another one was taken."""
        return Gauge(
            seconds=self.seconds - before.seconds,
            cpu_seconds=self.cpu_seconds - before.cpu_seconds,
            calls=self.calls - before.calls,
            surveys=self.surveys - before.surveys,
            alive=self.alive,
        )


class Replica:
    """One replica, looked at from outside."""

    def __init__(self, running: service.Service) -> None:
        self.address = running.address
        self._pid = running.process.pid
        self.stop = running.stop

    def read(self) -> Gauge:
        """Return what it has used so far."""
        cpu_seconds = self.cpu_seconds()
        calls: Counter[str] = Counter()
        others: dict[str, int] = {}
        with _session() as session:
            text = session.get(f"{self.address}/metrics", timeout=10).text
        for family in prometheus_client.parser.text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == _CALLS:
                    calls[sample.labels["call"]] += int(sample.value)
                elif sample.name in (_SURVEYS, _REPLICAS):
                    others[sample.name] = int(sample.value)
        return Gauge(
            seconds=time.monotonic(),
            cpu_seconds=cpu_seconds,
            calls=calls,
            surveys=others[_SURVEYS],
            alive=others[_REPLICAS],
        )

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its threads: each process has a clock for that (clock_getcpuclockid(3))."""
        return time.clock_gettime((~self._pid << 3) | 2)

    def memory(self) -> int:
        """Return how many bytes of memory it holds."""
        pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


class Stand:
    """A running engine, its replicas, and a client."""

    def __init__(self, engine: fleet.Engine, replicas: list[Replica]) -> None:
        self.nomad_address = engine.address
        self._engine = engine
        self.replicas = replicas
        self._caller = crowd.Caller()
        self._number = 0

    def submit(self, build: float, test: float, publish: float, *, held: bool = False) -> str:
        """Submit a build to each replica in turn, whose phases take so many seconds; return its id."""
        return self.submit_scenario(scenarios.lasting(build, test, publish, held=held))

    def submit_scenario(self, scenario: str) -> str:
        """Submit a build that goes like a scenario to each replica in turn; return its id."""
        number = self._number
        self._number += 1
        request = {
            "owner": f"team-{number % 20}",
            "repoURL": "https://git.example/team/app.git",
            "gitRef": f"{scenarios.PREFIX}{scenario}",
            "registryURL": "registry.example:5000/team",
            "imageName": f"app-{number % 50}",
            "imageTags": [f"b{number}", f"v{number}"],
            "testCommands": ["make test", "app --version"],
        }
        address = self.replicas[number % len(self.replicas)].address
        return str(self._caller.call(address, "submitJob", {"jobConfig": request})["jobID"])

    def release(self) -> None:
        """Let the time of all builds begin that are held."""
        self._engine.tell(do="release")

    def look(self, build_id: str) -> dict[str, Any]:
        """Ask the first replica how a build is."""
        return self._caller.call(self.replicas[0].address, "getStatus", {"jobID": build_id})

    def list_nomad(self, what: str, **params: str) -> list[dict[str, Any]]:
        """Read one of Nomad's lists."""
        with _session() as session:
            answer = session.get(f"{self.nomad_address}/v1/{what}", params=params, timeout=60)
            answer.raise_for_status()
            return list(answer.json())

    def wait_until_acquainted(self) -> None:
        """Wait until each replica knows of all others."""
        wait_until(
            lambda: all(each.read().alive == len(self.replicas) for each in self.replicas),
            _ACQUAINTED_SECONDS,
            "not all replicas know of each other",
        )

    def wait_until_settled(self, seconds: float) -> None:
        """Wait until no build is live any more."""
        wait_until(
            lambda: not self.list_nomad("vars", prefix="nomad-build/unfinished/"),
            seconds,
            "builds are live",
        )


@contextlib.contextmanager
def run(
    folder: Path, count: int = 1, environment: Mapping[str, str] | None = None
) -> Iterator[Stand]:
    """Run an engine and so many replicas; their logs lie in the folder."""
    folder.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(fleet.run_engine(folder, "bench"))
        given = {**_ENVIRONMENT, **storm.HOSTS, "NOMAD_ADDR": engine.address, **(environment or {})}

        def start(number: int) -> Replica:
            replica = Replica(service.start(folder, given, name=f"replica-{number}"))
            stack.callback(replica.stop)
            return replica

        with ThreadPoolExecutor() as pool:
            replicas = list(pool.map(start, range(count)))
        yield Stand(engine, replicas)


def watch(replicas: list[Replica], seconds: float) -> Counter[str]:
    """Count what the replicas ask Nomad for within some seconds."""
    before = [each.read() for each in replicas]
    time.sleep(seconds)
    used = [each.read().since(old) for each, old in zip(replicas, before, strict=True)]
    return sum((each.calls for each in used), Counter[str]())


def wait_until(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            msg = f"after {seconds:.0f} s {otherwise}"
            raise TimeoutError(msg)
        time.sleep(_POLL_SECONDS)


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session
