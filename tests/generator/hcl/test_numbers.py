"""Numbers of 512 bits on Python's ints and floats."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.hcl import numbers

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=9).map(lambda d: f"{d:f}")


def test_decimals_that_a_float_has_not_add_up() -> None:
    tenth, seven_tenths = numbers.parse("0.1"), numbers.parse("0.7")
    assert tenth is not None
    assert seven_tenths is not None

    assert numbers.render(numbers.add(tenth, seven_tenths)) == "0.8"


def test_integral_result_is_an_int() -> None:
    half = numbers.parse("0.5")
    assert half is not None

    assert type(numbers.add(half, half)) is int


@pytest.mark.parametrize(
    "text", ["", ".", "e1", "1e", "0x10", "1_0", " 1", "1 ", "nan", "1e99999999"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert numbers.parse(text) is None


@given(DECIMALS)
@settings(max_examples=100, deadline=None)
def test_decimal_text_is_rendered_as_it_was_read(text: str) -> None:
    number = numbers.parse(text)

    assert number is not None
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    shortest = (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")
    assert numbers.render(number) == (sign + shortest if shortest != "0" else "0")


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
@settings(max_examples=100, deadline=None)
def test_float_is_the_nearest_of_its_own_text(value: float) -> None:
    if 0 < abs(value) < 1e-300:
        return
    number = numbers.parse(repr(value))

    assert number is not None
    assert float(number) == value


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30).filter(bool))
@settings(max_examples=100, deadline=None)
def test_division_and_remainder_belong_together(left: int, right: int) -> None:
    rest = numbers.modulo(left, right)
    whole = numbers.truncate(numbers.divide(left, right))

    assert whole * right + rest == left
    assert rest == 0 or (rest < 0) == (left < 0)


def test_a_zero_with_a_minus_is_zero_but_is_written_with_it() -> None:
    zero = numbers.negate(0)

    assert zero == 0
    assert numbers.render(zero) == numbers.render(numbers.multiply(0, -1)) == "-0"
    assert (
        numbers.render(numbers.subtract(zero, 0)) == numbers.render(numbers.add(zero, zero)) == "-0"
    )
    assert numbers.render(numbers.negate(zero)) == numbers.render(numbers.add(zero, 0)) == "0"
    assert numbers.render(numbers.divide(0, -5)) == "-0"
