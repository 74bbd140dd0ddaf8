from __future__ import annotations

import re

import pytest

from generator import patterns


def test_a_pattern_does_what_the_compiled_one_does() -> None:
    pattern = patterns.later(r"(?P<name>[a-z]+)=(\d+)", re.IGNORECASE)
    compiled = re.compile(r"(?P<name>[a-z]+)=(\d+)", re.IGNORECASE)
    for text in ("A=1 b=22", "none", ""):
        assert pattern.findall(text) == compiled.findall(text)
        assert pattern.sub(r"\2", text) == compiled.sub(r"\2", text)
        assert bool(pattern.fullmatch(text)) == bool(compiled.fullmatch(text))
    assert (pattern.pattern, pattern.flags) == (compiled.pattern, compiled.flags)
    assert patterns.later(rb"\d").split(b"a1b") == [b"a", b"b"]


def test_a_wrong_pattern_is_an_error_only_when_it_is_used() -> None:
    pattern = patterns.later("(")
    with pytest.raises(re.error):
        pattern.match("x")
