"""A search shows lines with what is around them, and says of a wrong expression what is wrong."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import InvalidRequest
from server.logs import searching


def grep(pattern: str, context: int, lines: list[str]) -> list[str]:
    found = searching.Grep(searching.compile_pattern(pattern), context)
    return [shown for line in lines for shown in found.take(line)]


def test_lines_around_a_match_are_shown_once_and_groups_are_parted() -> None:
    lines = ["a", "b", "X1", "c", "X2", "d", "e", "f", "g", "X3"]
    assert grep("X", 1, lines) == ["b", "X1", "c", "X2", "d", "--", "g", "X3"]
    assert grep("X[12]", 0, lines) == ["X1", "X2"]
    assert grep("(?i)x2", 9, lines) == lines


@given(
    st.lists(st.sampled_from(["x", "y", "z", "w"]), max_size=40),
    st.integers(0, 5),
)
def test_what_is_shown_is_what_stands_near_a_match(letters: list[str], context: int) -> None:
    lines = [f"{letter}{number}" for number, letter in enumerate(letters)]
    hits = [number for number, line in enumerate(lines) if line[0] == "x"]
    near = [
        line
        for number, line in enumerate(lines)
        if any(abs(number - hit) <= context for hit in hits)
    ]
    shown = grep("^x", context, lines)
    assert [line for line in shown if line != searching.SEPARATOR] == near
    numbers = [int(line[1:]) for line in near]
    breaks = sum(second != first + 1 for first, second in itertools.pairwise(numbers))
    assert shown.count(searching.SEPARATOR) == (breaks if context else 0)


@pytest.mark.parametrize(
    ("pattern", "cause"),
    [("(", "missing )"), ("a**", "bad repetition"), ("(?=x)", "perl"), ("ü[", "]")],
)
def test_a_wrong_expression_is_refused_by_its_fault(pattern: str, cause: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(cause)):
        searching.compile_pattern(pattern)


def test_an_expression_that_others_never_come_back_from_is_searched_in_one_go() -> None:
    assert grep("(a+)+$", 0, ["a" * 30_000 + "b"]) == []
