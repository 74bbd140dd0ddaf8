"""Regular expressions: what Go's regexp answers, as far as it is not shown by HCL's and sprig's functions."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from generator.golang import regexps

PIECES = [
    "a",
    "b",
    ".",
    "*",
    "+?",
    "{2}",
    "(",
    "(?i)",
    "(?P<n>",
    ")",
    "[a-",
    "]",
    "^",
    "$",
    "|",
    r"\d",
    r"\Q",
    r"\E",
]


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("a**", "error parsing regexp: invalid nested repetition operator: `**`"),
        ("(", "error parsing regexp: missing closing ): `(`"),
        ("[z-a]", "error parsing regexp: invalid character class range: `z-a`"),
        ("a\\", "error parsing regexp: trailing backslash at end of expression: ``"),
        ("(?=a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"),
        ("a{1001}", "error parsing regexp: invalid repeat count: `{1001}`"),
    ],
)
def test_what_go_refuses_is_refused_in_its_words(pattern: str, problem: str) -> None:
    with pytest.raises(regexps.PatternError) as caught:
        regexps.compile_pattern(pattern)

    assert str(caught.value) == problem


def test_what_go_has_and_this_has_not_is_told_apart() -> None:
    with pytest.raises(regexps.NotSupportedError, match="Greek"):
        regexps.compile_pattern(r"\p{Greek}")


def test_an_empty_match_does_not_touch_the_match_before() -> None:
    assert regexps.replace_all("b*", "abc", "-") == "-a-c-"


@given(strategies.lists(strategies.sampled_from(PIECES), max_size=8).map("".join))
def test_any_pattern_is_compiled_or_refused(pattern: str) -> None:
    try:
        regexps.compile_pattern(pattern)
    except regexps.PatternError as problem:
        assert str(problem)
