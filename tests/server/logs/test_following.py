"""Whoever follows a build's logs gets every line once, from any replica and whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from server import logs, nomad, record, request
from server.builds import Builds
from server.cluster import Allocation
from server.embedded import scripted
from server.errors import BuildNotFound, InvalidRequest
from server.logs import cursor as cursors
from server.logs import following
from tests import logtexts, samples, worlds
from tests.logtexts import last_word, show
from tests.waiting import wait_for
from tests.worlds import World, submit, wait_for_end


def follow(running: Builds, build_id: str, cursor: str = "") -> list[str]:
    return [show(event) for event in logtexts.follow(running, build_id, cursor)]


def resume_everywhere(running: Builds, build_id: str) -> list[str]:
    """Follow an ended build, and from each event's cursor once more; all that is told has to be the same."""
    events = list(logtexts.follow(running, build_id))
    shown = list(map(show, events))
    for number, event in enumerate(events, 1):
        cursor = logs.encode_cursor(event.cursor, build_id)
        assert follow(running, build_id, cursor) == shown[number:], (number, shown[number - 1])
    return shown


def say_last_words(world: World) -> None:
    """Have all tasks end as the packs' scripts do."""
    for phase, task in [("build", "source"), *worlds.TASKS.items()]:
        world.let(phase, task, stdout=f"{task} says ünï\n{last_word(task)}")


WHOLE = [
    "build begins, attempt 1",
    "build/source source says ünï",
    "build/source nomad-build: source ended with exit code 0",
    "build/build build says ünï",
    "build/build nomad-build: build ended with exit code 0",
    "test begins, attempt 1",
    "test/test-1 test-1 says ünï",
    "test/test-1 nomad-build: test-1 ended with exit code 0",
    "publish begins, attempt 1",
    "publish/publish publish says ünï",
    "publish/publish nomad-build: publish ended with exit code 0",
    "it ends SUCCEEDED",
]


def test_a_build_is_told_from_its_first_line_to_its_end_and_goes_on_after_any_event(
    world: World,
) -> None:
    say_last_words(world)
    with world.serve() as running:
        build_id = submit(running)
        assert follow(running, build_id) == WHOLE
        assert resume_everywhere(running, build_id) == WHOLE


def test_lines_come_while_a_task_runs_and_only_when_they_are_whole(world: World) -> None:
    say_last_words(world)
    voice = scripted.Voice()
    gate = world.hold("build", stdout="", voice=voice)
    with world.serve() as running:
        build_id = submit(running)
        events = logtexts.follow(running, build_id)
        assert [show(next(events)) for _ in range(3)] == WHOLE[:3]
        voice.say(b"one\nh")
        assert show(next(events)) == "build/build one"
        voice.say("ä".encode()[:1])
        voice.say("ä".encode()[1:] + b"lf\nthree")
        assert show(next(events)) == "build/build hälf"
        gate.open()
        # What has no line end is told when no more can come.
        assert show(next(events)) == "build/build three"
        assert [show(event) for event in events] == WHOLE[5:]


def test_a_reader_who_comes_back_after_every_event_of_a_running_build_misses_nothing(
    world: World,
) -> None:
    say_last_words(world)
    voices = {name: scripted.Voice() for name in ("test-1", "test-2", "test-3")}
    gates = {name: world.hold("test", name, stdout="", voice=voices[name]) for name in voices}
    with world.serve() as running, world.observe() as other:
        build_id = submit(running, testCommands=["a", "b", "c"])
        words = (f"{name} {number} ünï\n" for number in range(5) for name in voices)
        shown: list[str] = []
        cursor = ""
        replicas = [running, other]
        while not shown or not shown[-1].startswith("it ends"):
            if "test begins, attempt 1" in shown and (word := next(words, None)):
                voices[word.split()[0]].say(word.encode())
            elif "test begins, attempt 1" in shown:
                for name, gate in gates.items():
                    voices[name].say(last_word(name).encode())
                    gate.open()
                gates = {}
            event = next(logtexts.follow(replicas[len(shown) % 2], build_id, cursor))
            cursor = logs.encode_cursor(event.cursor, build_id)
            shown.append(show(event))
    assert shown[:6] == WHOLE[:6]
    assert shown[-4:] == WHOLE[-4:]
    for name in voices:
        said = [line for line in shown if line.startswith(f"test/{name} ")]
        assert said == [
            *(f"test/{name} {name} {number} ünï" for number in range(5)),
            f"test/{name} {last_word(name).strip()}",
        ]
    assert len(shown) == len(set(shown)) == len(WHOLE) - 2 + 3 * 6


