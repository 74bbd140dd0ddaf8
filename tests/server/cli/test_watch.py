"""Watching builds and following logs: to the end, over breaks, on a terminal and elsewhere."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server import app
from tests import serving
from tests.agents import stage
from tests.server.cli.conftest import Served
from tests.server.cli.cutting import Way
from tests.server.cli.terminals import Terminal
from tests.server.cli.test_builds import read_status, submit, wait_for_end
from tests.server.cli.typing_commands import CLEAN, read_id, run
from tests.waiting import wait_for
from tests.worlds import World

STEPS = [line for line in stage.GOOD_BUILD.splitlines() if line.startswith("STEP")]
# What the tasks of a build that goes well print, phase by phase.
PRINTED = [
    *stage._FETCH.splitlines(),
    *stage.GOOD_BUILD.splitlines(),
    *stage._TEST.splitlines(),
    *stage._PUBLISH.splitlines(),
]


def test_every_line_of_the_log_is_shown_with_its_phase_and_then_the_end(served: Served) -> None:
    result = run("watch", submit(served), url=served.url)
    assert result.exit_code == 0, result.stderr
    found = re.findall(r"^ *(\w+) \| (.*)$", result.stdout, re.MULTILINE)
    assert [text for _, text in found] == PRINTED
    assert list(dict.fromkeys(phase for phase, _ in found)) == ["build", "test", "publish"]
    assert re.search(r"^status +SUCCEEDED$", result.stdout, re.MULTILINE)
    assert "\x1b" not in result.output


def test_colours_that_are_wanted_in_a_file_do_not_make_it_a_terminal(served: Served) -> None:
    text = json.dumps(stage.REQUEST)
    words = ("submit", "-f", "-", "--watch")
    result = run(*words, text=text, url=served.url, environment={"FORCE_COLOR": "1"})
    assert result.exit_code == 0, result.stderr
    assert [
        text for _, text in re.findall(r"^ *(\w+) \| (.*)$", result.stdout, re.MULTILINE)
    ] == PRINTED
    assert re.search(r"\x1b\[[0-9;]*mSUCCEEDED", result.stdout)
    # Colours alone, nothing that moves the cursor.
    assert {each[-1] for each in re.findall(r"\x1b\[[^A-Za-z]*[A-Za-z]", result.output)} == {"m"}
    listed = run("history", url=served.url, environment={"FORCE_COLOR": "1", "COLUMNS": "80"})
    assert str(stage.REQUEST["repoURL"]) in listed.stdout


def test_a_build_that_fails_ends_with_1_and_says_why(served: Served) -> None:
    served.stage.build_badly()
    text = json.dumps(stage.REQUEST)
    result = run("submit", "-f", "-", "--watch", text=text, url=served.url)
    assert result.exit_code == 1
    assert "  build | E: Unable to locate package libfoo-dev\n" in result.stdout
    assert re.search(r"^failed +step_failed in phase build", result.stdout, re.MULTILINE)
    assert result.stderr.startswith("Build ")


def test_for_a_program_the_end_alone_is_told(served: Served) -> None:
    text = json.dumps(stage.REQUEST)
    result = run("submit", "-f", "-", "--watch", "--json", text=text, url=served.url)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["status"] == "SUCCEEDED"


def test_a_build_that_has_ended_is_shown_at_once(served: Served) -> None:
    job_id = submit(served)
    wait_for_end(served, job_id)
    result = run("watch", job_id, url=served.url)
    assert result.exit_code == 0
    assert " | " not in result.stdout
    assert re.search(r"^status +SUCCEEDED$", result.stdout, re.MULTILINE)


def test_following_shows_each_line_once_below_its_place(served: Served) -> None:
    result = run("logs", submit(served), "-f", url=served.url)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line for line in lines if not line.startswith("==>")] == PRINTED
    places = ["build/source", "build/build", "test/test-1", "publish/publish"]
    assert [line for line in lines if line.startswith("==>")] == [
        f"==> {place} <==" for place in places
    ]


def test_following_one_phase_ends_with_the_build_s_end(served: Served) -> None:
    served.stage.build_badly()
    result = run(
        "logs", submit(served), "-f", "--phase", "build", "--task", "build", url=served.url
    )
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1:] == stage.BAD_BUILD.splitlines()


def test_following_for_a_program_gives_an_object_a_line(served: Served) -> None:
    result = run("logs", submit(served), "-f", "--json", url=served.url)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["text"] for each in events if each["event"] == "line"] == PRINTED
    assert events[-1] == {"event": "end", "status": "SUCCEEDED"}


def test_following_shows_all_so_that_nothing_is_chosen_of_it() -> None:
    result = run("logs", "x", "-f", "--search", "error")
    assert result.exit_code == 2
    assert "--follow shows every line" in result.stderr


@pytest.mark.parametrize("command", [("watch",), ("logs", "-f")])
def test_no_line_is_lost_or_repeated_when_the_way_breaks(
    served: Served, command: tuple[str, ...]
) -> None:
    way = Way(served.url, [400, 900, 2000, 250, 5000])
    job_id = submit(served)
    with way.serve() as url:
        result = run(*command, job_id, url=url)
    assert result.exit_code == 0, result.stderr
    shown = [
        line.partition(" | ")[2] if command == ("watch",) else line
        for line in result.stdout.splitlines()
        if (" | " in line if command == ("watch",) else not line.startswith("==>"))
    ]
    assert shown == PRINTED
    assert way.streams >= 5
    assert "trying again" in result.stderr


@contextlib.contextmanager
def started(*arguments: str, url: str, **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command as a process, which can be interrupted."""
    given = {name: text for name, text in os.environ.items() if name not in CLEAN}
    with subprocess.Popen(
        [sys.executable, "-m", "server", *arguments],
        env=given | {"NOMAD_BUILD_URL": url, "TERM": "xterm-256color"},
        start_new_session=True,
        **streams,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_who_interrupts_leaves_the_build_to_itself(served: Served, tmp_path: Path) -> None:
    gate = served.stage.world.hold("test", stdout="shop 1.4.2\n")
    job_id = submit(served)
    out, err = tmp_path / "out", tmp_path / "err"
    with (
        out.open("wb") as output,
        err.open("wb") as errors,
        started("watch", job_id, url=served.url, stdout=output, stderr=errors) as process,
    ):
        wait_for(lambda: "test | shop 1.4.2" in out.read_text(), "the test's line")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    said = err.read_text()
    assert f"nomad-build watch {job_id}" in said
    assert f"nomad-build kill {job_id}" in said
    assert "Traceback" not in said
    assert read_status(served, job_id)["status"] == "TESTING"
    gate.open()
    assert wait_for_end(served, job_id)["status"] == "SUCCEEDED"


def test_on_a_terminal_it_shows_where_the_build_is_and_in_the_end_how_it_ended(
    served: Served,
) -> None:
    # The step stays the last one that was said while the task goes on.
    gate = served.stage.world.hold("build", stdout="[1/2] STEP 2/3: RUN make\ncc -c part.c\n")
    job_id = submit(served)
    with contextlib.closing(Terminal()) as terminal:
        ends = {"stdin": terminal.slave, "stdout": terminal.slave, "stderr": terminal.slave}
        with started("watch", job_id, url=served.url, **ends) as process:
            wait_for(lambda: "│ cc -c part.c" in terminal.read(), "the last line")
            assert re.search(rf"{job_id}  \d+:\d\d  ", terminal.seen)
            assert "[1/2] STEP 2/3: RUN make" in terminal.seen
            assert " → " in terminal.seen
            gate.open()
            wait_for(lambda: process.poll() is not None or not terminal.read(), "the end")
            assert process.wait(20) == 0
        shown = terminal.read()
    assert "\x1b[?25l" in shown  # a cursor that is not there does not flicker
    assert shown.rstrip().count("\x1b[?25h") >= 1
    end = shown.rpartition("\x1b[?25h")[2]
    assert "SUCCEEDED" in end
    assert "registry.example.com:5000/team/shop:1.4.2" in end


def test_on_a_terminal_it_shows_the_place_of_a_build_that_waits_for_its_turn(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "engine")
    gate = world.hold("build")
    with world.engine:
        settings = world.configure(**stage.HOSTS, MAX_BUILDS="1")
        with (
            app.run(app.assemble(settings)) as running,
            serving.serving(app.create_app(running, settings)) as url,
            contextlib.closing(Terminal()) as terminal,
        ):
            ids = []
            for tag in ("1", "2", "3"):
                text = json.dumps(stage.REQUEST | {"imageTags": [tag]})
                ids.append(read_id(run("submit", "-f", "-", text=text, url=url)))
            ends = {"stdin": terminal.slave, "stdout": terminal.slave, "stderr": terminal.slave}
            with started("watch", ids[2], url=url, **ends) as process:
                wait_for(lambda: "waiting, place 2: " in terminal.read(), "its place")
                run("kill", ids[1], url=url)
                wait_for(lambda: "waiting, place 1: " in terminal.read(), "its new place")
                gate.open()
                wait_for(lambda: "SUCCEEDED" in terminal.read(), "the end")
                assert process.wait(20) == 0
            assert "waiting" not in terminal.read().rpartition("\x1b[?25h")[2]


def look(*arguments: str, columns: int = 120, **environment: str) -> str:
    """Run a command to its end on a terminal; return what is seen."""
    given = {key: text for key, text in os.environ.items() if key not in CLEAN}
    with contextlib.closing(Terminal(columns)) as terminal:
        subprocess.run(
            [sys.executable, "-m", "server", *arguments],
            env=given | {"TERM": "xterm-256color"} | environment,
            stdout=terminal.slave,
            stderr=terminal.slave,
            timeout=60,
            check=True,
        )
        return terminal.read()


def test_no_color_is_obeyed_on_a_terminal(served: Served) -> None:
    job_id = submit(served)
    wait_for_end(served, job_id)
    words = ("status", job_id, "--url", served.url)
    assert "\x1b[32mSUCCEEDED" in look(*words)
    assert "\x1b[32m" not in look(*words, NO_COLOR="1")


@pytest.mark.parametrize("columns", [80, 160])
def test_no_id_is_cut_in_a_list_however_narrow_the_terminal(served: Served, columns: int) -> None:
    job_id = submit(served, gitRef="c0ffee" + "0" * 34)
    wait_for_end(served, job_id)
    seen = look("history", "--url", served.url, columns=columns, NO_COLOR="1")
    row = next(line for line in seen.splitlines() if "team/shop" in line)
    assert row.startswith(f"{job_id}  SUCCEEDED  ")
    assert ("c0ffee000000 " in row or row.rstrip().endswith("c0ffee000000")) is (columns == 160)
