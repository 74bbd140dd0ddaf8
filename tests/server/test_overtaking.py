"""A replica that sleeps at the worst moment wakes up in a world that has gone on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from server import config, housekeeping, metrics, record, steps, store, submission
from server.nomad import VariableStub
from server.record import Record
from tests import samples
from tests.simulation import Died, SimulatedNomad, World

SETTINGS = config.read_config({"NOMAD_BUILD_CACHE_VOLUME": "none"} | samples.HOSTS)


class Sleeper(SimulatedNomad):
    """A replica that sleeps before a call, meanwhile others act; ``dies`` says that it dies after the call."""

    def __init__(
        self, world: World, call: str, meanwhile: Callable[[], object], *, dies: bool
    ) -> None:
        super().__init__(world)
        self._sleeps_before = call
        self._meanwhile = meanwhile
        self._dies = dies

    def register_job(self, job: Mapping[str, Any]) -> bool:
        return bool(self._sleep("register_job", lambda: super(Sleeper, self).register_job(job)))

    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int:
        call = "write_record" if path.startswith(store.BUILDS) else "write_marker"
        return int(
            self._sleep(
                call, lambda: super(Sleeper, self).write_variable(path, items, expected_index)
            )
        )

    def _sleep(self, call: str, work: Callable[[], Any]) -> Any:
        if call != self._sleeps_before:
            return work()
        self._sleeps_before = ""
        self._meanwhile()
        answer = work()
        if self._dies:
            raise Died
        return answer


def parts(nomad: SimulatedNomad) -> tuple[store.Store, steps.Driver, submission.Desk]:
    records = store.Store(nomad)
    measures = metrics.Metrics()
    return (
        records,
        steps.Driver(nomad, records, SETTINGS, measures),
        submission.Desk(nomad, records, SETTINGS, measures),
    )


def submit(world: World, **changes: Any) -> Record:
    desk = parts(SimulatedNomad(world))[2]
    return desk.accept(samples.make_request(cache="off", **changes))


@pytest.mark.parametrize("dies", [False, True])
def test_what_was_killed_before_its_job_was_registered_never_runs(dies: bool) -> None:
    world = World()
    build = submit(world)
    records, driver, _ = parts(SimulatedNomad(world))

    def kill() -> None:
        records.mark_killed(build.id, record.Kill(at=world.now()))
        driver.drive(build.id)

    sleeper = parts(Sleeper(world, "register_job", kill, dies=dies))[1]
    with contextlib.suppress(Died):
        sleeper.drive(build.id)
    assert records.read(build.id).record.status == "FAILED"
    assert world.registrations == []


def test_an_announcement_that_is_given_up_while_its_replica_sleeps_still_becomes_a_build() -> None:
    world = World()
    records, driver, _ = parts(SimulatedNomad(world))

    def give_up() -> None:
        world.time += timedelta(seconds=steps.ANNOUNCEMENT_SECONDS + 1)
        (entry,) = records.list_live()
        records.abandon(entry)
        assert records.list_live() == ()

    desk = parts(Sleeper(world, "write_record", give_up, dies=False))[2]
    build = desk.accept(samples.make_request(cache="off"))
    assert [each.build_id for each in records.list_live()] == [build.id]
    driver.drive(build.id)
    assert records.read(build.id).record.status == "BUILDING"


def test_who_gives_an_announcement_up_while_it_is_repeated_leaves_it() -> None:
    world = World()
    request = samples.make_request(cache="off", requestID="mine")
    first = Sleeper(world, "write_marker", lambda: None, dies=True)
    with pytest.raises(Died):
        parts(first)[2].accept(request)
    records = store.Store(SimulatedNomad(world))
    (entry,) = records.list_live()

    def repeat() -> None:
        parts(SimulatedNomad(world))[2].accept(request)

    sleepy = store.Store(Sleeper(world, "write_record", repeat, dies=False))
    sleepy.abandon(entry)
    (live,) = records.list_live()
    assert records.read(live.build_id).record.request == request


def test_who_gives_an_announcement_up_before_it_is_repeated_leaves_the_new_one() -> None:
    world = World()
    request = samples.make_request(cache="off", requestID="mine")
    with pytest.raises(Died):
        parts(Sleeper(world, "write_marker", lambda: None, dies=True))[2].accept(request)
    records = store.Store(SimulatedNomad(world))
    (entry,) = records.list_live()

    class Slow(SimulatedNomad):
        """Sleeps before it removes the marker."""

        def delete_variable(self, path: str, expected_index: int | None = None) -> None:
            parts(SimulatedNomad(world))[2].accept(request)
            super().delete_variable(path, expected_index)

    store.Store(Slow(world)).abandon(entry)
    (live,) = records.list_live()
    assert records.read(live.build_id).record.request == request


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("automatic", [False, True])
def test_a_build_that_begins_while_others_are_cleaned_up_is_left_alone(
    number: int, automatic: bool
) -> None:
    world = World()
    driver = parts(SimulatedNomad(world))[1]

    def begin() -> None:
        build = submit(world)
        driver.drive(build.id)
        world.place(world.jobs[f"build-{build.id}"])

    class Busy(SimulatedNomad):
        """Begins a build after one of its calls."""

        def _do(self, work: Callable[[], Any]) -> Any:
            answer = super()._do(work)
            if self._calls == number + 1:
                begin()
            return answer

    busy = Busy(world)
    housekeeping.Housekeeper(busy, store.Store(busy), SETTINGS, metrics.Metrics()).clean_up_all(
        dry_run=False, automatic=automatic
    )
    (job,) = world.jobs.values()
    assert job.status == "running"
    assert job.allocations[-1].desired_status == "run"


def test_a_build_that_ends_while_its_turn_is_looked_up_is_not_announced_again() -> None:
    world = World()
    build = submit(world)
    records, driver, _ = parts(SimulatedNomad(world))

    class Slow(SimulatedNomad):
        """Sleeps before it lists the live builds, until this one was killed and put away."""

        def list_variables(self, prefix: str) -> tuple[VariableStub, ...]:
            records.mark_killed(build.id, record.Kill(at=world.now()))
            driver.drive(build.id)
            return super().list_variables(prefix)

    assert parts(Slow(world))[1].drive(build.id) is None
    assert records.list_live() == ()


def test_a_newer_build_waits_while_an_older_one_may_publish_on_a_silent_node() -> None:
    world = World()
    older, newer = submit(world), submit(world)
    records, driver, _ = parts(SimulatedNomad(world))
    for phase in record.PHASES:
        driver.drive(older.id)
        job = world.jobs[f"{phase}-{older.id}"]
        world.place(job)
        if phase != "publish":
            world.end(job)
    job = world.jobs[f"publish-{older.id}"]
    world.change(job, client_status="unknown")
    world.time += timedelta(seconds=SETTINGS.node_timeout)
    driver.drive(older.id)  # The first attempt is given up,
    world.time += timedelta(seconds=5)
    driver.drive(older.id)
    again = world.jobs[f"publish-{older.id}-2"]
    world.place(again)
    world.end(again)
    driver.drive(older.id)  # the second succeeds,
    assert records.read(older.id).record.status == "SUCCEEDED"
    driver.drive(newer.id)  # but the first may still be at it.
    assert records.read(newer.id).record.status == "PENDING"
    world.kill_task(job)  # Now the node is heard of again.
    driver.drive(older.id)
    driver.drive(newer.id)
    assert records.read(newer.id).record.status == "BUILDING"
