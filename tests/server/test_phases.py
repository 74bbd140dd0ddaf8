"""The pipeline at work: real services on an embedded engine whose tasks are scripted."""

from __future__ import annotations

from typing import Any

from server import record
from server.embedded import scripted
from tests import samples, worlds
from tests.worlds import World, assert_complete, put_away, submit, wait_for_end, wait_for_status


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
        for phase, status in worlds.RUNNING:
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

    world.script.set("test-*", "test-1", note)
    with world.serve() as running:
        build = wait_for_end(running, submit(running))
    staging = build.staging_image.removesuffix(":staged")
    assert tested == [f"{staging}@{samples.DIGEST}"]


def test_many_builds_run_side_by_side(world: World) -> None:
    with world.serve() as running:
        ids = [submit(running, imageTags=[str(number)]) for number in range(8)]
        for build_id in ids:
            assert_complete(world, wait_for_end(running, build_id, 60))


def test_two_services_on_one_engine_register_each_phase_once(world: World) -> None:
    gates = [world.hold(phase) for phase in record.PHASES]
    with world.serve() as one, world.serve() as other:
        ids = [
            submit(each, imageTags=[tag]) for each, tag in ((one, "a"), (other, "b"), (one, "c"))
        ]
        for gate, (_, status) in zip(gates, worlds.RUNNING, strict=True):
            for build_id in ids:
                wait_for_status(one, build_id, status)
            gate.open()
        for build_id in ids:
            assert_complete(world, wait_for_end(other, build_id))
