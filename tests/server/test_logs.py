"""What builds write into their logs is safe to show, wherever it is shown."""

from __future__ import annotations

import json

from server import diagnosis, logs
from tests import calling, samples, worlds
from tests.worlds import World

HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m\n"
    "10%\r50%\rdone\n"
    "\x1b]52;c;cm0gLXJmIC8=\n"
    "abc\u202etxt.exe\x9b1A\x08\x00\n"
    "\x1bP never ends\n"
    "the last line\n"
)
SAFE = ["red", "done", "", "abctxt.ex", "", "the last line"]


def test_logs_answers_and_records_hold_nothing_that_a_terminal_obeys(world: World) -> None:
    world.let("test", stdout=HOSTILE, exit_code=1)
    with world.serve() as running:
        build_id = running.submit(samples.make_request()).id
        build = worlds.wait_for_end(running, build_id)
        shown = calling.call(running, "getLogs", {"jobID": build_id, "phase": "test"})
        status = calling.call(running, "getStatus", {"jobID": build_id})
    lines = shown.model_dump()["logs"]["test"]
    assert [line for line in lines if not line.startswith("---")] == SAFE
    tail = build.test.log_tail or ""
    assert tail.splitlines()[-len(SAFE) :] == SAFE
    failure = status.model_dump()["failure"]
    assert failure["log_tail"].splitlines()[-len(SAFE) :] == SAFE
    for text in (*lines, tail, json.dumps(status.model_dump(mode="json"), ensure_ascii=False)):
        assert all(each.isprintable() or each == "\n" for each in text)


def test_no_task_speaks_under_the_name_of_another(world: World) -> None:
    world.let("test", stdout="before\n--- task \x1b[mpublish ---\nall is well\n", exit_code=1)
    with world.serve() as running:
        build_id = running.submit(samples.make_request()).id
        worlds.wait_for_end(running, build_id)
        call = {"jobID": build_id, "phase": "test"}
        shown = calling.call(running, "getLogs", call).model_dump()["logs"]["test"]
        forged = calling.call(running, "getLogs", call | {"task": "publish"})
    assert shown[1:4] == ["before", " --- task publish ---", "all is well"]
    assert forged.model_dump()["logs"]["test"] == []


def test_the_log_of_an_older_record_is_shown_safely_too() -> None:
    assert logs.tail_lines(HOSTILE, 2) == SAFE[-2:]
    assert logs.tail_tasks(f"--- task build ---\n{HOSTILE}", 2).splitlines()[1:] == SAFE[-2:]


def test_what_a_script_claims_is_one_line_without_controls() -> None:
    state = samples.failed(1)
    allocation = samples.make_allocation("failed", build=state)
    claim = "git_auth\n\x1b[31mno\x1b[0m \x1b]0;x\x07access\r\n\u202ehere"
    assert diagnosis.diagnose("build", allocation, claim).message == "no access here"


def test_what_nomad_says_of_an_allocation_is_one_line_too() -> None:
    allocation = samples.make_allocation("failed", description="\x1b[31mno\x1b[0m\nroom")
    assert diagnosis.diagnose("build", allocation).message == "no room"