def test_services_both_streams_and_a_last_line_without_end_are_told_once(world: World) -> None:
    say_last_words(world)
    world.hold("test", "service-db", stdout="up\nwarm", stderr="oops\nbye")
    world.let("test", "ready", stdout="ready\n")
    world.let("test", "test-1", stdout="out 1\nout 2", stderr="err 1\nerr 2")
    with world.serve() as running:
        build_id = submit(running, services=[{"name": "db", "image": "db:1", "port": 5432}])
        # What has no line end comes only when a moment has passed since its task's end, which is so afterwards.
        assert sorted(follow(running, build_id)) == sorted(resume_everywhere(running, build_id))
        shown = follow(running, build_id)
    said = [line.partition("/")[2] for line in shown if line.startswith("test/")]
    assert sorted(said) == sorted(
        [
            *(f"service-db {text}" for text in ("up", "warm", "oops", "bye")),
            "ready ready",
            *(f"test-1 {stream} {number}" for stream in ("out", "err") for number in (1, 2)),
        ]
    )
    assert [each for each in said if " out " in f" {each} "] == ["test-1 out 1", "test-1 out 2"]


def test_each_attempt_to_publish_is_told(world: World) -> None:
    say_last_words(world)
    world.fail("publish", "registry_unreachable")
    with world.serve(PUBLISH_ATTEMPTS="2") as running:
        build_id = submit(running)
        events = logtexts.follow(running, build_id)
        shown = []
        for event in events:
            shown.append(show(event))
            if shown[-1].startswith("publish/publish oh no"):
                break
        say_last_words(world)
        shown += map(show, events)
        assert resume_everywhere(running, build_id) == shown
    assert shown == [
        *WHOLE[:9],
        "publish/publish oh no, registry_unreachable",
        "publish begins, attempt 2",
        *WHOLE[9:],
    ]


def test_a_plan_comes_before_all_else(world: World) -> None:
    say_last_words(world)
    content = b"version: 1\n"
    world.let(
        "plan", "source", stdout=last_word("source"), files={"alloc/data/build_file": content}
    )
    with world.serve() as running:
        asked = {"owner": "me", "repoURL": samples.FIELDS["repoURL"], "buildFile": "ci/build.yaml"}
        build_id = running.submit(request.parse_request(asked)).id
        build = wait_for_end(running, build_id)
        shown = resume_everywhere(running, build_id)
    assert shown[:2] == ["plan begins, attempt 1", f"plan/source {last_word('source').strip()}"]
    assert build.phases[0] == "plan"


def test_more_tests_than_a_cursor_has_room_for_lose_nothing(world: World) -> None:
    say_last_words(world)
    names = [f"test-{number}" for number in range(1, cursors.OPEN_LIMIT * 2)]
    gate = scripted.Gate()
    for name in names:
        world.let("test", name, gate=gate, stdout=f"{name} here\nhalf", stderr=f"{name} there\n")
    with world.serve() as running:
        build_id = submit(running, testCommands=["true"] * len(names))
        events = logtexts.follow(running, build_id)
        shown = []
        for event in events:
            shown.append(show(event))
            assert len(logs.encode_cursor(event.cursor, build_id)) <= logs.CURSOR_LIMIT
            if sum(line.startswith("test/") for line in shown) == cursors.OPEN_LIMIT:
                gate.open()
        shown += map(show, events)
    said = [line for line in shown if line.startswith("test/")]
    assert sorted(said) == sorted(
        f"test/{name} {text}"
        for name in names
        for text in (f"{name} here", f"{name} there", "half")
    )


def test_one_phase_or_task_alone_is_followed_to_its_own_end(world: World) -> None:
    say_last_words(world)
    with world.serve() as running:
        build_id = submit(running)
        alone = [show(each) for each in logtexts.follow(running, build_id, phase="build")]
        assert alone[:-1] == WHOLE[:5]
        assert alone[-1].startswith("it ends")
        wait_for_end(running, build_id)
        task = [show(each) for each in logtexts.follow(running, build_id, task="build")]
        assert [line for line in task if "begins" not in line] == [*WHOLE[3:5], WHOLE[-1]]
        assert (
            follow(running, build_id, logs.encode_cursor(cursors.Cursor(ended=True), build_id))
            == []
        )


def test_a_build_that_is_killed_while_it_waits_ends_without_a_phase(world: World) -> None:
    world.hold("build")
    with world.serve(MAX_BUILDS="1") as running:
        first = submit(running)
        second = submit(running, imageTags=["other"])
        running.kill(second)
        assert follow(running, second) == ["it ends FAILED"]
        running.kill(first)
        assert follow(running, first)[-1] == "it ends FAILED"


def find_logs(tmp_path: Path, allocation: str) -> Path:
    (folder,) = tmp_path.glob(f"**/alloc/{allocation}/alloc/logs")
    return folder


