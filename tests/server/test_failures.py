"""Each way in which a phase can go wrong, on an embedded engine: the reason that it ends with, and what is left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server import builds, record, store
from server.embedded import drivers, scripted
from tests import samples, worlds
from tests.services import Running, run
from tests.waiting import wait_for
from tests.worlds import World, put_away, submit, wait_for_end

FAILURES: list[tuple[record.Phase, str, str, int, record.Reason]] = [
    ("build", "source", "git_auth", 128, "git_auth"),
    ("build", "source", "git_ref_not_found", 128, "git_ref_not_found"),
    ("build", "source", "git_unreachable", 128, "git_unreachable"),
    ("build", "build", "dockerfile_missing", 1, "dockerfile_missing"),
    ("build", "build", "step_failed", 3, "step_failed"),
    ("build", "build", "push_denied", 1, "push_denied"),
    ("build", "build", "registry_unreachable", 125, "registry_unreachable"),
    ("build", "build", "", 124, "timeout"),
    ("test", "test-1", "test_failed", 7, "test_failed"),
    ("test", "test-1", "timeout", 124, "timeout"),
    ("test", "test-1", "push_denied", 1, "test_failed"),
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
    with world.serve(PUBLISH_ATTEMPTS="1") as running:
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
    assert "test-1" not in world.count_launches(build.id)


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
    waiting = {"QUEUE_TIMEOUT": "1", "REFUSE_UNPLACEABLE": "never"}
    with world.serve(**waiting) as running, world.connect() as client:
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
    with world.serve(PUBLISH_ATTEMPTS="1") as running:
        build = wait_for_end(running, build_id)
        assert build.failure is not None
        assert (build.failure.phase, build.failure.reason) == ("publish", "timeout")
        put_away(world, build_id)
    assert world.count_launches(build_id)["publish"] == 1


# Publishing is tried again


def fail_publishing(world: World, times: int) -> None:
    """Let the registry refuse so many attempts, then take the image."""
    left = iter(range(times))

    def launch(started: drivers.Launch) -> scripted.Outcome:
        world.launches.append((started.allocation.job.id, started.task.name))
        if next(left, None) is None:
            return scripted.Outcome(stdout="publish says ünï\n")
        files = {"alloc/data/reason": b"publish_incomplete\n1 of 2 tags"}
        return scripted.Outcome(exit_code=1, files=files, stdout="oh no\n")

    world.script.set("publish-*", "publish", launch)


def wait_for_attempt(running: Running, build_id: str, attempt: int) -> record.Record:
    def reached() -> record.Record | None:
        build = running.builds.read(build_id)
        return build if build.publish.attempt == attempt else None

    return wait_for(reached, f"attempt {attempt} to be decided on")


def test_publishing_is_tried_again_with_a_job_of_its_own_until_it_is_done(world: World) -> None:
    fail_publishing(world, 2)
    with run(world.configure()) as running, world.connect() as client:
        build_id = submit(running.builds)
        for attempt, seconds in ((2, 5), (3, 15)):
            build = wait_for_attempt(running, build_id, attempt)
            assert build.status == "PUBLISHING"
            assert build.publish.last_error == "publish_incomplete: 1 of 2 tags"
            assert build.publish.registered_at is None
            assert build.publish.retry_at is not None
            assert build.publish.retry_at - running.clock.now() > timedelta(seconds=seconds - 3)
            running.clock.put_forward(seconds)
            running.reconciler.notify(build_id)
        build = wait_for_end(running.builds, build_id)
        assert (build.status, build.failure) == ("SUCCEEDED", None)
        assert [
            client.read_job(f"publish-{build_id}{suffix}") is not None
            for suffix in ("", "-2", "-3", "-4")
        ] == [True, True, True, False]
        assert world.count_launches(build_id) == worlds.ONCE | {"publish": 3}
        assert "publish says" in (build.publish.log_tail or "")
        put_away(world, build_id)


def test_publishing_is_given_up_after_so_many_attempts_with_the_last_reason(world: World) -> None:
    fail_publishing(world, 9)
    with run(world.configure(PUBLISH_ATTEMPTS="2")) as running:
        build_id = submit(running.builds)
        wait_for_attempt(running, build_id, 2)
        running.clock.put_forward(5)
        running.reconciler.notify(build_id)
        build = wait_for_end(running.builds, build_id)
        assert build.failure is not None
        assert build.failure.reason == "publish_incomplete"
        put_away(world, build_id)
        assert world.count_launches(build_id)["publish"] == 2
        wait_for(lambda: world.count_launches(build_id).get("cleanup"), "the cleanup job")


def test_a_build_is_killed_between_two_attempts(world: World) -> None:
    fail_publishing(world, 9)
    with run(world.configure()) as running:
        build_id = submit(running.builds)
        wait_for_attempt(running, build_id, 2)
        running.builds.kill(build_id)
        build = wait_for_end(running.builds, build_id)
        assert build.failure is not None
        assert build.failure.reason == "killed"
        put_away(world, build_id)


# What happens to nodes and jobs


def test_a_lost_node_ends_the_build_after_the_time_that_it_is_given(world: World) -> None:
    gate = world.hold("build")
    with run(world.configure(NODE_TIMEOUT="1")) as running:
        build_id = submit(running.builds)
        world.wait_for_start(f"build-{build_id}", "build")
        world.engine.lose_node()
        build = wait_for_end(running.builds, build_id)
        assert build.failure is not None
        assert build.failure.reason == "node_lost"
        assert build.build.tasks["source"].ended_at is not None
        assert (build.build.tasks["build"].ended_at, build.build.ended_at) == (None, None)
        assert build.build.uncertain_until is not None
    gate.open()


def test_a_node_that_is_lost_between_two_tasks_is_not_waited_for(world: World) -> None:
    with world.serve() as running:
        # What has run has ended, and what is next waits for its secret: Nomad calls it lost at once.
        build_id = submit(running, registry_credentials_path="nomad:nomad/jobs/missing")
        wait_for(lambda: running.read(build_id).build.waiting, "the build to wait for its secret")
        world.engine.lose_node()
        build = wait_for_end(running, build_id)
        assert build.failure is not None
        assert (build.failure.reason, build.build.log_tail) == ("node_lost", "")


def test_a_job_that_nomad_forgets_before_its_end_is_seen_ends_the_build(world: World) -> None:
    world.hold("test")
    with world.run() as service:
        running = service.builds
        build_id = submit(running)
        wait_for(lambda: world.count_launches(build_id).get("test-1"), "the test to run")
        world.engine.vanish(f"test-{build_id}")
        service.reconciler.notify(build_id)
        build = wait_for_end(running, build_id)
        assert build.failure is not None
        assert build.failure.reason == "result_lost"
        assert "publish" not in world.count_launches(build_id)


def test_a_drained_node_is_named_when_no_other_takes_the_job(world: World) -> None:
    world.hold("test")
    with world.serve(QUEUE_TIMEOUT="1") as running:
        build_id = submit(running)
        wait_for(lambda: world.count_launches(build_id).get("test-1"), "the test to run")
        world.engine.drain_node()
        build = wait_for_end(running, build_id)
        assert build.failure is not None
        assert build.failure.reason == "node_lost"
        assert "drained" in build.failure.message


def test_a_job_of_a_drained_node_is_run_again_where_there_is_room(world: World) -> None:
    world.hold("test")
    with world.serve() as running:
        build_id = submit(running)
        wait_for(lambda: world.count_launches(build_id).get("test-1"), "the test to run")
        world.engine.drain_node()
        wait_for(lambda: "drained" in describe_waiting(running, build_id), "the drain to be told")
        world.let("test")
        world.engine.undrain_node()
        build = wait_for_end(running, build_id)
        assert (build.status, build.failure) == ("SUCCEEDED", None)
        assert world.count_launches(build_id)["test-1"] == 2


def describe_waiting(running: builds.Builds, build_id: str) -> str:
    waiting = running.read(build_id).test.waiting
    return "drained" if "was stopped, another is to be placed" in waiting else waiting
