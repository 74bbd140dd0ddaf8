"""A replica killed at each boundary of each step: one build at a time, for one that succeeds, fails, or is killed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import get_args

from server.embedded.config import NOMAD_VERSION
from tests.faults import book, crowd, dice, fleet, judgement, meddle, storm
from tests.faults.proxy import Call, When
from tests.faults.table import Report

SCENARIOS = ("succeeds", "test-fails", "killed", "file", "file-invalid")
_ENVIRONMENT = {"NOMAD_BUILD_RESYNC_INTERVAL": "1", "NOMAD_BUILD_CLEANUP_INTERVAL": "0"}
# Tasks need not take long here.
_PACE = 0.1
_END_SECONDS = 60.0
_QUIET_SECONDS = 0.8
_POLL_SECONDS = 0.05


class Tripwire:
    """Kills the replica that makes the n-th change, right before or after it."""

    def __init__(self, replicas: fleet.Fleet) -> None:
        self._fleet = replicas
        self._lock = threading.Lock()
        self._left = 0
        self._when: When = "before"
        self._last = 0.0

    def arm(self, number: int, when: When) -> None:
        """Lie in wait for the n-th change from now on."""
        with self._lock:
            self._left, self._when = number, when

    def boundary(self, call: Call, when: When) -> bool:
        """Count a change; kill its caller when it is the one."""
        if not call.belongs_to_a_build:
            return False
        with self._lock:
            self._last = time.monotonic()
            if when != self._when or self._left == 0:
                return False
            self._left -= 1
            if self._left:
                return False
        self._fleet.find(call.replica).kill()
        return True

    @property
    def sprung(self) -> bool:
        """Whether the change came."""
        return self._left == 0

    def wait_for_quiet(self) -> None:
        """Wait until nothing was changed for a while."""
        while (left := self._last + _QUIET_SECONDS - time.monotonic()) > 0:
            time.sleep(left)


def run(seed: str, folder: Path, say: Callable[[str], None]) -> Report:
    """Sweep over all boundaries; logs of all processes lie in the folder."""
    begin = time.monotonic()
    builds: list[book.Build] = []
    kills: Counter[str] = Counter()
    with ExitStack() as stack:
        engine = stack.enter_context(fleet.run_engine(folder, seed, _PACE))
        stage = stack.enter_context(
            storm.replicas(engine.address, 2, seed, dice.CALM, folder, _ENVIRONMENT | storm.HOSTS)
        )
        wire = Tripwire(stage.fleet)
        stage.boundaries.append(wire.boundary)
        user = crowd.User(stage.fleet, seed, threading.Event(), meddle.nothing)
        for scenario in SCENARIOS:
            for when in get_args(When):
                number = 1
                while True:
                    wire.arm(number, when)
                    image = f"app-{len(builds)}"
                    build = book.make_build(len(builds), scenario, image)
                    builds.append(build)
                    _follow(user, build, stage.fleet)
                    wire.wait_for_quiet()
                    stage.fleet.restore()
                    if not wire.sprung:
                        break
                    kills[f"kills right {when} a change, scenario {scenario}"] += 1
                    number += 1
                say(f"{scenario}: {number - 1} kills right {when} a change")
        wire.wait_for_quiet()
        for build in builds:
            user.look_again(build)
        entries = engine.read_ledger()
    return Report(
        mark="sweep",
        title="A replica of two killed (kill -9) at each change of Nomad's state, one build at a time",
        seed=seed,
        seconds=time.monotonic() - begin,
        nomad=f"embedded engine (as Nomad {NOMAD_VERSION})",
        verdict=judgement.judge(builds, entries),
        injected=kills,
    )


def _follow(user: crowd.User, build: book.Build, replicas: fleet.Fleet) -> None:
    """Submit a build and look at it until it has ended; the replica that dies is started again meanwhile."""
    end = time.monotonic() + _END_SECONDS
    user.submit(build)
    while not build.end and time.monotonic() < end:
        replicas.revive()
        user.look(build)
        time.sleep(_POLL_SECONDS)
