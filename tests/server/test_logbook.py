from __future__ import annotations

import io
import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server import logbook

log = logging.getLogger("server.steps")


class Stream(io.StringIO):
    """What is written; it may say that it is a terminal."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal

    @property
    def lines(self) -> list[str]:
        """The lines, ended by the one thing that ends lines in a file."""
        return self.getvalue().removesuffix("\n").split("\n")

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    @property
    def entry(self) -> dict[str, Any]:
        (entry,) = self.entries
        return entry


@pytest.fixture
def restored() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)


@pytest.fixture
def stream(restored: None) -> Stream:
    made = Stream()
    logbook.configure("info", "json", made)
    return made


@pytest.fixture
def text(restored: None) -> Stream:
    made = Stream()
    logbook.configure("info", "text", made)
    return made


def fail() -> None:
    msg = "no\n2026-01-01T00:00:00.000Z info     forged: line"
    raise ValueError(msg)


def test_a_message_is_one_json_object_with_time_level_and_logger(stream: Stream) -> None:
    log.warning("build %s is %d", "x", 3)

    entry = stream.entry
    assert list(entry) == ["timestamp", "level", "logger", "event"]
    assert (entry["level"], entry["logger"], entry["event"]) == (
        "warning",
        "server.steps",
        "build x is 3",
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["timestamp"])
    age = datetime.now(UTC) - datetime.fromisoformat(entry["timestamp"])
    assert timedelta(seconds=-1) < age < timedelta(minutes=1)


def test_messages_below_the_level_are_left_out(stream: Stream) -> None:
    log.debug("detail")
    log.info("shown")

    assert [entry["event"] for entry in stream.entries] == ["shown"]


def test_libraries_write_in_the_same_way(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    # Another uvicorn of this process, as an embedded engine's, may have set these.
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "level", logging.NOTSET)
    monkeypatch.setattr(logging.getLogger("uvicorn"), "propagate", True)
    monkeypatch.setattr(logging.getLogger("uvicorn"), "handlers", [])
    logging.getLogger("uvicorn.error").info(
        "Started server process [%d]", 7, extra={"color_message": "\x1b[36mStarted\x1b[0m"}
    )
    # Tries anew, and says so through its own logger.
    with urllib3.PoolManager() as pool, pytest.raises(urllib3.exceptions.MaxRetryError):
        pool.request("GET", "http://127.0.0.1:1/", retries=1)

    own, others = stream.entries
    assert own["event"] == "Started server process [7]"
    assert "\x1b" not in str(own)
    assert others["logger"] == "urllib3.connectionpool"
    assert others["level"] == "warning"


def test_a_later_configuration_takes_the_place_of_an_earlier_one(stream: Stream) -> None:
    later = Stream()
    logbook.configure("ERROR", "json", later)

    log.warning("not shown")
    log.error("shown once")

    assert stream.getvalue() == ""
    assert later.entry["event"] == "shown once"


def test_each_line_tells_its_build_and_phase_while_a_build_is_driven(stream: Stream) -> None:
    log.info("before")
    with logbook.bind(build="b1"):
        log.info("phase not known")
        with logbook.bind(phase="test"):
            log.info("phase known")
        log.info("phase not known again")
        with logbook.bind(build="b2", phase="build"):
            log.info("another")
    log.info("after")

    shown = [(entry.get("build", "-"), entry.get("phase", "-")) for entry in stream.entries]
    assert shown == [
        ("-", "-"),
        ("b1", None),
        ("b1", "test"),
        ("b1", None),
        ("b2", "build"),
        ("-", "-"),
    ]


def test_an_exception_does_not_leave_its_build_behind(stream: Stream) -> None:
    with pytest.raises(ValueError, match="forged"), logbook.bind(build="b1", phase="test"):
        fail()
    log.info("after")

    assert "build" not in stream.entry
    assert "phase" not in stream.entry


def test_threads_do_not_see_each_others_builds(stream: Stream) -> None:
    workers, rounds = 8, 50
    together = threading.Barrier(workers)

    def drive(name: str) -> None:
        together.wait(10)
        for number in range(rounds):
            with logbook.bind(build=name):
                log.info("%s", name)
                with logbook.bind(phase=f"{name}-{number}"):
                    log.info("%s", name)
            log.info("none")

    with logbook.bind(build="main"):
        threads = [
            threading.Thread(target=drive, args=(f"b{number}",)) for number in range(workers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    entries = stream.entries
    assert len(entries) == workers * rounds * 3
    for entry in entries:
        assert entry.get("build", "none") == entry["event"]
        assert (entry.get("phase") or entry["event"]).startswith(entry["event"])


def test_an_exception_is_text_in_one_field(stream: Stream) -> None:
    try:
        fail()
    except ValueError:
        log.exception("step failed")

    entry = stream.entry
    assert entry["event"] == "step failed"
    assert entry["level"] == "error"
    assert entry["exception"].startswith("Traceback (most recent call last):\n")
    assert entry["exception"].endswith("forged: line")
    assert "exc_info" not in entry


def test_a_stack_that_was_asked_for_is_the_callers(stream: Stream) -> None:
    log.warning("here", stack_info=True)

    assert "test_logbook.py" in stream.entry["stack"].splitlines()[-2]


@pytest.mark.parametrize(
    "message",
    [
        'x\n{"timestamp":"2026-01-01T00:00:00.000Z","level":"info","event":"forged"}',
        "x\r\nforged",
        "\x1b[2J\x1b[31mred\x07\x00\x7f\x9b31m",
        "Zürich 東京 😀 \u2028\u2029\u202e\ud800",
    ],
)
def test_a_message_stays_within_its_line_and_can_be_read_back(stream: Stream, message: str) -> None:
    log.info("%s", message)

    assert stream.entry["event"] == message
    line = stream.lines[0]
    assert line.isascii()
    assert line.isprintable()


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda: log.info("%s", b"\xff\n"), r"b'\xff\n'"),
        (lambda: log.info(b"raw"), "b'raw'"),
        (lambda: log.info({"a": 1}), "{'a': 1}"),
        (
            lambda: log.info("%d of %d", 1),
            "'%d of %d' with arguments that do not fit it: TypeError",
        ),
    ],
)
def test_what_is_no_text_is_shown_and_never_lost(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    write: Callable[[], None],
    expected: str,
) -> None:
    # Without the handlers of pytest, which end a test on a message that they cannot show.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging.getLogger(), "level", logging.INFO)
    stream = Stream()
    logbook.configure("info", "json", stream)

    write()

    assert stream.entry["event"] == expected
    assert capsys.readouterr().err == ""


def test_text_has_a_readable_line_for_each_message(text: Stream) -> None:
    log.info("before")
    with logbook.bind(build="b1"):
        log.warning("phase not known")
        with logbook.bind(phase="test"):
            log.error("phase known in Zürich")

    assert [line.partition(" ")[2] for line in text.lines] == [
        "info     server.steps: before",
        "warning  server.steps: phase not known build=b1",
        "error    server.steps: phase known in Zürich build=b1 phase=test",
    ]


def test_text_shows_what_would_end_a_line_or_move_the_cursor(text: Stream) -> None:
    with logbook.bind(build="b\n1"):
        log.info("a\nb\r\x1b[31m\u2028\u202e\x9b")

    (line,) = text.lines
    assert line.endswith(r"server.steps: a\nb\r\x1b[31m\u2028\u202e\x9b build=b\n1")


def test_text_indents_an_exception_so_that_none_of_its_lines_passes_for_a_message(
    text: Stream,
) -> None:
    try:
        fail()
    except ValueError:
        log.exception("step failed")

    first, *others = text.lines
    assert first.endswith("server.steps: step failed")
    assert others[0] == "    Traceback (most recent call last):"
    assert others[-1] == "    2026-01-01T00:00:00.000Z info     forged: line"
    assert all(line.startswith("    ") for line in others)


@pytest.mark.parametrize(("terminal", "coloured"), [(True, True), (False, False)])
def test_colours_are_for_terminals_only(restored: None, terminal: bool, coloured: bool) -> None:
    stream = Stream()
    stream.terminal = terminal
    logbook.configure("info", "text", stream)

    log.error("red")

    assert ("\x1b[31m" in stream.getvalue()) == coloured


def test_json_has_no_colours_on_a_terminal(restored: None) -> None:
    stream = Stream()
    stream.terminal = True
    logbook.configure("info", "json", stream)

    log.error("plain")

    assert stream.entry["event"] == "plain"
    assert stream.entry["level"] == "error"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.sampled_from(["json", "text"]))
def test_whatever_is_logged_is_one_line(restored: None, message: str, form: logbook.Form) -> None:
    stream = Stream()
    logbook.configure("info", form, stream)

    with logbook.bind(build=f"b{message}", phase=message):
        log.info("%s", message)

    (line,) = stream.lines
    assert line.isprintable()
    assert line.splitlines() == [line]
    if form == "json":
        entry = stream.entry
        assert (entry["event"], entry["build"], entry["phase"]) == (message, f"b{message}", message)


def test_the_log_goes_to_a_real_stream_of_any_encoding(restored: None) -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii", errors="strict", write_through=True) as stream:
        logbook.configure("info", "json", stream)
        log.info("Zürich \ud800")
        written = raw.getvalue()
        logbook.configure("info", "json", sys.stderr)

    assert json.loads(written)["event"] == "Zürich \ud800"
