"""Durations as Go reads and writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.embedded import durations


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("0s", 0),
        ("5s", 5_000_000_000),
        ("1m30s", 90_000_000_000),
        ("1h0m0.5s", 3_600_500_000_000),
        ("1.5ms", 1_500_000),
        ("10us", 10_000),
        ("-3s", -3_000_000_000),
    ],
)
def test_durations_are_read(text: str, nanoseconds: int) -> None:
    assert durations.parse_go(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "5", "s", "5x", "1m30", "5 s"])
def test_what_is_no_duration_is_refused_in_gos_words(text: str) -> None:
    with pytest.raises(ValueError, match="time: invalid duration"):
        durations.parse_go(text)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (5_000_000_000, "5s"),
        (90_000_000_000, "1m30s"),
        (3_600_000_000_000, "1h0m0s"),
        (1_500_000_000, "1.5s"),
        (1_500_000, "1.5ms"),
        (1_500, "1.5µs"),
        (15, "15ns"),
        (-2_000_000_000, "-2s"),
    ],
)
def test_durations_are_written(nanoseconds: int, text: str) -> None:
    assert durations.format_go(nanoseconds) == text


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_what_is_written_is_read_back(nanoseconds: int) -> None:
    # Beyond 2^53 the fraction of a second is not exact in a float.
    assert abs(durations.parse_go(durations.format_go(nanoseconds)) - nanoseconds) <= 1
