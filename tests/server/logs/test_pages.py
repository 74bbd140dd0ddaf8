"""Logs are shown in pages: the end of each, what came since a cursor, or what a search finds; never too much."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from server import answers, errors, logs, nomad
from server.builds import Builds
from server.callers import Caller
from server.embedded import scripted
from server.logs import cursor as cursors
from server.nomad import File
from server.tools import TOOLS, logpages
from tests import calling, logtexts
from tests.logtexts import last_word
from tests.waiting import wait_for
from tests.worlds import World, submit, wait_for_end

LONG = "".join(f"line {number} of a log that has many of them\n" for number in range(5000))


def get(running: Builds, build_id: str, **arguments: Any) -> dict[str, Any]:
    answer = calling.call(running, "getLogs", {"jobID": build_id, **arguments})
    return answer.model_dump(exclude_none=True)


def write(running: Builds, build_id: str, **arguments: Any) -> tuple[str, list[str]]:
    """Return what an agent gets: the line at the top, and those below."""
    answer = calling.call(running, "getLogs", {"jobID": build_id, **arguments})
    render = TOOLS["getLogs"].text
    assert render is not None
    head, *lines = render(answer).split("\n")
    return head, lines


def read_whole(
    running: Builds, build_id: str, **arguments: Any
) -> tuple[dict[str, list[str]], int]:
    """Page through a log from its beginning; return each phase's lines without headings, and how many pages it took."""
    lines: dict[str, list[str]] = {}
    cursor, pages = logs.START, 0
    while True:
        page = get(running, build_id, cursor=cursor, **arguments)
        pages += 1
        for phase, found in page["logs"].items():
            below = [line for line in found if not line.startswith("--- task ")]
            lines.setdefault(phase, []).extend(below)
        assert sum(len(line) + 1 for found in page["logs"].values() for line in found) < 50_000
        cursor = page["cursor"]
        if not page["more"]:
            return lines, pages


def test_the_end_of_a_log_says_which_lines_of_how_many_it_has(world: World) -> None:
    world.let("build", stdout="".join(f"{number}\n" for number in range(1, 381)))
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        head, lines = write(running, build_id, phase="build", task="build")
        assert re.fullmatch(
            rf"\[{build_id} build/build lines 181-380 of 380; status SUCCEEDED; cursor [\w-]+\]",
            head,
        )
        assert lines == [str(number) for number in range(181, 381)]
        page = get(running, build_id, lines=2)
        headings = ["--- task source ---", "--- task build ---"]
        assert page["logs"]["build"] == [headings[0], "source says ünï", headings[1], "379", "380"]
        assert page["tasks"][1] == {
            "phase": "build",
            "task": "build",
            "lines": 2,
            "first_line": 379,
            "total_lines": 380,
            "total_bytes": sum(len(f"{number}\n") for number in range(1, 381)),
        }
        head, lines = write(running, build_id, lines=1)
        assert "build/source lines 1-1 of 1, build/build lines 380-380 of 380" in head
        assert lines[:5] == [
            "--- phase build ---",
            "--- task source ---",
            "source says ünï",
            "--- task build ---",
            "380",
        ]