def test_what_nomad_rotated_away_is_a_gap(world: World, tmp_path: Path) -> None:
    say_last_words(world)
    voice = scripted.Voice()
    gate = world.hold("build", stdout="", voice=voice)
    with world.serve() as running:
        build_id = submit(running)
        events = logtexts.follow(running, build_id)
        shown = [show(next(events)) for _ in range(3)]
        voice.say(b"first\n")
        shown.append(show(next(events)))
        # As Nomad's rotator does it: a new file, and the oldest removed.
        allocation = next(iter(tmp_path.glob("**/build.stdout.0"))).parent
        (allocation / "build.stdout.0").write_bytes(b"first\nin the first file, whole\nand a li")
        (allocation / "build.stdout.1").write_bytes(b"ne over two files\nsecond\n")
        (allocation / "build.stdout.2").write_bytes(b"third\n")
        shown += [show(next(events)) for _ in range(4)]
        (allocation / "build.stdout.0").unlink()
        (allocation / "build.stdout.1").unlink()
        (allocation / "build.stdout.2").unlink()
        (allocation / "build.stdout.4").write_bytes(b"x" * 99 + b"\n")
        (allocation / "build.stdout.5").write_bytes(last_word("build").encode())
        shown += [show(next(events)) for _ in range(3)]
        gate.open()
        shown += map(show, events)
    assert shown[3:11] == [
        "build/build first",
        "build/build in the first file, whole",
        "build/build and a line over two files",
        "build/build second",
        "build/build third",
        f"build/build lacks {2 * 100 - 6}",
        f"build/build {'x' * 99}",
        f"build/build {last_word('build').strip()}",
    ]
    assert shown[11:] == WHOLE[5:]


def is_gone(client: nomad.Nomad, job_id: str) -> bool:
    return client.read_job(job_id) is None


def lose(tmp_path: Path, world: World, phase: str, build_id: str) -> None:
    """Have Nomad forget a phase's job, and its client what the tasks have said."""
    with world.connect() as client:
        for job in client.list_jobs(f"{phase}-{build_id}"):
            client.stop_job(job.id, purge=True)
            wait_for(functools.partial(is_gone, client, job.id), "the job to be gone")
    # The engine's client does it by itself, in its own time.
    for file in list(tmp_path.glob(f"alloc/*/alloc/logs/{worlds.TASKS[phase]}.stdout.0")):
        shutil.rmtree(file.parent, ignore_errors=True)


@pytest.fixture
def lost(world: World, tmp_path: Path) -> Callable[[str], None]:
    return lambda build_id: lose(tmp_path, world, "build", build_id)


def test_of_a_log_that_is_not_there_any_more_the_record_tells_the_end(
    world: World, lost: Callable[[str], None]
) -> None:
    say_last_words(world)
    lines = "".join(f"line {number}\n" for number in range(5000))
    world.let("build", stdout=lines + last_word("build"))
    with world.serve() as running:
        build_id = submit(running)
        build = wait_for_end(running, build_id)
        whole = list(logtexts.follow(running, build_id))
        told = list(map(show, whole))
        lost(build_id)
        shown = resume_everywhere_or(running, build_id)
        kept = [line for line in shown if line.startswith("build/build line")]
        missing = len(lines.encode()) - sum(len(line.partition(" ")[2]) + 1 for line in kept)
        assert 300 < len(kept) < 5000
        gap = f"build/ lacks {missing}"
        assert shown == [told[0], gap, *told[1:3], *told[len(told) - len(shown) + 4 :]]
        # Whoever had read some lines goes on behind them, and is told what lies between.
        for number in (2, 700, 5000 - len(kept) + 3, 4990):
            cursor = logs.encode_cursor(whole[number].cursor, build_id)
            rest = follow(running, build_id, cursor)
            if rest[0].startswith("build/ lacks"):
                between = int(rest.pop(0).rpartition(" ")[2])
                skipped = told[number + 1 : len(told) - len(rest)]
                assert between == sum(len(line.partition(" ")[2].encode()) + 1 for line in skipped)
            assert rest == told[len(told) - len(rest) :]
    assert build.build.log_tail


def resume_everywhere_or(running: Builds, build_id: str) -> list[str]:
    """Follow from the beginning, and go on from some of the events."""
    events = list(logtexts.follow(running, build_id))
    shown = list(map(show, events))
    for number in (1, 2, 3, 50, len(events) - 2, len(events)):
        cursor = logs.encode_cursor(events[number - 1].cursor, build_id)
        assert follow(running, build_id, cursor) == shown[number:]
    return shown


