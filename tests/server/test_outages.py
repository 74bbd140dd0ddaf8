"""Nomad is away, its events are lost, or something happens that nobody thought of: that costs time and no build."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime

import pytest

from server import metrics, nomad, record, steps, store, workqueue
from server.errors import NomadUnreachable
from tests import worlds
from tests.outages import Relay
from tests.services import LateClock, run
from tests.waiting import wait_for
from tests.worlds import World, assert_complete, put_away, submit, wait_for_end, wait_for_status


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


@pytest.mark.parametrize(("phase", "status"), worlds.RUNNING)
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

    def read_file(self, allocation_id: str, path: str, limit: int) -> bytes | None:
        raise NomadUnreachable(path)

    def list_files(self, allocation_id: str, folder: str) -> tuple[nomad.File, ...] | None:
        raise NomadUnreachable(folder)


def test_a_node_that_does_not_answer_is_waited_for_but_not_for_ever(world: World) -> None:
    world.fail("build", "step_failed", exit_code=3)
    with world.observe() as seen, contextlib.closing(FarAway(world.configure())) as client:
        build_id = submit(seen)
        records = store.Store(client)
        client.clock = late = LateClock()
        driver = steps.Driver(client, records, world.configure(), metrics.Metrics())

        def tries_again() -> bool:
            try:
                driver.drive(build_id)
            except NomadUnreachable:
                return True
            return False

        wait_for(tries_again, "the driver to ask the node in vain")
        assert not seen.read(build_id).ended
        late.put_forward(180)
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
    monkeypatch.setattr(workqueue, "RETRY_DELAYS", (0.01,))
    with run(world.configure(), driver=Stumbling) as running:
        with world.observe() as seen:
            Stumbling.victim = submit(seen)
        running.reconciler.notify(Stumbling.victim)
        other = submit(running.builds, imageTags=["other"])
        build = wait_for_end(running.builds, Stumbling.victim)
        assert build.failure is not None
        assert build.failure.reason == "internal"
        assert_complete(world, wait_for_end(running.builds, other))
        put_away(world, Stumbling.victim)


def test_the_build_behind_one_that_is_given_up_has_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workqueue, "RETRY_DELAYS", (0.01,))
    with run(world.configure(), driver=Stumbling) as running, world.observe() as seen:
        put_away(world, submit(running.builds))
        Stumbling.victim = submit(seen)
        waiting = submit(running.builds)
        wait_for(lambda: seen.find_place(seen.read(waiting)), "the build to wait")
        running.reconciler.notify(Stumbling.victim)
        assert_complete(world, wait_for_end(seen, waiting))
