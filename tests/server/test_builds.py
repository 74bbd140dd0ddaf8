"""What can be done with builds, on an embedded engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from server import logs, record
from server.embedded import config as engine_config
from server.errors import BuildNotFound, InvalidRequest, NomadUnreachable, NotPossible
from tests import logtexts, samples, worlds
from tests.waiting import wait_for
from tests.worlds import World, put_away, wait_for_end, wait_for_status

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
            lambda: logtexts.read_page(seen, "nope", logs.Wanted()),
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
            return logtexts.read_tail(running, build_id, "build", 100)

        wait_for(lambda: "step 2" in read(), "the log of the running build")
        assert "source says" in read()
        running.kill(build_id)
        wait_for_end(running, build_id)


def test_the_last_lines_of_a_log_are_found_while_nomad_has_it(world: World) -> None:
    world.let("test", stdout=LONG)
    with world.serve() as running:
        build = wait_for_end(running, running.submit(samples.make_request()).id)
        found = logtexts.read_tail(running, build.id, "test", 3)
        heading = "--- task test-1 ---"
        assert found.splitlines() == [heading, "line 997", "line 998", "line 999"]
        assert len(logtexts.read_tail(running, build.id, "test", 900).splitlines()) == 901


def test_one_line_without_an_end_is_shown_by_its_end(world: World) -> None:
    world.let("test", stdout="x" * 100_000 + " end\n")
    with world.serve() as running:
        build = wait_for_end(running, running.submit(samples.make_request()).id)
        assert logtexts.read_tail(running, build.id, "test", 2).endswith("x end")
        assert (build.test.log_tail or "").endswith("x end")


def test_a_log_that_is_no_text_is_shown_whole(world: World) -> None:
    # Of each byte that is none of UTF-8 the shown text has three.
    world.let("test", stdout="begin\n" + "\udcff" * 1000 + "\nend\n")
    with world.serve() as running:
        build = wait_for_end(running, running.submit(samples.make_request()).id)
        lines = logtexts.read_tail(running, build.id, "test", 4).splitlines()
        assert lines == ["--- task test-1 ---", "begin", "\ufffd" * 1000, "end"]


def test_logs_outlive_the_jobs(world: World) -> None:
    world.let("test", stdout=LONG)
    with world.serve() as running, world.connect() as client:
        build = wait_for_end(running, running.submit(samples.make_request()).id)
        put_away(world, build.id)
        removed = running.clean_up(build.id)
        assert {each.name for each in removed} == {
            record.job_id(phase, build.id) for phase in record.PHASES
        }
        wait_for(lambda: not client.list_jobs(f"test-{build.id}"), "the jobs to be gone")
        log = logtexts.read_tail(running, build.id, "test", 1)
        assert log.splitlines() == ["--- task test-1 ---", "line 999"]


def test_a_phase_that_has_not_begun_has_an_empty_log(world: World) -> None:
    with world.observe() as seen:
        build_id = seen.submit(samples.make_request()).id
        page = logtexts.read_page(seen, build_id, logs.Wanted())
        assert (page.parts, page.more) == ((), False)
        assert page.cursor


def test_killing_twice_or_after_the_end_changes_nothing(world: World) -> None:
    world.hold("build")
    with world.serve() as running:
        build_id = running.submit(samples.make_request()).id
        wait_for_status(running, build_id, "BUILDING")
        first = running.kill(build_id)
        assert running.kill(build_id, why="again").kill == first.kill
        ended = wait_for_end(running, build_id)
        assert running.kill(build_id) == ended


def test_whether_nomad_works_is_seen(world: World) -> None:
    with world.observe() as seen:
        assert ":" in seen.check_nomad()
        world.engine.stop()
        with pytest.raises(NomadUnreachable):
            seen.check_nomad()
        with pytest.raises(NomadUnreachable):
            seen.submit(samples.make_request())
