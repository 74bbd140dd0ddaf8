"""Durations: what time.ParseDuration makes of a text."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from generator.golang import durations, quoting

SECOND = 1_000_000_000
UNITS = {"h": 3600 * SECOND, "m": 60 * SECOND, "s": SECOND, "ms": 1_000_000, "us": 1_000, "ns": 1}


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("-0", 0),
        ("1h2m3s", 3723 * SECOND),
        ("1.5h", 5400 * SECOND),
        (".5s", SECOND // 2),
        ("1.s", SECOND),
        ("-5s", -5 * SECOND),
        ("+3s", 3 * SECOND),
        ("1µs", 1_000),
        ("1μs", 1_000),
        ("9223372036854775807ns", 2**63 - 1),
        ("-9223372036854775808ns", -(2**63)),
    ],
)
def test_duration_counts_nanoseconds(text: str, nanoseconds: int) -> None:
    assert durations.parse(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", 'time: invalid duration ""'),
        ("-", 'time: invalid duration "-"'),
        (".s", 'time: invalid duration ".s"'),
        ("--1s", 'time: invalid duration "--1s"'),
        ("15", 'time: missing unit in duration "15"'),
        ("10 minutes", 'time: unknown unit " minutes" in duration "10 minutes"'),
        ("µ", r'time: invalid duration "\xc2\xb5"'),
        ("5é", r'time: unknown unit "\xc3\xa9" in duration "5\xc3\xa9"'),
        ("1\ts", r'time: unknown unit "\x09s" in duration "1\x09s"'),
        ("${X}", 'time: invalid duration "${X}"'),
        ("9223372036854775808ns", 'time: invalid duration "9223372036854775808ns"'),
    ],
)
def test_bad_duration_is_refused_in_the_words_of_go(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r"^time: ") as caught:
        durations.parse(text)

    assert str(caught.value) == problem


@given(
    strategies.lists(
        strategies.tuples(strategies.integers(0, 1000), strategies.sampled_from(sorted(UNITS))),
        min_size=1,
        max_size=6,
    )
)
def test_duration_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{amount}{unit}" for amount, unit in parts)

    assert durations.parse(text) == sum(amount * UNITS[unit] for amount, unit in parts)


@given(strategies.text(alphabet="0123456789.-+hmsnuµ ", max_size=12))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        assert isinstance(durations.parse(text), int)
    except ValueError as problem:
        assert quoting.quote_in_time(text) in str(problem)
