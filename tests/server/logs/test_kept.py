"""What a record has kept of a log goes on where a reader was, as far as anybody can know where that is."""

from __future__ import annotations

from server.logs import kept
from server.logs.files import START, Position

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
