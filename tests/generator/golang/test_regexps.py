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


@pytest.mark.parametrize("pattern", [r"\C", "(?P<é>a)", "(?P<n>a)(?P<n>b)", "\udcff"])
def test_what_only_its_engine_takes_is_refused_as_go_does(pattern: str) -> None:
    with pytest.raises(regexps.PatternError, match="error parsing regexp: "):
        regexps.compile_pattern(pattern)


def test_what_go_has_room_for_and_this_has_not_is_told_apart() -> None:
    with pytest.raises(regexps.NotSupportedError, match="too large"):
        regexps.compile_pattern(r"(\pL{30}){30}")


@pytest.mark.parametrize(
    ("pattern", "text", "template", "replaced"),
    [
        (r"\p{Greek}+", "abΩδ", "[$0]", "ab[Ωδ]"),
        (r"(?U)a+", "aa", "x", "xx"),
        (r"(?P<first>\pL)(?P<rest>\pL*)", "éa 1", "${rest}$first", "aé 1"),
        (r"a$", "a\n", "x", "a\n"),
        (r"\B", "éa", "-", "-éa"),
        (r"(a|ab)(c|bcd)(d*)", "abcd", "$1,$2,$3", "a,bcd,"),
        (r"(?i)K", "\N{KELVIN SIGN}", "x", "x"),
        (r"a.c", "a\udcffc", "<$0>", "<a\udcffc>"),
        (r"a", "a", "$2${99999999999999999999}$name", ""),
    ],
)
def test_replacements_are_those_of_go(
    pattern: str, text: str, template: str, replaced: str
) -> None:
    assert regexps.replace_all(pattern, text, template) == replaced


def test_a_pattern_takes_time_in_proportion_to_the_text() -> None:
    assert regexps.compile_pattern("^(a+)+$").search("a" * 100_000 + "!") is None


def test_an_empty_match_does_not_touch_the_match_before() -> None:
    assert regexps.replace_all("b*", "abc", "-") == "-a-c-"


@given(strategies.lists(strategies.sampled_from(PIECES), max_size=8).map("".join))
def test_any_pattern_is_compiled_or_refused(pattern: str) -> None:
    try:
        regexps.compile_pattern(pattern)
    except regexps.PatternError as problem:
        assert str(problem)
