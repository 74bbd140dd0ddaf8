"""What is left to do, or not, for builds that have ended, and for those that never began."""

from __future__ import annotations

import pytest

from server import metrics, record, steps, store
from server.errors import BuildNotFound
from tests import samples
from tests.waiting import wait_for
from tests.worlds import World, put_away, submit, wait_for_end


@pytest.mark.parametrize("keys", ["", "/0123456789ab/ba9876543210"])
def test_what_was_announced_and_never_stored_is_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch, keys: str
) -> None:
    monkeypatch.setattr(steps, "ANNOUNCEMENT_SECONDS", 0.1)
    with world.connect() as client:
        client.write_variable(f"nomad-build/unfinished/{samples.BUILD_ID}{keys}", {"id": "x"}, 0)
    with world.serve() as running:
        put_away(world, samples.BUILD_ID)
        with pytest.raises(BuildNotFound):
            running.read(samples.BUILD_ID)


def test_a_build_on_its_way_into_the_store_is_not_forgotten(world: World) -> None:
    with world.observe() as seen, world.connect() as client:
        records = store.Store(client)
        build = samples.make_record(created_at=client.clock.now())
        records.announce(build)
        first = submit(seen, imageName="other")
        with world.run() as service:
            running = service.builds
            # Both are found by the same look around; the other one's end shows that it was made.
            wait_for_end(running, first)
            assert records.is_live(build.id)
            records.create(build)
            service.reconciler.notify(build.id)
            assert wait_for_end(running, build.id).status == "SUCCEEDED"


def test_a_build_that_was_put_away_is_left_alone(world: World) -> None:
    world.fail("test", "test_failed")
    with world.serve() as running, world.connect() as client:
        build_id = submit(running)
        wait_for_end(running, build_id)
        put_away(world, build_id)
        wait_for(lambda: world.count_launches(build_id).get("cleanup"), "the cleanup job")
        for kind in ("cleanup", "test", "build"):
            client.stop_job(record.job_id(kind, build_id), purge=True)
        driver = steps.Driver(client, store.Store(client), world.configure(), metrics.Metrics())
        assert driver.drive(build_id) is None
        assert client.read_job(f"cleanup-{build_id}") is None


def test_a_job_that_was_registered_while_the_build_was_given_up_is_stopped(world: World) -> None:
    world.hold("build")
    with world.observe() as seen, world.connect() as client:
        build_id = submit(seen)
        records = store.Store(client)
        driver = steps.Driver(client, records, world.configure(), metrics.Metrics())
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
        assert record.build_of(record.job_id(phase, build_id, 2)) == build_id
    for job_id in (
        "build-web",
        "test-",
        "deploy-x",
        f"cleanup-{build_id}",
        f"build-{build_id}-x",
        f"publish-{build_id}-",
        f"publish-{build_id}-0",
        f"publish-{build_id}-123",
    ):
        assert record.build_of(job_id) is None
