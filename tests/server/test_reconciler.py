"""The pipeline at work: real services on an embedded engine whose tasks are scripted."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server import builds, nomad, reconciler, record, steps, store
from server.config import Config
from server.embedded import scripted
from server.errors import NomadUnreachable
from tests import samples, worlds
from tests.outages import Relay
from tests.waiting import wait_for
from tests.worlds import World, wait_for_end, wait_for_status

ONCE = {"source": 1, "build": 1, "test": 1, "publish": 1}
RUNNING = [(phase, record.RUNNING[phase]) for phase in record.PHASES]


def submit(running: builds.Builds, **changes: Any) -> str:
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
        assert f"{worlds.TASKS[phase]} says ünï" in (known.log_tail or "")


def put_away(world: World, build_id: str) -> None:
    with world.connect() as client:
        records = store.Store(client)
        wait_for(lambda: not records.is_unfinished(build_id), "the build to be put away")


def test_a_build_goes_through_all_phases_on_events_alone(world: World) -> None:
    with world.serve() as running:
        build = wait_for_end(running, submit(running))
        assert_complete(world, build)
        assert build.build.log_tail is not None
        assert build.build.log_tail.index("source") < build.build.log_tail.index("task build")
        put_away(world, build.id)


def test_phases_are_shown_as_they_run(world: World) -> None:
    gates = {phase: world.hold(phase) for phase in record.PHASES}
    with world.serve() as running:
        build_id = submit(running)
        for phase, status in RUNNING:
            build = wait_for_status(running, build_id, status)
            assert build.phase == phase
            gates[phase].open()
        assert_complete(world, wait_for_end(running, build_id))


def test_without_test_commands_no_test_job_is_registered(world: World) -> None:
    with world.serve() as running, world.connect() as client:
        build = wait_for_end(running, submit(running, testCommands=[]))
        assert build.status == "SUCCEEDED"
        assert world.count_launches(build.id) == {"source": 1, "build": 1, "publish": 1}
        assert client.read_job(f"test-{build.id}") is None


def test_the_image_is_tested_and_published_by_its_digest(world: World) -> None:
    tested: list[str] = []

    def note(started: Any) -> scripted.Outcome:
        tested.append(started.config["image"])
        return scripted.Outcome()

    world.script.set("test-*", "test", note)
    with world.serve() as running:
        build = wait_for_end(running, submit(running))
    staging = build.staging_image.removesuffix(":staged")
    assert tested == [f"{staging}@{samples.DIGEST}"]


def test_many_builds_run_side_by_side(world: World) -> None:
    with world.serve() as running:
        ids = [submit(running) for _ in range(8)]
        for build_id in ids:
            assert_complete(world, wait_for_end(running, build_id, 60))


def test_two_services_on_one_engine_register_each_phase_once(world: World) -> None:
    gates = [world.hold(phase) for phase in record.PHASES]
    with world.serve() as one, world.serve() as other:
        ids = [submit(one), submit(other), submit(one)]
        for gate, (_, status) in zip(gates, RUNNING, strict=True):
            for build_id in ids:
                wait_for_status(one, build_id, status)
            gate.open()
        for build_id in ids:
            assert_complete(world, wait_for_end(other, build_id))


@pytest.mark.parametrize(("phase", "status"), RUNNING)
def test_a_service_that_stops_in_a_phase_lets_the_next_one_end_the_build(
    world: World, phase: record.Phase, status: record.Status
) -> None:
    gate = world.hold(phase)
    with world.serve() as running:
        build_id = submit(running)
        wait_for_status(running, build_id, status)
    gate.open()
    with world.observe() as seen, world.connect() as client:
        job_id = record.job_id(phase, build_id)

        def has_ended() -> bool:
            allocation = client.read_allocation(job_id)
            return allocation is not None and allocation.ended

        wait_for(has_ended, "the phase to end while nobody looks")
        assert seen.read(build_id).status == status
    with world.serve() as running:
        assert_complete(world, wait_for_end(running, build_id))


def test_a_build_that_was_submitted_to_a_dying_replica_is_built_by_the_next(world: World) -> None:
    with world.observe() as dying:
        build_id = submit(dying)
    with world.serve() as running:
        assert_complete(world, wait_for_end(running, build_id))


@contextlib.contextmanager
def serve_in_a_process(address: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"NOMAD_ADDR": address, "NOMAD_BUILD_RESYNC_INTERVAL": "3600"}
    with (
        log.open("ab") as output,
        subprocess.Popen(
            [sys.executable, "-m", "server", "serve", "--port", "0"],
            env=environment,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def test_a_server_killed_with_9_in_each_phase_leaves_the_build_to_the_next(
    world: World, tmp_path: Path
) -> None:
    gates = {phase: world.hold(phase) for phase in record.PHASES}
    with world.observe() as seen:
        build_id = submit(seen)
        for phase, status in RUNNING:
            with serve_in_a_process(world.engine.address, tmp_path / "log") as process:
                wait_for_status(seen, build_id, status)
                process.send_signal(signal.SIGKILL)
                assert process.wait(10) == -signal.SIGKILL
            gates[phase].open()
        with serve_in_a_process(world.engine.address, tmp_path / "log") as process:
            assert_complete(world, wait_for_end(seen, build_id))
            process.terminate()
            assert process.wait(10) in (0, -signal.SIGTERM)
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.fixture
def relay(world: World) -> Iterator[Relay]:
    host, port = world.engine.address.removeprefix("http://").split(":")
    with Relay((host, int(port))) as made:
        yield made


def test_nomad_down_at_the_start_only_delays(world: World, relay: Relay) -> None:
    with world.observe() as seen:
        build_id = submit(seen)
        relay.cut()
        settings = world.configure().model_copy(update={"nomad_address": relay.address})
        with run(settings) as running:
            wait_for(lambda: running.warned, "the service to have noticed")
            relay.mend()
            assert_complete(world, wait_for_end(seen, build_id))


@pytest.mark.parametrize(("phase", "status"), RUNNING)
def test_nomad_down_in_the_middle_only_delays(
    world: World, relay: Relay, phase: record.Phase, status: record.Status
) -> None:
    gate = world.hold(phase)
    settings = world.configure().model_copy(update={"nomad_address": relay.address})
    with world.observe() as seen, run(settings) as running:
        build_id = submit(running.builds)
        wait_for_status(seen, build_id, status)
        relay.cut()
        gate.open()
        wait_for(lambda: running.warned, "the service to have noticed")
        relay.mend()
        assert_complete(world, wait_for_end(seen, build_id))


class Running:
    """A service whose parts a test can reach."""

    def __init__(
        self,
        client: nomad.Nomad,
        settings: Config,
        warnings: list[str],
        kind: type[steps.Driver],
    ) -> None:
        self._warnings = warnings
        records = store.Store(client)
        driver = kind(client, records, settings)
        self.reconciler = reconciler.Reconciler(client, records, driver, settings.resync_interval)
        self.builds = builds.Builds(client, records, settings, self.reconciler.notify)

    @property
    def warned(self) -> bool:
        return bool(self._warnings)


@contextlib.contextmanager
def run(
    settings: Config,
    kind: type[nomad.Nomad] = nomad.Nomad,
    driver: type[steps.Driver] = steps.Driver,
) -> Iterator[Running]:
    warnings: list[str] = []

    class Listener(logging.Handler):
        def emit(self, entry: logging.LogRecord) -> None:
            warnings.append(entry.getMessage())

    listener = Listener(logging.WARNING)
    logging.getLogger("server.reconciler").addHandler(listener)
    with contextlib.closing(kind(settings)) as client:
        running = Running(client, settings, warnings, driver)
        running.reconciler.start()
        try:
            yield running
        finally:
            running.reconciler.stop()
            logging.getLogger("server.reconciler").removeHandler(listener)


class Deaf(nomad.Nomad):
    """A Nomad none of whose events arrive."""

    silence = threading.Event()

    def follow_events(self) -> Iterator[nomad.Event]:
        self.silence.wait()
        return iter(())


def test_lost_events_cost_time_and_no_build(world: World) -> None:
    with run(world.configure(RESYNC_INTERVAL="1"), Deaf) as running:
        build = wait_for_end(running.builds, submit(running.builds), 30)
        assert_complete(world, build)
    Deaf.silence.set()


class Mad(nomad.Nomad):
    """A Nomad whose event stream breaks in a way that nobody thought of."""

    def follow_events(self) -> Iterator[nomad.Event]:
        msg = "unheard of"
        raise RuntimeError(msg)


def test_what_nobody_thought_of_ends_no_thread(world: World) -> None:
    with run(world.configure(RESYNC_INTERVAL="1"), Mad) as running:
        with world.connect() as client:
            for name in ("01kb9x3m4v0000000000000009", "zzz"):
                client.write_variable(f"nomad-build/unfinished/{name}", {"id": "x"}, 0)
        build = wait_for_end(running.builds, submit(running.builds), 30)
        assert_complete(world, build)


class FarAway(nomad.Nomad):
    """A Nomad whose node does not answer for what it holds."""

    def read_file(self, allocation_id: str, path: str, limit: int) -> str | None:
        raise NomadUnreachable(path)

    def read_log(self, allocation_id: str, task: str, stream: str, tail: int) -> bytes:
        raise NomadUnreachable(task)


def test_a_node_that_does_not_answer_is_waited_for_but_not_for_ever(world: World) -> None:
    world.fail("build", "step_failed", exit_code=3)
    with world.observe() as seen, contextlib.closing(FarAway(world.configure())) as client:
        build_id = submit(seen)
        records = store.Store(client)
        late = timedelta()
        driver = steps.Driver(client, records, world.configure(), lambda: datetime.now(UTC) + late)

        def tries_again() -> bool:
            try:
                driver.drive(build_id)
            except NomadUnreachable:
                return True
            return False

        wait_for(tries_again, "the driver to ask the node in vain")
        assert not seen.read(build_id).ended
        late = timedelta(minutes=3)
        driver.drive(build_id)
        failure = seen.read(build_id).failure
        assert failure is not None
        assert (failure.reason, failure.exit_code) == ("step_failed", 3)


class Stumbling(steps.Driver):
    """A driver that one build makes stumble in a way that nobody thought of."""

    victim = ""

    def drive(self, build_id: str) -> datetime | None:
        if build_id == self.victim:
            msg = "unheard of"
            raise RuntimeError(msg)
        return super().drive(build_id)


def test_a_build_that_makes_the_service_stumble_ends_and_harms_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "_RETRY_DELAYS", (0.01,))
    with run(world.configure(), driver=Stumbling) as running:
        with world.observe() as seen:
            Stumbling.victim = submit(seen)
        running.reconciler.notify(Stumbling.victim)
        other = submit(running.builds)
        build = wait_for_end(running.builds, Stumbling.victim)
        assert build.failure is not None
        assert build.failure.reason == "internal"
        assert_complete(world, wait_for_end(running.builds, other))
        put_away(world, Stumbling.victim)


FAILURES: list[tuple[record.Phase, str, str, int, record.Reason]] = [
    ("build", "source", "git_auth", 128, "git_auth"),
    ("build", "source", "git_ref_not_found", 128, "git_ref_not_found"),
    ("build", "source", "git_unreachable", 128, "git_unreachable"),
    ("build", "build", "dockerfile_missing", 1, "dockerfile_missing"),
    ("build", "build", "step_failed", 3, "step_failed"),
    ("build", "build", "push_denied", 1, "push_denied"),
    ("build", "build", "registry_unreachable", 125, "registry_unreachable"),
    ("build", "build", "", 124, "timeout"),
    ("test", "test", "test_failed", 7, "test_failed"),
    ("test", "test", "timeout", 124, "timeout"),
    ("test", "test", "push_denied", 1, "test_failed"),
    ("publish", "publish", "push_denied", 1, "push_denied"),
    ("publish", "publish", "registry_unreachable", 1, "registry_unreachable"),
    ("publish", "publish", "", 5, "internal"),
]


@pytest.mark.parametrize(("phase", "task", "claim", "exit_code", "reason"), FAILURES)
def test_a_failing_phase_ends_the_build_with_its_reason(
    world: World,
    phase: record.Phase,
    task: str,
    claim: str,
    exit_code: int,
    reason: record.Reason,
) -> None:
    world.fail(phase, claim and f"{claim}\nthe script's sentence", task, exit_code)
    with world.serve() as running:
        build = wait_for_end(running, submit(running))
        failure = build.failure
        assert failure is not None
        assert (failure.phase, failure.task, failure.reason) == (phase, task, reason)
        assert failure.exit_code == exit_code
        assert failure.hint
        assert "oh no" in (build.of(phase).log_tail or "")
        put_away(world, build.id)
        launched = world.count_launches(build.id)
        following = build.after(phase)
        assert following is None or worlds.TASKS[following] not in launched
        # What may have been staged is removed; where nothing can have been, nothing is run.
        staged = phase != "build" or reason in ("push_denied", "registry_unreachable", "timeout")
        if staged:
            wait_for(lambda: world.count_launches(build.id).get("cleanup"), "the cleanup job")
        else:
            assert "cleanup" not in launched


def test_a_task_that_is_out_of_memory_says_so(world: World) -> None:
    world.let("build", exit_code=137, oom_killed=True)
    with world.serve() as running:
        failure = wait_for_end(running, submit(running)).failure
    assert failure is not None
    assert failure.reason == "out_of_memory"


def test_an_image_that_cannot_be_pulled_says_so(world: World) -> None:
    world.let("test", start_error="Failed to pull `r/x`: Error response from daemon: refused")
    with world.serve() as running:
        failure = wait_for_end(running, submit(running)).failure
    assert failure is not None
    assert (failure.phase, failure.reason, failure.exit_code) == ("test", "image_pull", None)
    assert "r/x" in failure.message


def test_a_build_without_a_digest_is_not_tested(world: World) -> None:
    world.let("build", files={"alloc/data/digest": b"sha256:${node.unique.name}"})
    with world.serve() as running:
        build = wait_for_end(running, submit(running))
    assert build.failure is not None
    assert (build.failure.phase, build.failure.reason) == ("build", "internal")
    assert "test" not in world.count_launches(build.id)


def test_what_the_image_under_test_leaves_can_neither_flood_nor_fool(world: World) -> None:
    world.let(
        "test",
        exit_code=1,
        files={"alloc/data/reason": b"git_auth\n" + b"\xff" * 3_000_000},
        stdout="x" * 300_000 + "\x1b[2J\n",
    )
    with world.serve() as running:
        build = wait_for_end(running, submit(running))
    assert build.failure is not None
    assert build.failure.reason == "test_failed"
    assert len(build.model_dump_json()) < 64 * 1024


def test_a_job_that_fits_nowhere_ends_after_the_queue_timeout_and_says_why(world: World) -> None:
    with world.serve(QUEUE_TIMEOUT="1") as running, world.connect() as client:
        build = wait_for_end(running, submit(running, gpu="on"))
        assert build.failure is not None
        assert build.failure.reason == "placement_failed"
        assert "device" in build.failure.message
        job = client.read_job(f"build-{build.id}")
        assert job is not None
        assert job.stopped


def test_a_phase_that_does_not_end_is_stopped_at_its_deadline(world: World) -> None:
    world.hold("publish")
    with world.serve() as running:
        build_id = submit(running)
        wait_for(lambda: running.read(build_id).publish.registered_at, "the last phase")
    with world.connect() as client:
        # As if the time had passed: the deadline is minutes away.
        records = store.Store(client)
        stored = records.read(build_id)
        earlier = samples.NOW.replace(year=2020)
        assert records.update(stored, stored.record.with_phase("publish", registered_at=earlier))
    with world.serve() as running:
        build = wait_for_end(running, build_id)
        assert build.failure is not None
        assert (build.failure.phase, build.failure.reason) == ("publish", "timeout")
        put_away(world, build_id)
    assert world.count_launches(build_id)["publish"] == 1


@pytest.mark.parametrize(("phase", "status"), RUNNING)
def test_a_build_is_killed_in_any_phase(
    world: World, phase: record.Phase, status: record.Status
) -> None:
    world.hold(phase)
    with world.serve() as running, world.connect() as client:
        build_id = submit(running)
        wait_for_status(running, build_id, status)
        running.kill(build_id)
        build = wait_for_end(running, build_id)
        assert build.failure is not None
        assert (build.failure.phase, build.failure.reason) == (phase, "killed")
        put_away(world, build_id)
        allocation = client.read_allocation(record.job_id(phase, build_id))
        assert allocation is not None
        assert allocation.ended
        following = build.after(phase)
        assert following is None or worlds.TASKS[following] not in world.count_launches(build_id)


def test_a_kill_that_comes_after_the_tags_were_moved_comes_too_late(world: World) -> None:
    gate = world.hold("publish")
    with world.serve() as running:
        build_id = submit(running)
        wait_for_status(running, build_id, "PUBLISHING")
    gate.open()
    with world.observe() as seen, world.connect() as client:

        def is_published() -> bool:
            allocation = client.read_allocation(f"publish-{build_id}")
            return allocation is not None and allocation.ended

        wait_for(is_published, "the tags to be moved while nobody looks")
        assert seen.kill(build_id).kill_requested_at is not None
    with world.serve() as running:
        assert_complete(world, wait_for_end(running, build_id))


def test_a_build_is_killed_before_anything_is_registered(world: World) -> None:
    with world.observe() as seen:
        build_id = submit(seen)
        assert seen.kill(build_id).kill_requested_at is not None
    with world.serve() as running:
        build = wait_for_end(running, build_id)
        assert build.failure is not None
        assert build.failure.reason == "killed"
        put_away(world, build_id)
    assert world.count_launches(build_id).get("source") is None


def test_a_build_that_is_killed_in_the_queue_leaves_nothing_to_clean_up(world: World) -> None:
    with world.serve() as running, world.connect() as client:
        build_id = submit(running, gpu="on")
        wait_for_status(running, build_id, "BUILDING")
        running.kill(build_id)
        failure = wait_for_end(running, build_id).failure
        assert failure is not None
        assert failure.reason == "killed"
        put_away(world, build_id)
        job = client.read_job(f"build-{build_id}")
        assert job is not None
        assert job.stopped
        assert client.read_job(f"cleanup-{build_id}") is None


def test_a_kill_that_another_replica_takes_is_heard(world: World) -> None:
    world.hold("build")
    with world.serve() as driving, world.serve() as other:
        build_id = submit(driving)
        wait_for_status(driving, build_id, "BUILDING")
        other.kill(build_id)
        build = wait_for_end(driving, build_id)
    assert build.failure is not None
    assert build.failure.reason == "killed"


@pytest.mark.parametrize("purge", [False, True])
def test_a_job_that_an_operator_stops_ends_the_build(world: World, purge: bool) -> None:
    world.hold("test")
    with world.serve() as running, world.connect() as client:
        build_id = submit(running)
        wait_for_status(running, build_id, "TESTING")
        wait_for(lambda: world.count_launches(build_id).get("test"), "the test to run")
        client.stop_job(f"test-{build_id}", purge=purge)
        build = wait_for_end(running, build_id)
        assert build.failure is not None
        assert (build.failure.phase, build.failure.reason) == ("test", "killed")
        assert "publish" not in world.count_launches(build_id)


def test_a_record_that_an_operator_removes_is_forgotten(world: World) -> None:
    # An id of long ago: a younger one may only be on its way into the store.
    old = "0" * 26
    with world.connect() as client, world.serve():
        client.write_variable(f"nomad-build/unfinished/{old}", {"id": old}, 0)
    with world.connect() as client, world.serve():
        records = store.Store(client)
        wait_for(lambda: not records.is_unfinished(old), "the build to be forgotten")


def test_a_build_on_its_way_into_the_store_is_not_forgotten(world: World) -> None:
    with world.observe() as seen, world.connect() as client:
        records = store.Store(client)
        build = seen.read(submit(seen))
        client.delete_variable(f"nomad-build/builds/{build.id}")
        driver = steps.Driver(client, records, world.configure())
        driver.forget(build.id)
        assert records.is_unfinished(build.id)


def test_a_build_that_was_put_away_is_left_alone(world: World) -> None:
    world.fail("test", "test_failed")
    with world.serve() as running, world.connect() as client:
        build_id = submit(running)
        wait_for_end(running, build_id)
        put_away(world, build_id)
        wait_for(lambda: world.count_launches(build_id).get("cleanup"), "the cleanup job")
        for kind in ("cleanup", "test", "build"):
            client.stop_job(record.job_id(kind, build_id), purge=True)
        driver = steps.Driver(client, store.Store(client), world.configure())
        assert driver.drive(build_id) is None
        assert client.read_job(f"cleanup-{build_id}") is None


def test_a_job_that_was_registered_while_the_build_was_given_up_is_stopped(world: World) -> None:
    world.hold("build")
    with world.observe() as seen, world.connect() as client:
        build_id = submit(seen)
        records = store.Store(client)
        driver = steps.Driver(client, records, world.configure())
        driver.drive(build_id)
        stored = records.read(build_id)
        failure = record.Failure(phase="build", reason="killed", message="x")
        ended = stored.record.model_copy(update={"status": "FAILED", "failure": failure})
        records.update(stored, ended)
        driver.drive(build_id)
        job = client.read_job(f"build-{build_id}")
        assert job is not None
        assert job.stopped


def test_jobs_of_others_that_look_like_ours_are_none_of_our_business() -> None:
    build_id = samples.BUILD_ID
    for phase in record.PHASES:
        assert record.build_of(record.job_id(phase, build_id)) == build_id
    for job_id in ("build-web", "test-", "deploy-x", f"cleanup-{build_id}", f"build-{build_id}-x"):
        assert record.build_of(job_id) is None
