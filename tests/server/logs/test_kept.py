"""What a record has kept of a log goes on where a reader was, as far as anybody can know where that is."""

from __future__ import annotations

import pytest

from server.logs import kept
from server.logs.files import KINDS, START, Position
from server.logs.reading import read_log
from tests.server.logs.tapes import Tape

TEXT = """--- task source ---
fetched
--- task build ---
[earlier lines are cut: 100 bytes]
one
two
three"""
PARTS = kept.read_parts(TEXT)


def after(**read: Position | None) -> kept.Rest:
    return kept.after(PARTS, {"source": None, **read})


def lines(rest: kept.Rest) -> list[str]:
    return [line for _, line in rest.lines]


def test_a_kept_log_is_taken_apart() -> None:
    assert (
        kept.Part("source", ("fetched",), 0),
        kept.Part("build", ("one", "two", "three"), 100),
    ) == PARTS


def test_a_log_of_an_older_version_or_without_its_beginning_is_read_too() -> None:
    old = kept.read_parts("...rest\n--- task build ---\n[earlier lines are cut]\nend")
    assert old == (kept.Part("", ("...rest",), None), kept.Part("build", ("end",), None))
    rest = kept.after(old, {"build": START})
    assert (lines(rest), rest.missing) == (["...rest", "end"], None)


def test_who_has_read_nothing_misses_what_was_cut() -> None:
    rest = kept.after(PARTS, {})
    assert (lines(rest), rest.missing) == (["fetched", "one", "two", "three"], 100)


def test_who_was_before_the_kept_part_misses_what_lies_between() -> None:
    rest = after(build=Position(0, 40))
    assert (lines(rest), rest.missing, rest.repeats) == (["one", "two", "three"], 60, False)


def test_who_was_within_the_kept_part_goes_on_there() -> None:
    rest = after(build=Position(0, 100 + len("one\n")))
    assert (lines(rest), rest.missing, rest.repeats) == (["two", "three"], 0, False)
    assert after(build=Position(0, 100 + len("one\ntwo\nthree\n"))) == kept.Rest()


def test_who_was_at_a_place_that_cannot_be_found_gets_all_and_is_told() -> None:
    for somewhere in (Position(0, 102), kept.SOMEWHERE, Position(3, 7)):
        rest = after(build=somewhere)
        assert lines(rest) == ["one", "two", "three"]
        assert rest.repeats


def test_who_wants_one_task_gets_no_other() -> None:
    assert lines(kept.after(PARTS, {}, "source")) == ["fetched"]


def keep(**streams: bytes) -> str:
    """Return what a record keeps of a task."""
    return read_log(
        Tape({f"test-1.{kind}.0": data for kind, data in streams.items()}), "", ["test-1"], 4096
    )


@pytest.mark.parametrize(
    "line",
    [
        b"row %02d\r\n",  # seven of them have as many bytes as eight have that are shown
        b"\x1b[32mok %03d\x1b[0m\n",
        b"%03d \xff\n",
        b"--- task test-%d ---\n",
        b"[earlier lines are cut: %02d bytes]\n",
    ],
)
def test_nobody_loses_a_line_whose_bytes_were_not_kept(line: bytes) -> None:
    written = [line % number for number in range(40)]
    parts = kept.read_parts(keep(stdout=b"".join(written)))
    (part,) = parts
    assert (part.cut, len(part.lines)) == (0, 40)
    assert kept.after(parts, {}).missing == 0
    for number in range(1, 41):
        read = Position(0, len(b"".join(written[:number])))
        rest = kept.after(parts, {"test-1": read})
        assert (lines(rest), rest.missing, rest.repeats) == (list(part.lines), 0, True)


def test_bytes_are_missed_though_no_line_is_as_it_was_written() -> None:
    written = b"".join(b"row %04d\r\n" % number for number in range(900))
    text = keep(stdout=written)
    (part,) = kept.read_parts(text)
    assert part.cut == len(written) - 10 * len(part.lines) > 0
    # Replicas of an older version find the number, too.
    assert int(text.splitlines()[1].split()[-2]) == part.cut
    rest = kept.after((part,), {"test-1": Position(0, 100)})
    assert (len(lines(rest)), rest.missing, rest.repeats) == (
        len(part.lines),
        part.cut - 100,
        False,
    )


def test_both_streams_can_have_lost_their_beginning() -> None:
    out, err = (b"".join(b"%s %05d\n" % (each, n) for n in range(900)) for each in (b"out", b"err"))
    assert KINDS[0] == "stdout"
    (part,) = parts = kept.read_parts(keep(stdout=b"short\n", stderr=err))
    assert part.lines[:2] == ("short", f"err {900 - len(part.lines) + 1:05}")
    assert part.cut == len(err) - 10 * (len(part.lines) - 1)
    rest = kept.after(parts, {"test-1": Position(0, len(b"short\n"))})
    assert (lines(rest), rest.missing, rest.repeats) == (list(part.lines), None, True)
    (part,) = kept.read_parts(keep(stdout=out, stderr=err))
    assert part.cut == len(out) + len(err) - 10 * len(part.lines)
    assert not any("cut" in line for line in part.lines)


SHORTENED = kept.read_parts("the end of one\n--- task test-3 ---\nthree")
DONE = None


def test_who_has_read_all_is_told_nothing_of_a_shortened_record() -> None:
    assert kept.after(SHORTENED, {"test-1": DONE, "test-2": DONE, "test-3": DONE}) == kept.Rest()
    rest = kept.after(SHORTENED, {"test-1": DONE, "test-2": DONE, "test-3": START})
    assert (lines(rest), rest.missing, rest.repeats) == (["three"], 0, False)


def test_who_has_read_some_tasks_gets_the_rest_of_a_shortened_record_and_is_told() -> None:
    rest = kept.after(SHORTENED, {"test-1": DONE, "test-2": START, "test-3": DONE})
    assert (lines(rest), rest.missing, rest.repeats) == (["the end of one"], None, True)
    rest = kept.after(SHORTENED, {"test-1": START, "test-2": START, "test-3": START})
    assert (lines(rest), rest.missing, rest.repeats) == (["the end of one", "three"], None, False)


def test_a_task_for_which_a_shortened_record_has_no_room_is_missed() -> None:
    read = {"test-1": START, "test-2": START, "test-3": START}
    assert kept.after(SHORTENED, read, "test-2") == kept.Rest(missing=None)
    assert kept.after(SHORTENED, read | {"test-2": DONE}, "test-2") == kept.Rest()
    assert lines(kept.after(SHORTENED, read, "test-3")) == ["three"]
