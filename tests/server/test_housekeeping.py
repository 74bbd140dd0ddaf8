"""What no living build needs is removed, and nothing else; on an embedded engine."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

from server import builds, housekeeping, leases, nomad, record, store
from server.embedded import config as engine_config
from server.errors import NotPossible
from server.housekeeping import Removal
from tests import samples, worlds
from tests.services import LateClock
from tests.waiting import wait_for
from tests.worlds import World, put_away, submit, wait_for_end, wait_for_status

SOMEBODY_ELSES = {
    "ID": "build-web",
    "Type": "batch",
    "Datacenters": ["*"],
    "TaskGroups": [
        {
            "Name": "g",
            "Count": 1,
            "RestartPolicy": {"Attempts": 0, "Mode": "fail"},
            "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
            "Tasks": [{"Name": "t", "Driver": "mock_driver", "Config": {"run_for": "1h"}}],
        }
    ],
}


def test_a_running_build_is_not_cleaned_up(world: World) -> None:
    gate = world.hold("build")
    with world.serve() as running:
        build_id = running.submit(samples.make_request()).id
        wait_for_status(running, build_id, "BUILDING")
        with pytest.raises(NotPossible, match="BUILDING") as caught:
            running.clean_up(build_id)
        assert "killJob" in caught.value.next_step
        assert running.clean_up_all() == ()
        gate.open()
        assert wait_for_end(running, build_id).status == "SUCCEEDED"


def test_cleaning_up_twice_finds_nothing_the_second_time(world: World) -> None:
    with world.serve() as running, world.connect() as client:
        build_id = running.submit(samples.make_request()).id
        wait_for_end(running, build_id)
        put_away(world, build_id)
        assert len(running.clean_up(build_id)) == 3
        wait_for(lambda: not client.list_jobs("publish-"), "the jobs to be gone")
        assert running.clean_up(build_id) == ()
        assert running.read(build_id).status == "SUCCEEDED"


def test_cleaning_up_a_failed_build_removes_its_staged_image_again(world: World) -> None:
    world.fail("test", "test_failed")
    with world.serve() as running, world.connect() as client:
        build_id = running.submit(samples.make_request()).id
        wait_for_end(running, build_id)
        put_away(world, build_id)
        wait_for(lambda: world.count_launches(build_id).get("cleanup"), "the cleanup job")
        client.stop_job(f"cleanup-{build_id}", purge=True)
        wait_for(lambda: not client.list_jobs("cleanup-"), "the cleanup job to be gone")
        running.clean_up(build_id)
        wait_for(lambda: world.count_launches(build_id)["cleanup"] == 2, "another cleanup job")


def test_cleaning_up_a_failed_build_tries_again_what_failed_before(world: World) -> None:
    world.fail("test", "test_failed")
    world.let("cleanup", "cleanup", exit_code=1)
    with world.serve() as running, world.connect() as client:
        build_id = running.submit(samples.make_request()).id
        wait_for_end(running, build_id)

        def count() -> int:
            last = client.read_allocation(f"cleanup-{build_id}")
            ended = last is not None and last.ended
            return world.count_launches(build_id).get("cleanup", 0) if ended else 0

        wait_for(lambda: count() == 1, "the registry to refuse")
        put_away(world, build_id)
        world.let("cleanup", "cleanup")
        running.clean_up(build_id)
        wait_for(lambda: count() == 2, "another attempt")
        running.clean_up(build_id)
        assert count() == 2


def test_a_killed_build_is_cleaned_up_only_once_its_task_has_ended(world: World) -> None:
    world.hold("build", kill_seconds=1.0)
    with world.serve() as running, world.connect() as client:
        build_id = running.submit(samples.make_request()).id
        wait_for(lambda: world.count_launches(build_id).get("build"), "the build to run")
        running.kill(build_id)
        wait_for_end(running, build_id)
        with pytest.raises(NotPossible, match="may still run") as caught:
            running.clean_up(build_id)
        assert "again" in caught.value.next_step
        build = client.read_allocation(f"build-{build_id}")
        assert build is not None
        assert not build.ended
        wait_for(lambda: world.count_launches(build_id).get("cleanup"), "the cleanup job")
        put_away(world, build_id)
        assert [each.name for each in running.clean_up(build_id)] == [f"build-{build_id}"]


# All at once


def store_ended(client: nomad.Nomad, number: int, **changes: Any) -> str:
    """Leave the record of a build that has ended and was put away."""
    build = samples.make_record(id=f"{number:026d}", status="SUCCEEDED", **changes)
    store.Store(client).create(build)
    return build.id


def known(client: nomad.Nomad) -> list[str]:
    return [store.build_of(stub) for stub in store.Store(client).list_records()]


def removed(removals: tuple[Removal, ...], kind: str) -> list[str]:
    return [each.name for each in removals if each.kind == kind]


def has_ended(client: nomad.Nomad, job_id: str) -> bool:
    job, allocation = client.read_job(job_id), client.read_allocation(job_id)
    return job is not None and job.status == "dead" and bool(allocation and allocation.ended)


def clean_up(running: builds.Builds) -> tuple[Removal, ...] | None:
    """Clean up all; None while Nomad still keeps back the lock that was let go."""
    try:
        return running.clean_up_all()
    except NotPossible:
        return None


def clean_up_patiently(running: builds.Builds) -> tuple[Removal, ...]:
    done: list[tuple[Removal, ...]] = []

    def try_once() -> bool:
        removals = clean_up(running)
        if removals is not None:
            done.append(removals)
        return removals is not None

    wait_for(try_once, "the lock to be free")
    return done[0]


def test_records_are_kept_for_so_many_days(world: World) -> None:
    with world.rest(KEEP_DAYS="3") as idle:
        idle.nomad.clock = late = LateClock()
        old = [store_ended(idle.nomad, number) for number in range(3)]
        late.put_forward(3 * 86_400 - 60)
        assert clean_up_patiently(idle.builds) == ()
        late.put_forward(120)
        assert removed(clean_up_patiently(idle.builds), "record") == old
        assert known(idle.nomad) == []


def test_of_more_records_than_are_kept_the_oldest_go(world: World) -> None:
    with world.rest(KEEP_BUILDS="2") as idle:
        # The order is that in which they came: the ids say the opposite.
        ids = [store_ended(idle.nomad, 9 - number) for number in range(5)]
        removals = idle.builds.clean_up_all()
        assert removed(removals, "record") == ids[:3]
        assert "more than 2" in removals[0].why
        assert known(idle.nomad) == ids[3:]


def test_a_live_build_is_never_touched_however_old(world: World) -> None:
    world.hold("build")
    with world.run(KEEP_BUILDS="1", KEEP_DAYS="1") as service:
        live = submit(service.builds)
        waiting = submit(service.builds)
        wait_for(lambda: world.count_launches(live).get("build"), "the build to run")
        ended = [store_ended(service.nomad, number) for number in range(3)]
        with world.rest(KEEP_BUILDS="1", KEEP_DAYS="1") as cleaner:
            cleaner.nomad.clock = late = LateClock()
            late.put_forward(2 * 86_400)
            removals = cleaner.builds.clean_up_all()
        assert {each.name for each in removals} == set(ended)
        assert set(known(service.nomad)) == {live, waiting}
        job = service.nomad.read_job(f"build-{live}")
        assert job is not None
        assert not job.stopped


def test_a_build_that_has_lost_its_marker_gets_it_back(world: World) -> None:
    with world.rest(KEEP_DAYS="1") as idle:
        build = idle.builds.submit(samples.make_request())
        records = store.Store(idle.nomad)
        records.put_away(build.id)
        idle.nomad.clock = late = LateClock()
        late.put_forward(2 * 86_400)
        idle.builds.clean_up_all()
        assert records.is_live(build.id)
        assert idle.builds.read(build.id) == build


def test_a_dry_run_lists_what_is_then_removed_and_touches_nothing(world: World) -> None:
    world.fail("test", "test_failed")
    world.let("cleanup", "cleanup", exit_code=1)
    with world.run(KEEP_BUILDS="1") as service:
        build_id = submit(service.builds)
        put_away(world, build_id)
        job_id = f"cleanup-{build_id}"
        wait_for(lambda: has_ended(service.nomad, job_id), "the registry to refuse")
        store_ended(service.nomad, 1)
        planned = service.builds.clean_up_all(dry_run=True)
        assert planned == service.builds.clean_up_all(dry_run=True)
        assert {each.kind for each in planned} == {"job", "record", "staging"}
        assert len(known(service.nomad)) == 2
        assert world.count_launches(build_id)["cleanup"] == 1
        assert service.builds.clean_up_all() == planned
        assert len(known(service.nomad)) == 1


def test_a_staged_image_that_stayed_is_tried_again_but_not_for_ever(world: World) -> None:
    world.fail("test", "test_failed")
    world.let("cleanup", "cleanup", exit_code=1)
    with world.run() as service:
        build_id = submit(service.builds)
        put_away(world, build_id)

        def is_refused(attempt: int) -> bool:
            launched = world.count_launches(build_id).get("cleanup", 0)
            return launched == attempt and has_ended(service.nomad, f"cleanup-{build_id}")

        for attempt in range(1, 7):
            wait_for(functools.partial(is_refused, attempt), f"attempt {attempt} to fail")
            clean_up_patiently(service.builds)
        assert service.builds.clean_up_all(dry_run=True) == ()
        assert world.count_launches(build_id)["cleanup"] == 6
        assert service.builds.read(build_id).cleanup_attempts == 5


def test_of_two_at_once_one_is_refused(world: World) -> None:
    with world.rest() as idle, world.rest() as other:
        store_ended(idle.nomad, 1)
        with leases.Lease(other.nomad, housekeeping._LOCK) as lease:
            assert lease.held
            with pytest.raises(NotPossible, match="another replica") as caught:
                idle.builds.clean_up_all()
            assert "again" in caught.value.next_step
            # To look harms nobody.
            idle.builds.clean_up_all(dry_run=True)
            lease.renew()
            assert lease.held
        clean_up_patiently(idle.builds)


def test_the_layer_cache_of_each_node_is_looked_through_once_a_day(tmp_path: Path) -> None:
    volume = engine_config.HostVolume(path=tmp_path)
    world = worlds.World(tmp_path / "engine", host_volumes={"buildah-cache": volume})
    with world.engine, world.rest() as idle:
        world.let("prune", "prune")
        idle.nomad.clock = late = LateClock()
        (first,) = idle.builds.clean_up_all()
        assert first.kind == "cache"
        (job,) = idle.nomad.list_jobs("prune-")
        wait_for(lambda: has_ended(idle.nomad, job.id), "the cache to be looked through")
        assert clean_up_patiently(idle.builds) == ()
        late.put_forward(86_400)
        kinds = [each.kind for each in idle.builds.clean_up_all(dry_run=True)]
        assert kinds == ["job", "cache"]


def test_by_itself_it_leaves_the_jobs_of_ended_builds_for_their_logs(world: World) -> None:
    with world.run() as service:
        build_id = submit(service.builds)
        put_away(world, build_id)
        ended = [store_ended(service.nomad, number) for number in range(2)]
    with world.run(KEEP_BUILDS="1", CLEANUP_INTERVAL="1") as service:
        wait_for(lambda: known(service.nomad) == ended[1:], "the records to be removed")
        assert service.nomad.read_job(f"test-{build_id}") is not None


def test_cleaning_up_all_takes_ended_builds_only_and_nobody_elses_jobs(world: World) -> None:
    with world.serve() as running, world.connect() as client:
        ended = running.submit(samples.make_request()).id
        wait_for_end(running, ended)
        put_away(world, ended)
        gate = world.hold("build")
        live = running.submit(samples.make_request()).id
        wait_for_status(running, live, "BUILDING")
        client.register_job(SOMEBODY_ELSES)
        gone = {each.name for each in running.clean_up_all()}
        assert gone == {record.job_id(each, ended) for each in record.PHASES}
        wait_for(
            lambda: (
                {each.id for each in client.list_jobs("build-")} == {"build-web", f"build-{live}"}
            ),
            "only the ended build's jobs to be gone",
        )
        gate.open()
        assert wait_for_end(running, live).status == "SUCCEEDED"
