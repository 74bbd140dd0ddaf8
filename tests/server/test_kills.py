"""Builds that are killed, and jobs that an operator stops."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import pytest

from server import metrics, nomad, record, steps, store
from tests import worlds
from tests.waiting import wait_for
from tests.worlds import World, assert_complete, put_away, submit, wait_for_end, wait_for_status


class Death(BaseException):
    """What nothing outlives."""


class Dying(nomad.Nomad):
    """A replica's client, which dies as soon as it has registered a job."""

    def register_job(self, job: Mapping[str, Any]) -> bool:
        super().register_job(job)
        raise Death


@pytest.mark.parametrize(("phase", "status"), worlds.RUNNING)
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
    world.wait_for_job(f"publish-{build_id}")
    with world.observe() as seen:
        assert seen.kill(build_id).kill is not None
    with world.serve() as running:
        assert_complete(world, wait_for_end(running, build_id))


def test_a_kill_is_too_late_though_nobody_wrote_down_that_publishing_had_begun(
    world: World,
) -> None:
    gate = world.hold("test")
    with world.serve() as running:
        build_id = submit(running)
        wait_for_status(running, build_id, "TESTING")
    gate.open()
    world.wait_for_job(f"test-{build_id}")
    with world.observe() as seen:
        dying = Dying(world.configure())
        driver = steps.Driver(dying, store.Store(dying), world.configure(), metrics.Metrics())
        with contextlib.closing(dying), pytest.raises(Death):
            driver.drive(build_id)
        world.wait_for_job(f"publish-{build_id}")
        seen.kill(build_id)
    with world.serve() as running:
        assert_complete(world, wait_for_end(running, build_id))


def test_a_kill_between_two_attempts_to_publish_says_that_some_tags_may_have_moved(
    world: World,
) -> None:
    world.fail("publish", "publish_incomplete\n1 of 2 tags")
    with world.serve() as running:
        build_id = submit(running)
        wait_for(lambda: running.read(build_id).publish.attempt == 2, "the second attempt")
        running.kill(build_id)
        failure = wait_for_end(running, build_id).failure
    assert failure is not None
    assert failure.reason == "killed"
    assert "publishing may have begun" in failure.message


def test_a_build_is_killed_before_anything_is_registered(world: World) -> None:
    with world.observe() as seen:
        build_id = submit(seen)
        assert seen.kill(build_id).kill is not None
    with world.serve() as running:
        build = wait_for_end(running, build_id)
        assert build.failure is not None
        assert build.failure.reason == "killed"
        put_away(world, build_id)
    assert world.count_launches(build_id).get("source") is None


def test_a_build_that_is_killed_in_the_queue_leaves_nothing_to_clean_up(world: World) -> None:
    with world.serve(REFUSE_UNPLACEABLE="never") as running, world.connect() as client:
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
        wait_for(lambda: world.count_launches(build_id).get("test-1"), "the test to run")
        client.stop_job(f"test-{build_id}", purge=purge)
        build = wait_for_end(running, build_id)
        assert build.failure is not None
        assert (build.failure.phase, build.failure.reason) == ("test", "killed")
        assert "publish" not in world.count_launches(build_id)
