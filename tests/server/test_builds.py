"""What can be done with builds, on an embedded engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from server import record, store
from server.embedded import config as engine_config
from server.errors import BuildNotFound, InvalidRequest, NomadUnreachable, NotPossible
from tests import samples, worlds
from tests.waiting import wait_for
from tests.worlds import World, wait_for_end, wait_for_status

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
LONG = "\n".join(f"line {number}" for number in range(1000)) + "\n"


def test_a_submitted_build_is_known_at_once_under_an_id_of_its_own(world: World) -> None:
    with world.observe() as seen:
        first, second = (seen.submit(samples.make_request()) for _ in range(2))
        assert first.id != second.id
        assert first.id == first.id.lower()
        assert first.status == "PENDING"
        assert seen.read(first.id) == first


def test_the_cache_is_taken_where_a_node_has_it(tmp_path: Path) -> None:
    volume = engine_config.HostVolume(path=tmp_path)
    with_cache = worlds.World(tmp_path / "engine", host_volumes={"buildah-cache": volume})
    with with_cache.engine, with_cache.serve() as running:
        build = wait_for_end(running, running.submit(samples.make_request()).id)
        assert (build.variant, build.status) == ("cpu-cache", "SUCCEEDED")
        plain = running.submit(samples.make_request(cache="off"))
        assert plain.variant == "cpu"


def test_a_cache_that_is_demanded_and_nowhere_is_refused(world: World) -> None:
    with world.observe() as seen, pytest.raises(NotPossible, match="buildah-cache"):
        seen.submit(samples.make_request(cache="on"))


def test_a_protocol_that_is_not_allowed_here_is_refused(world: World) -> None:
    with world.observe() as seen, pytest.raises(InvalidRequest, match=r"only https, ssh"):
        seen.submit(samples.make_request(repoURL="git://host/app"))


def test_an_unknown_build_is_told_by_everything_that_takes_an_id(world: World) -> None:
    with world.observe() as seen:
        for ask in (
            lambda: seen.read("nope"),
            lambda: seen.read_logs("nope", ("build",), 10),
            lambda: seen.kill("nope"),
            lambda: seen.clean_up("nope"),
        ):
            with pytest.raises(BuildNotFound) as caught:
                ask()
            assert caught.value.next_step


def test_logs_are_shown_while_a_phase_runs(world: World) -> None:
    world.hold("build", stdout="step 1\nstep 2\n")
    with world.serve() as running:
        build_id = running.submit(samples.make_request()).id

        def read() -> str:
            return running.read_logs(build_id, ("build",), 100)["build"]

        wait_for(lambda: "step 2" in read(), "the log of the running build")
        assert "source says" in read()
        running.kill(build_id)
        wait_for_end(running, build_id)


def test_the_last_lines_of_a_log_are_found_while_nomad_has_it(world: World) -> None:
    world.let("test", stdout=LONG)
    with world.serve() as running:
        build = wait_for_end(running, running.submit(samples.make_request()).id)
        found = running.read_logs(build.id, ("test", "publish"), 3)
        assert found["test"].splitlines() == ["line 997", "line 998", "line 999"]
        assert len(running.read_logs(build.id, ("test",), 900)["test"].splitlines()) == 900


def test_one_line_without_an_end_is_shown_by_its_end(world: World) -> None:
    world.let("test", stdout="x" * 100_000 + " end\n")
    with world.serve() as running:
        build = wait_for_end(running, running.submit(samples.make_request()).id)
        assert running.read_logs(build.id, ("test",), 2)["test"].endswith("x end")
        assert (build.test.log_tail or "").endswith("x end")


def test_a_log_that_is_no_text_is_shown_whole(world: World) -> None:
    # Of each byte that is none of UTF-8 the shown text has three.
    world.let("test", stdout="begin\n" + "\udcff" * 1000 + "\nend\n")
    with world.serve() as running:
        build = wait_for_end(running, running.submit(samples.make_request()).id)
        lines = running.read_logs(build.id, ("test",), 4)["test"].splitlines()
        assert lines == ["--- task test ---", "begin", "\ufffd" * 1000, "end"]


def test_logs_outlive_the_jobs(world: World) -> None:
    world.let("test", stdout=LONG)
    with world.serve() as running, world.connect() as client:
        build = wait_for_end(running, running.submit(samples.make_request()).id)
        wait_for(lambda: not store.Store(client).is_unfinished(build.id), "the end")
        removed = running.clean_up(build.id)
        assert set(removed) == {record.job_id(phase, build.id) for phase in record.PHASES}
        wait_for(lambda: not client.list_job_ids(f"test-{build.id}"), "the jobs to be gone")
        assert running.read_logs(build.id, ("test",), 1)["test"] == "line 999"


def test_a_phase_that_has_not_begun_has_an_empty_log(world: World) -> None:
    with world.observe() as seen:
        build_id = seen.submit(samples.make_request()).id
        assert seen.read_logs(build_id, record.PHASES, 10) == dict.fromkeys(record.PHASES, "")


def test_killing_twice_or_after_the_end_changes_nothing(world: World) -> None:
    world.hold("build")
    with world.serve() as running:
        build_id = running.submit(samples.make_request()).id
        wait_for_status(running, build_id, "BUILDING")
        first = running.kill(build_id)
        assert running.kill(build_id).kill_requested_at == first.kill_requested_at
        ended = wait_for_end(running, build_id)
        assert running.kill(build_id) == ended


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
        assert len(running.clean_up(build_id)) == 3
        wait_for(lambda: not client.list_job_ids("publish-"), "the jobs to be gone")
        assert running.clean_up(build_id) == ()
        assert running.read(build_id).status == "SUCCEEDED"


def test_cleaning_up_a_failed_build_removes_its_staged_image_again(world: World) -> None:
    world.fail("test", "test_failed")
    with world.serve() as running, world.connect() as client:
        build_id = running.submit(samples.make_request()).id
        wait_for_end(running, build_id)
        wait_for(lambda: not store.Store(client).is_unfinished(build_id), "the end")
        wait_for(lambda: world.count_launches(build_id).get("cleanup"), "the cleanup job")
        client.stop_job(f"cleanup-{build_id}", purge=True)
        wait_for(lambda: not client.list_job_ids("cleanup-"), "the cleanup job to be gone")
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
        wait_for(lambda: not store.Store(client).is_unfinished(build_id), "the end")
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
        wait_for(lambda: not store.Store(client).is_unfinished(build_id), "the end")
        assert running.clean_up(build_id) == (f"build-{build_id}",)


def test_cleaning_up_all_takes_ended_builds_only_and_nobody_elses_jobs(world: World) -> None:
    with world.serve() as running, world.connect() as client:
        ended = running.submit(samples.make_request()).id
        wait_for_end(running, ended)
        wait_for(lambda: not store.Store(client).is_unfinished(ended), "the end")
        gate = world.hold("build")
        live = running.submit(samples.make_request()).id
        wait_for_status(running, live, "BUILDING")
        client.register_job(SOMEBODY_ELSES)
        assert set(running.clean_up_all()) == {record.job_id(each, ended) for each in record.PHASES}
        wait_for(
            lambda: set(client.list_job_ids("build-")) == {"build-web", f"build-{live}"},
            "only the ended build's jobs to be gone",
        )
        gate.open()
        assert wait_for_end(running, live).status == "SUCCEEDED"


def test_whether_nomad_works_is_seen(world: World) -> None:
    with world.observe() as seen:
        assert ":" in seen.check_nomad()
        world.engine.stop()
        with pytest.raises(NomadUnreachable):
            seen.check_nomad()
        with pytest.raises(NomadUnreachable):
            seen.submit(samples.make_request())
