"""A world for the service: an embedded engine whose docker tasks do what a test writes down."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from server import app, builds, config, nomad, record, store
from server.embedded import config as engine_config
from server.embedded import drivers, engine, scripted
from tests import logtexts, samples
from tests.waiting import wait_for

# Of each phase the task that does its work.
TASKS: dict[str, str] = {"build": "build", "test": "test-1", "publish": "publish"}
# What is launched for a build to which nothing happens.
ONCE = {"source": 1, "build": 1, "test-1": 1, "publish": 1}
RUNNING = [(phase, record.RUNNING[phase]) for phase in record.PHASES]
_RESULTS = {
    "alloc/data/digest": samples.DIGEST.encode(),
    "alloc/data/commit": samples.COMMIT.encode() + b"\n",
}


class World:
    """An engine, and the builds that are run on it."""

    def __init__(self, folder: Path, **engine_settings: Any) -> None:
        self.script = scripted.Script()
        self.launches: list[tuple[str, str]] = []
        self.engine = engine.Engine(
            engine_config.Config(data_dir=folder, **engine_settings), self.script
        )
        for phase, task in (TASKS | {"plan": "source", "cleanup": "cleanup"}).items():
            self.let(phase, task)
        self.let("build", "source")

    def let(self, phase: str, task: str = "", **outcome: Any) -> None:
        """Say what a task does from now on; by default it ends well at once."""
        task = task or TASKS[phase]
        if task == "build":
            outcome["files"] = _RESULTS | outcome.get("files", {})
        outcome.setdefault("stdout", f"{task} says ünï\n")
        answer = scripted.Outcome(**outcome)

        def launch(started: drivers.Launch) -> scripted.Outcome:
            self.launches.append((started.allocation.job.id, started.task.name))
            return answer

        self.script.set(f"{phase}-*", task, launch)

    def fail(self, phase: str, claim: str, task: str = "", exit_code: int = 1) -> None:
        """Have a task end with an exit code and leave a claim as the packs' scripts do."""
        files = {"alloc/data/reason": f"{claim}\n".encode()} if claim else {}
        self.let(phase, task, exit_code=exit_code, files=files, stdout=f"oh no, {claim}\n")

    def hold(self, phase: str, task: str = "", **outcome: Any) -> scripted.Gate:
        """Have a task run until the returned gate is opened."""
        gate = scripted.Gate()
        self.let(phase, task, gate=gate, **outcome)
        return gate

    def configure(self, **environment: str) -> config.Config:
        """Return the configuration of a service on this engine; names are without NOMAD_BUILD_."""
        given = {f"NOMAD_BUILD_{name}": value for name, value in environment.items()}
        # By default no resync comes to help within a test.
        defaults = {
            "NOMAD_ADDR": self.engine.address,
            "NOMAD_BUILD_RESYNC_INTERVAL": "3600",
            **samples.HOSTS,
        }
        return config.read_config(defaults | given)

    @contextlib.contextmanager
    def serve(self, **environment: str) -> Iterator[builds.Builds]:
        """Run a service on this engine."""
        with self.run(**environment) as running:
            yield running.builds

    @contextlib.contextmanager
    def run(self, **environment: str) -> Iterator[app.Service]:
        """Run a service on this engine whose parts can be reached."""
        with app.run(app.assemble(self.configure(**environment))) as running:
            yield running

    @contextlib.contextmanager
    def connect(self) -> Iterator[nomad.Nomad]:
        """Look at the engine as the service does."""
        with contextlib.closing(nomad.Nomad(self.configure())) as client:
            yield client

    @contextlib.contextmanager
    def observe(self) -> Iterator[builds.Builds]:
        """Submit and read builds without driving them: a replica that is not there for the rest."""
        with self.rest() as idle:
            yield idle.builds

    @contextlib.contextmanager
    def rest(
        self, machine_clock: Callable[[], datetime] | None = None, **environment: str
    ) -> Iterator[app.Service]:
        """Put a service together that drives nothing, but for what a test does with its parts."""
        idle = app.assemble(self.configure(**environment), machine_clock=machine_clock)
        with contextlib.closing(idle.nomad):
            yield idle

    def wait_for_log(self, running: builds.Builds, build_id: str, text: str) -> None:
        """Wait until a build's log has a text."""

        def has_it() -> bool:
            build = running.read(build_id)
            phase = build.phase
            return text in logtexts.read_tail(running, build_id, phase, 100)

        wait_for(has_it, f"{text!r} in the log")

    def wait_for_start(self, job_id: str, task: str) -> None:
        """Wait until Nomad's servers know that a task runs, which is later than its start."""
        with self.connect() as client:

            def runs() -> bool:
                allocation = client.read_allocation(job_id)
                tasks = allocation.tasks if allocation else ()
                return any((each.name, each.state) == (task, "running") for each in tasks)

            wait_for(runs, f"task {task} of {job_id} to run")

    def wait_for_job(self, job_id: str) -> None:
        """Wait until what runs of a job has ended, whether or not anybody looks at its build."""
        with self.connect() as client:

            def has_ended() -> bool:
                allocation = client.read_allocation(job_id)
                return allocation is not None and allocation.ended

            wait_for(has_ended, f"job {job_id} to end")

    def count_launches(self, build_id: str) -> dict[str, int]:
        """Count how often each task of a build was started."""
        tasks = [task for job, task in self.launches if build_id in job]
        return {task: tasks.count(task) for task in tasks}


def wait_for_status(
    seen: builds.Builds, build_id: str, *statuses: record.Status, seconds: float = 60.0
) -> record.Record:
    """Wait until a build has one of the statuses."""

    def reached() -> record.Record | None:
        build = seen.read(build_id)
        return build if build.status in statuses else None

    return wait_for(reached, f"{' or '.join(statuses)}", seconds)


def wait_for_end(seen: builds.Builds, build_id: str, seconds: float = 60.0) -> record.Record:
    """Wait until a build has ended."""
    return wait_for_status(seen, build_id, "SUCCEEDED", "FAILED", seconds=seconds)


def submit(running: builds.Builds, **changes: Any) -> str:
    """Submit the usual request with some fields changed; return the build's id."""
    return running.submit(samples.make_request(**changes)).id


def assert_complete(world: World, build: record.Record) -> None:
    """A build ended as if nothing had happened: all phases once, all results kept."""
    assert build.failure is None
    assert build.status == "SUCCEEDED"
    assert (build.digest, build.commit) == (samples.DIGEST, samples.COMMIT)
    assert world.count_launches(build.id) == ONCE
    for phase in record.PHASES:
        known = build.of(phase)
        assert known.registered_at
        assert known.started_at
        assert known.ended_at
        assert known.node
        assert f"{TASKS[phase]} says ünï" in (known.log_tail or "")


def put_away(world: World, build_id: str) -> None:
    """Wait until an ended build is put away."""
    with world.connect() as client:
        records = store.Store(client)
        wait_for(lambda: not records.is_live(build_id), "the build to be put away")