def test_an_attempt_whose_log_nobody_kept_is_a_gap(world: World, tmp_path: Path) -> None:
    say_last_words(world)
    world.fail("publish", "registry_unreachable")
    with world.serve(PUBLISH_ATTEMPTS="2") as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        with world.connect() as client:
            client.stop_job(record.job_id("publish", build_id), purge=True)
            job = record.job_id("publish", build_id)
            wait_for(lambda: client.read_job(job) is None, "the job to be gone")
            wait_for(lambda: not client.list_allocations(job), "its allocation to be gone")
        shown = resume_everywhere(running, build_id)
    assert shown[8:11] == [
        "publish begins, attempt 1",
        "publish/ lacks None",
        "publish begins, attempt 2",
    ]


def test_the_cursor_is_checked_before_anything_is_read(world: World) -> None:
    with world.observe() as seen:
        build_id = submit(seen)
        with pytest.raises(InvalidRequest, match=re.escape("cursor")):
            seen.follow_logs(build_id, "nonsense")
        with pytest.raises(BuildNotFound):
            seen.follow_logs("nope")
        with pytest.raises(BuildNotFound):
            seen.follow_logs(build_id, owner="somebody-else")


class Counting(nomad.Nomad):
    """A client that counts what it asks for."""

    calls = 0

    def _call(self, name: str) -> contextlib._GeneratorContextManager[None]:
        self.calls += 1
        return super()._call(name)


def test_a_look_at_a_task_that_says_nothing_costs_two_calls(world: World) -> None:
    say_last_words(world)
    gate = world.hold("build", stdout="")
    with world.serve() as running, contextlib.closing(Counting(world.configure())) as client:
        build_id = submit(running)
        for event in logtexts.follow(running, build_id):
            if "source ended" in show(event):
                break
        follower = logs.Follower(client, lambda: running.read(build_id), event.cursor)
        assert list(follower.look()) == []
        before = client.calls
        assert list(follower.look()) == []
        assert client.calls - before <= 2
        gate.open()
        wait_for_end(running, build_id)


def test_a_job_that_is_placed_anew_is_told_from_both_places(world: World) -> None:
    say_last_words(world)
    world.hold("build", stdout="in the first place\nhalf")
    with world.serve() as running:
        build_id = submit(running)
        events = logtexts.follow(running, build_id)
        shown = [show(next(events)) for _ in range(4)]
        assert shown[-1] == "build/build in the first place"
        world.engine.drain_node()
        shown.append(show(next(events)))
        say_last_words(world)
        world.engine.undrain_node()
        shown += map(show, events)
        assert resume_everywhere(running, build_id) == shown
    assert shown[4:] == ["build/build half", *WHOLE]


def test_a_node_that_is_silent_for_a_while_costs_time_and_no_line(world: World) -> None:
    say_last_words(world)
    voice = scripted.Voice()
    gate = world.hold("build", stdout="", voice=voice)
    with world.serve() as running:
        build_id = submit(running)
        followed = running.follow_logs(build_id)
        shown: list[str] = []

        def read_on(until: str) -> None:
            for event in followed:
                if not isinstance(event, logs.Pause):
                    shown.append(show(event))
                    if until in shown[-1]:
                        return

        read_on("source ended")
        world.wait_for_start(f"build-{build_id}", "build")
        world.engine.lose_node()
        voice.say(b"while nobody hears\n")
        # The node is not heard of: there are only pauses.
        assert all(isinstance(next(followed), logs.Pause) for _ in range(2))
        page = logtexts.read_page(running, build_id, logs.Wanted(cursor="start"))
        assert "does not answer" in str(page.notes)
        world.engine.return_node()
        read_on("while nobody hears")
        gate.open()
        read_on("it ends")
    assert shown == [*WHOLE[:3], "build/build while nobody hears", *WHOLE[5:]]


class Stuck(nomad.Nomad):
    """What Nomad says of a container that cannot be killed: it runs."""

    def list_allocations(self, job_id: str) -> tuple[Allocation, ...]:
        return tuple(
            dataclasses.replace(
                each,
                client_status="running",
                tasks=tuple(
                    dataclasses.replace(task, state="running", finished_at="")
                    for task in each.tasks
                ),
            )
            for each in super().list_allocations(job_id)
        )


def test_a_build_that_has_ended_is_told_to_its_end_though_a_task_never_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_FRESH", 0.1)
    monkeypatch.setattr(following, "_PATIENCE", timedelta(seconds=1))
    world.hold("build", stdout="at work\n")
    with world.serve() as running, contextlib.closing(Stuck(world.configure())) as client:
        build_id = submit(running)
        follower = logs.Follower(client, lambda: running.read(build_id), cursors.Cursor())
        shown: list[str] = []

        def look(until: str) -> bool:
            shown.extend(map(show, follower.look()))
            return until in shown

        wait_for(lambda: look("build/build at work"), "the first line")
        running.kill(build_id)
        wait_for(lambda: look("it ends FAILED"), "the end")