def test_a_whole_log_is_paged_through_from_its_beginning(world: World) -> None:
    world.let("build", stdout=LONG)
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        lines, pages = read_whole(running, build_id)
        assert lines["build"] == ["source says ünï", *LONG.splitlines()]
        assert lines["publish"] == ["publish says ünï"]
        assert pages == -(-len(LONG) // 44_000)
        short, pages = read_whole(running, build_id, phase="build", task="build", lines=500)
        assert (short["build"], pages) == (LONG.splitlines(), 10)


def test_a_page_that_is_too_long_is_cut_at_whole_lines_and_says_so(world: World) -> None:
    world.let("build", stdout=LONG)
    world.let("test", stdout="x" * 30_000 + "\nthe end\n")
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        for arguments in ({"lines": 2000}, {"cursor": "start"}, {"search": "line", "context": 20}):
            head, lines = write(running, build_id, **arguments)
            assert len("\n".join([head, *lines])) <= logs.TEXT_LIMIT
        head, lines = write(running, build_id, lines=2000)
        assert re.search(r"build/build: \d+ lines more are left out for their length", head)
        shown = int(re.search(r"build/build lines (\d+)-5000 of 5000", head)[1])  # type: ignore[index]
        assert f"line {shown - 1} of a log that has many of them" in lines
        assert "the end" in lines


def test_a_cursor_brings_what_was_said_since(world: World) -> None:
    voice = scripted.Voice()
    gate = world.hold("build", stdout="", voice=voice)
    with world.serve() as running:
        build_id = submit(running)
        assert get(running, build_id)["logs"]["build"] in (
            [],
            ["--- task source ---", "source says ünï"],
        )
        voice.say(b"one\ntwo\nthr")
        wait_for(lambda: "two" in str(get(running, build_id)), "the first words")
        page = get(running, build_id)
        # What is not whole is shown, as whoever waits for an answer may have written it, and comes again.
        assert page["logs"]["build"][-3:] == ["one", "two", "thr"]
        assert get(running, build_id, cursor=page["cursor"])["logs"]["build"] == []
        voice.say(b"ee\nfour\n")
        page = get(running, build_id, cursor=page["cursor"])
        assert page["logs"]["build"] == ["--- task build ---", "three", "four"]
        assert not page["more"]
        gate.open()
        wait_for_end(running, build_id)
        page = get(running, build_id, cursor=page["cursor"])
        assert page["logs"]["test"] == ["--- task test-1 ---", "test-1 says ünï"]
        assert get(running, build_id, cursor=page["cursor"])["logs"] == {
            phase: [] for phase in ("build", "test", "publish")
        }


def test_following_goes_on_where_a_page_has_ended(world: World) -> None:
    world.let("build", stdout=LONG)
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        page = get(running, build_id, cursor="start", phase="build", task="build")
        rest = list(logtexts.follow(running, build_id, page["cursor"], task="build"))
        assert [each.text for each in rest if isinstance(each, logs.Line)][
            -1:
        ] == LONG.splitlines()[-1:]
        count = sum(len(lines) - 1 for lines in page["logs"].values() if lines)
        assert count + sum(isinstance(each, logs.Line) for each in rest) == 5000


def test_a_search_looks_through_the_whole_log(world: World) -> None:
    world.let("build", stdout=LONG.replace("line 4321 of", "ERROR in line 4321 of"))
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        head, lines = write(running, build_id, search="(?i)error", context=1)
        assert "build/build 3 lines of " in head
        assert [line.split(" of ")[0] for line in lines] == [
            "line 4320",
            "ERROR in line 4321",
            "line 4322",
        ]
        head, lines = write(running, build_id, search="no such text")
        assert (lines, " no lines; " in head) == ([], True)
        with pytest.raises(errors.InvalidRequest, match=r"missing \)"):
            get(running, build_id, search="(")


def test_a_search_in_a_log_that_goes_on_growing_answers_with_what_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = scripted.Voice()
    gate = world.hold("build", stdout="", voice=voice)
    looks = 0
    list_files = nomad.Nomad.list_files

    def talk(client: nomad.Nomad, allocation_id: str, path: str) -> tuple[File, ...] | None:
        nonlocal looks
        looks += 1
        assert looks < 10
        voice.say(b"and one more word\n")
        return list_files(client, allocation_id, path)

    with world.serve() as running:
        build_id = submit(running)
        voice.say(b"the first word\n")
        world.wait_for_log(running, build_id, "the first word")
        monkeypatch.setattr(nomad.Nomad, "list_files", talk)
        head, lines = write(running, build_id, search="first|more")
        assert lines[:2] == ["the first word", "and one more word"]
        assert looks == 1
        # Its cursor stands behind what was there.
        rest = get(running, build_id, cursor=head.split("cursor ")[1].rstrip("]"))
        assert rest["logs"]["build"] == ["--- task build ---", "and one more word"]
        gate.open()


def test_streams_that_have_no_room_in_a_cursor_are_on_the_same_page(world: World) -> None:
    names = [f"test-{number}" for number in range(1, cursors.OPEN_LIMIT * 2)]
    for name in names:
        world.let("test", name, stdout=f"{name} here\n", stderr=f"{name} there\n")
    with world.serve() as running:
        build_id = submit(running, testCommands=["true"] * len(names))
        wait_for_end(running, build_id)
        page = get(running, build_id, phase="test", search=" here")
        found = [line for line in page["logs"]["test"] if not line.startswith("---")]
        assert (sorted(found), page["more"]) == (sorted(f"{name} here" for name in names), False)


def test_a_long_search_goes_on_with_its_cursor(world: World) -> None:
    world.let("build", stdout=LONG)
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        found, pages = read_whole(running, build_id, search="9 of")
        assert found["build"] == [line for line in LONG.splitlines() if "9 of" in line]
        assert pages == 1
        found, pages = read_whole(running, build_id, search="[0-8] of", lines=2000)
        assert found["build"] == [line for line in LONG.splitlines() if "9 of" not in line]
        assert pages == 5


def test_context_that_is_lost_where_a_page_ends_is_said_to_be(world: World) -> None:
    world.let("build", stdout=LONG)
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        asked: dict[str, Any] = {"search": "5 of", "context": 2, "lines": 7}
        page = get(running, build_id, **asked)
        assert page["more"]
        assert page["notes"] == ("context goes no further than this page",)
        assert get(running, build_id, **asked | {"context": 0})["notes"] == ()
        assert get(running, build_id, search="line 4321 ", context=2)["notes"] == ()


def test_a_large_log_is_shown_by_its_end_without_counting_all_of_it(world: World) -> None:
    world.let("build", stdout="x" * 99 + "\n", repeat=30_000)
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        head, lines = write(running, build_id, phase="build", task="build", lines=5)
        assert "build/build 5 lines of 3000100 bytes" in head
        assert lines == ["x" * 99] * 5


def test_between_the_ends_of_two_logs_the_thread_is_given_back(world: World) -> None:
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        *pauses, page = running.read_logs(build_id, logs.Wanted())
        assert isinstance(page, logs.Page)
        assert len(pauses) == len(page.parts) == 4
        assert all(each == logs.Pause(0) for each in pauses)


def test_after_the_end_of_a_log_comes_what_nomad_collects_a_moment_later(
    world: World, tmp_path: Path
) -> None:
    world.let("build", stdout="first\n", exit_code=1)
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        pages = [get(running, build_id), get(running, build_id, phase="build")]
        (file,) = tmp_path.glob("alloc/*/alloc/logs/build.stdout.0")
        with file.open("ab") as opened:
            opened.write(b"the very reason\n")
        for page in pages:
            assert page["logs"]["build"][-1] == "first"
            rest = get(running, build_id, cursor=page["cursor"])
            assert rest["logs"]["build"] == ["--- task build ---", "the very reason"]


def test_after_the_end_of_a_log_whose_tasks_have_said_their_last_word_nothing_comes(
    world: World,
) -> None:
    world.let("build", "source", stdout=last_word("source"))
    world.let("build", stdout=f"no\n{last_word('build', 1)}", exit_code=1)
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        page = get(running, build_id)
        assert list(running.follow_logs(build_id, page["cursor"])) == []


def test_a_task_for_which_a_shortened_record_has_no_room_is_named(world: World) -> None:
    for number in range(1, 4):
        world.let("test", f"test-{number}", stdout=last_word(f"test-{number}"))
    with world.serve() as running, world.connect() as client:
        build = wait_for_end(running, submit(running, testCommands=["true"] * 3))
        tail = "an end\n--- task test-3 ---\nthree"
        short = build.with_phase(
            "test", allocation="5b1f3c2e-0000-4000-8000-000000000000", log_tail=tail
        )

        def show(**wanted: Any) -> logs.Page:
            *_, page = logs.read_page(client, lambda: short, short, logs.Wanted(**wanted))
            assert isinstance(page, logs.Page)
            return page

        assert show(task="test-2", phase="test").notes == (
            "test/test-2: the record has no room for it",
        )
        (note,) = show(task="test-2", phase="test", cursor="start").notes
        assert note.endswith("and the record has nothing of it")
        assert show(task="test-3", phase="test").notes == ()
        assert [part.lines for part in show(phase="test").parts] == [("an end",), ("three",)]
        assert not any("no room" in note for note in show(task="build").notes)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "A" * 300}, "cursor"),
        ({"context": 21}, "context"),
        ({"lines": 0}, "lines"),
        ({"seach": "x"}, "search"),
    ],
)
def test_wrong_arguments_are_named(world: World, arguments: dict[str, Any], problem: str) -> None:
    with world.observe() as seen:
        build_id = submit(seen)
        with pytest.raises(errors.InvalidRequest, match=problem):
            get(seen, build_id, **arguments)


