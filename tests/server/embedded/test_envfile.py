"""The environment in the text of a template, as go-envparse reads it; tests/contract asks a real Nomad."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.embedded import envfile, gojson

texts = st.text(st.characters(exclude_categories=["Cs"]))


# From go-envparse's own tests (envparse_test.go, v0.1.0), and its documentation.
@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=value", "value"),
        ("KEY = This is ok! # comment", "This is ok!"),
        ("KEY= Also ok.    # comment", "Also ok."),
        ("export KEY=bar", "bar"),
        ("KEY=", ""),
        ("KEY=  # comment", ""),
        ("KEY='single # \\n \"'", 'single # \\n "'),
        ('KEY="double \\n \\" \\u2022 # "', 'double \n " \u2022 # '),
        ('KEY="\\ud83d\\ude42"', "🙂"),
        ("KEY=a'b c'\"d\\te\" f", "ab cd\te f"),
        ("KEY=€ é", "€ é"),
    ],
)
def test_a_value_is_read(line: str, value: str) -> None:
    assert envfile.parse(f"\n# comment\n  {line}\nOTHER=1") == {"KEY": value, "OTHER": "1"}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("KEY", "missing ="),
        ("=x", "empty key"),
        ("A-B=x", "key characters must be"),
        ("1A=x", "key characters must be"),
        ('KEY="x', 'unmatched "'),
        ("KEY='x", "unmatched '"),
        ('KEY="x\\', "incomplete escape sequence"),
        ('KEY="\\x"', "invalid escape sequence"),
        ('KEY="\\u12"', "incomplete hex sequence"),
        ('KEY="\\ud83d"', "incomplete Unicode surrogate pair"),
        ("KEY=\x01", "0x01 is an invalid value character"),
    ],
)
def test_a_line_that_defines_nothing_is_named(line: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^error on line 2: {problem}"):
        envfile.parse(f"OTHER=1\n{line}")


def test_a_line_that_is_too_long_is_refused() -> None:
    longest = "KEY=" + "x" * (64 * 1024 - 5)
    assert len(envfile.parse(longest)["KEY"]) == 64 * 1024 - 5
    with pytest.raises(ValueError, match="token too long"):
        envfile.parse(f"{longest}x")


@given(st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True), texts))
def test_any_text_that_is_written_as_json_is_read_again(values: dict[str, str]) -> None:
    lines = "".join(f"{name}={gojson.dump(value)}\n" for name, value in values.items())
    assert envfile.parse(lines) == values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (3, "3"),
        ("<a>&\u2028\u2029é\n\x01\b", '"\\u003ca\\u003e\\u0026\\u2028\\u2029é\\n\\u0001\\b"'),
        ("\udcff", '"\ufffd"'),
        ({"b": [1, "x"], "a": {}}, '{"a":{},"b":[1,"x"]}'),
    ],
)
def test_json_is_written_as_go_writes_it(value: object, text: str) -> None:
    assert gojson.dump(value) == text
