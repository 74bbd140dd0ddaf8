"""The last lines of a stream are those that reading all of it would give, and cost what they have."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.logs import reading
from server.logs.files import Position, Stream
from server.logs.lines import LINE_LIMIT, LineReader
from tests.server.logs.tapes import Tape


def wind(*files: bytes) -> Tape:
    """Return a tape with the files of one stream."""
    return Tape({f"t.stdout.{number}": data for number, data in enumerate(files)})


def read_last(tape: Tape, count: int) -> reading.Last:
    sizes = tuple((number, len(data)) for number, data in enumerate(tape.files.values()))
    return reading.read_last(tape, "allocation", Stream("t", "stdout", sizes), count)


@given(
    files=st.lists(
        st.lists(st.sampled_from([b"ab\n", b"\n", "ü".encode(), b"x" * 20_000])).map(b"".join),
        max_size=3,
    ),
    count=st.integers(1, 9),
)
def test_the_last_lines_are_those_that_reading_all_would_give(
    files: list[bytes], count: int
) -> None:
    tape = wind(*files)
    reader = LineReader()
    whole = [
        line for n, data in enumerate(files) if data for line in reader.feed(Position(n), data)
    ]
    end = whole[-1].end if whole else Position()
    rest = reader.take_rest()
    whole += [] if rest is None else [rest]
    last = read_last(tape, count)
    assert last.lines == tuple(whole[-count:])
    assert (last.total, last.end) == (len(whole), end)


def test_lines_that_are_only_counted_cost_no_memory() -> None:
    tape = wind(b"x\n" * (500 * 1024))
    tracemalloc.start()
    try:
        last = read_last(tape, 200)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert ([line.text for line in last.lines], last.total) == (["x"] * 200, 500 * 1024)
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize("length", [10, 900, 9000, LINE_LIMIT - 1])
def test_of_a_long_log_the_wanted_lines_are_found_however_long_they_are(length: int) -> None:
    tape = wind(b"short\n" * 300_000 + (b"y" * length + b"\n") * 20)
    for count in (1, 4, 20):
        last = read_last(tape, count)
        assert [len(line.text) for line in last.lines] == [length] * count
        assert last.total is None
    assert read_last(wind(b"x" * 50 + b"\n" * 3_000_000), 1).total is None


def test_of_a_long_log_no_more_is_read_than_its_end() -> None:
    tape = wind(b"short\n" * 3_000_000)
    assert len(read_last(tape, 200).lines) == 200
    assert tape.bytes_read < 256 * 1024
    tape = wind(b"no line end" * 1_000_000)
    assert len(read_last(tape, 200).lines) > 1
    assert tape.bytes_read < 3 * 1024 * 1024