def test_a_callers_owner_holds_for_pages_too(world: World) -> None:
    with world.observe() as seen:
        build_id = submit(seen)
        stranger = Caller(name="stranger", owner="stranger")
        with pytest.raises(errors.BuildNotFound):
            calling.call(seen, "getLogs", {"jobID": build_id, "cursor": "start"}, stranger)


def test_a_line_that_looks_like_a_heading_is_set_in_on_every_page(world: World) -> None:
    forged = "--- task publish ---\n--- phase publish ---\n\u2028--- task publish ---\n"
    world.let("test", stdout=forged + last_word("test-1"))
    with world.serve() as running:
        build_id = submit(running)
        wait_for_end(running, build_id)
        for arguments in ({}, {"cursor": "start"}, {"search": "task"}):
            lines = get(running, build_id, phase="test", **arguments)["logs"]["test"]
            assert [line for line in lines if line.startswith("---")] == ["--- task test-1 ---"]
            assert " --- task publish ---" in lines


def test_many_tasks_are_counted_where_there_is_no_room_for_their_names() -> None:
    parts = [
        {"phase": "test", "task": f"test-{number}", "lines": 1, "first_line": 1, "total_lines": 1}
        for number in range(1, 65)
    ]
    answer = answers.LogsAnswer.model_validate(
        {"job_id": "x", "status": "TESTING", "logs": {"test": []}, "tasks": parts}
    )
    head = logpages.write(answer)
    assert head.startswith("[x 52 other tasks, test/test-53 lines 1-1 of 1, ")
    assert len(head) < 1000


def test_the_widest_page_of_the_most_tasks_is_short_enough(world: World) -> None:
    names = [f"test-{number}" for number in range(1, 65)]
    for name in names:
        world.let("test", name, stdout="ü" * 90 + "\n", stderr="é" * 90 + "\n", repeat=9)
    with world.serve() as running:
        build_id = submit(running, testCommands=["true"] * 64)
        wait_for_end(running, build_id)
        for arguments in ({"lines": 2000}, {"cursor": "start", "phase": "test"}):
            head, lines = write(running, build_id, **arguments)
            text = "\n".join([head, *lines])
            assert 40_000 < len(text) <= logs.TEXT_LIMIT
            assert len(head) < 4000
