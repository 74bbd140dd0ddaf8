"""The processes of a run: the engine and the replicas; started, stopped, killed and started again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import requests

from server.lab import ports
from tests.faults import ledger
from tests.faults.book import Outage

_ROOT = Path(__file__).parents[2]
_READY_SECONDS = 30.0
_POLL_SECONDS = 0.05


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Have a process stand still as long as the context lasts, its connections open."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Engine:
    """The engine's process and the lines of JSON by which it is told what to do."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.address = address
        # Jobs that run a second time because of what was done to the node.
        self.moved: set[str] = set()
        self.outages: list[Outage] = []
        self._process = process
        self._lock = threading.Lock()

    def tell(self, **command: str) -> Any:
        """Have the engine do something; return its answer."""
        with self._lock:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def read_ledger(self) -> list[ledger.Entry]:
        """Return what happened so far."""
        return [ledger.Entry(**entry) for entry in self.tell(do="ledger")]

    def stopped(self) -> contextlib.AbstractContextManager[None]:
        """Have the engine stand still as long as the context lasts."""
        return stopped(self._process.pid)

    @contextlib.contextmanager
    def node_lost(self) -> Iterator[None]:
        """Have the node's client not be heard of as long as the context lasts.

        Its tasks go on; but what it had not yet begun then is lost, and placed anew.
        """
        began = time.monotonic()
        self.moved |= {*self.tell(do="lose_node")}
        try:
            yield
        finally:
            self.moved |= {*self.tell(do="return_node")}
            reasons = frozenset({"node_lost"})
            self.outages.append(Outage(since=began, until=time.monotonic(), reasons=reasons))

    @contextlib.contextmanager
    def node_drained(self) -> Iterator[None]:
        """Drain the node, and take no jobs as long as the context lasts."""
        self.moved |= {*self.tell(do="drain_node")}
        try:
            yield
        finally:
            self.moved |= {*self.tell(do="undrain_node")}


@contextlib.contextmanager
def run_engine(folder: Path, seed: str, pace: float = 1.0) -> Iterator[Engine]:
    """Run an engine whose tasks play scenarios; its log and its data lie in the folder."""
    command = [sys.executable, "-m", "tests.faults.world", "--folder", str(folder / "engine")]
    command += ["--seed", seed, "--pace", str(pace)]
    with (
        (folder / "engine.log").open("w") as log,
        subprocess.Popen(
            command,
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            msg = f"the engine did not start: see {folder / 'engine.log'}"
            raise RuntimeError(msg)
        try:
            yield Engine(process, json.loads(line)["address"])
        finally:
            assert process.stdin
            process.stdin.close()


class Replica:
    """One replica: a process that may be killed, and another that takes its place."""

    def __init__(
        self, name: str, environment: Mapping[str, str], folder: Path, skew: float
    ) -> None:
        self.name = name
        self.skew = skew
        self.crashes = 0
        self.start_seconds = 0.0
        self._began = 0.0
        self._ready = False
        self._port = port = ports.free()
        self.address = f"http://{ports.LOOPBACK}:{port}"
        self._command = [sys.executable, "-m", "tests.faults.replica"]
        self._command += ["--port", str(port), "--skew", str(skew)]
        self._environment = dict(os.environ) | dict(environment)
        self._log = folder / f"{name}.log"
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        with self._lock:
            return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process unless it runs; it is ready a little later."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            if self._process is not None:
                self.crashes += 1  # Whoever kills it takes it away.
            with self._log.open("a") as log:
                self._process = subprocess.Popen(
                    self._command, cwd=_ROOT, env=self._environment, stdout=log, stderr=log
                )
            self._began, self._ready = time.monotonic(), False

    @property
    def ready(self) -> bool:
        """Whether the process has got as far as to listen."""
        if not self._ready and self.alive and ports.listening(self._port):
            self.start_seconds = time.monotonic() - self._began
            self._ready = True
        return self._ready and self.alive

    def kill(self) -> bool:
        """End the process with SIGKILL; false when there was none to end."""
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                return False
            self._process = None
            process.kill()
            process.wait()
            return True

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Have the process stand still for a while; it may be killed meanwhile."""
        with self._lock:
            process = self._process
        if process is None:
            yield
            return
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def wait_until_ready(self) -> None:
        """Wait until the process answers."""
        end = time.monotonic() + _READY_SECONDS
        with requests.Session() as session:
            session.trust_env = False
            while time.monotonic() < end:
                with contextlib.suppress(requests.RequestException):
                    if session.get(f"{self.address}/health", timeout=5).ok:
                        return
                time.sleep(_POLL_SECONDS)
        msg = f"{self.name} is not ready after {_READY_SECONDS} s: see {self._log}"
        raise RuntimeError(msg)


class Fleet:
    """All replicas."""

    def __init__(self, replicas: list[Replica]) -> None:
        self.replicas = replicas

    def __enter__(self) -> Fleet:
        self.restore()
        return self

    def __exit__(self, *_: object) -> None:
        for replica in self.replicas:
            replica.kill()

    def find(self, name: str) -> Replica:
        """Return a replica by its name."""
        return next(replica for replica in self.replicas if replica.name == name)

    def choose(self, dice: random.Random) -> Replica:
        """Choose a replica, one that is ready if there is one."""
        return dice.choice([each for each in self.replicas if each.ready] or self.replicas)

    @property
    def start_seconds(self) -> float:
        """How long the slowest of the last starts took."""
        return max(each.start_seconds for each in self.replicas)

    def revive(self) -> None:
        """Start those that do not run."""
        for replica in self.replicas:
            replica.start()

    def restore(self) -> None:
        """Start those that do not run, and wait until all answer."""
        self.revive()
        for replica in self.replicas:
            replica.wait_until_ready()
