from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from server import attributes
from server.attributes import Attribute


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("11441", Fraction(11441), ""),
        ("11441 MiB", Fraction(11441), "MiB"),
        ("20GiB", Fraction(20), "GiB"),
        ("1.5 GB/s", Fraction(3, 2), "GB/s"),
        ("-3", Fraction(-3), ""),
        (".5", Fraction(1, 2), ""),
        ("1e3 W", Fraction(1000), "W"),
        ("true", True, ""),
        ("F", False, ""),
        ("Tesla T4", "Tesla T4", ""),
        ("GiB", "GiB", ""),
        ("", "", ""),
        ("8.0.1", "8.0.1", ""),
        ("1" * 1000, "1" * 1000, ""),
        ("1e999999999", "1e999999999", ""),
    ],
)
def test_a_value_is_read_as_nomad_reads_it(text: str, value: object, unit: str) -> None:
    read = attributes.parse(text)
    assert (read.value, type(read.value), read.unit) == (value, type(value), unit)


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ({"Int": 11441, "Unit": "MiB"}, Attribute(Fraction(11441), "MiB")),
        ({"Int": 0, "Float": None, "String": None, "Bool": None}, Attribute(Fraction(0))),
        ({"Float": 0.1, "Unit": "W"}, Attribute(Fraction(1, 10), "W")),
        ({"String": "Turing"}, Attribute("Turing")),
        ({"Bool": False}, Attribute(False)),
    ],
)
def test_an_attribute_is_read_from_the_field_that_is_set(
    data: dict[str, Any], read: Attribute
) -> None:
    assert attributes.read(data) == read


@pytest.mark.parametrize(
    ("have", "operator", "wanted", "fits"),
    [
        ("11441 MiB", ">=", "10 GiB", True),
        ("11441 MiB", ">=", "12 GiB", False),
        ("11441 MiB", ">=", "12 GB", False),
        ("12 GB", ">=", "11441 MiB", True),
        ("1024 MiB", "=", "1 GiB", True),
        ("1024 MiB", "==", "1GiB", True),
        ("1024 MiB", "<=", "1 GiB", True),
        ("1024 MiB", "<", "1 GiB", False),
        ("1500 MHz", ">", "1 GHz", True),
        ("70 W", ">", "7000 mW", True),
        ("16 GB/s", "=", "16000 MB/s", True),
        # Where only one has a unit, or another kind of unit, Nomad compares nothing.
        ("11441 MiB", ">=", "1", False),
        ("11441 MiB", "!=", "1", False),
        ("70 W", ">", "1 MHz", False),
        ("7.5", ">=", "7", True),
        ("7", "is", "7.0", True),
        ("Turing", "=", "Turing", True),
        ("Turing", "not", "Ampere", True),
        ("b", ">", "a", True),
        ("true", "=", "T", True),
        ("true", "!=", "false", True),
        ("true", "=", "1", False),
        ("x", ">", "1", False),
        (None, "=", "1", False),
        (None, "!=", "1", True),
        ("8.0.1", "version", ">= 8", None),
        ("Tesla T4", "regexp", "T[0-9]", None),
    ],
)
def test_a_constraint_is_judged_as_nomad_judges_it(
    have: str | None, operator: str, wanted: str, fits: bool | None
) -> None:
    attribute = None if have is None else attributes.parse(have)
    assert attributes.fits(attribute, operator, attributes.parse(wanted)) is fits


@pytest.mark.parametrize("text", ["20 GiB", "7.5", "true", "Tesla T4"])
def test_an_attribute_is_shown_as_it_is_written(text: str) -> None:
    assert str(attributes.parse(text)) == text
