from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator import diskcache, patterns


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


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[diskcache.DiskCache]:
    yield diskcache.DiskCache(str(tmp_path / "cache"), "test")
    patterns.keep(None)


TEXTS = ("A=1 b=22", "caf\u00e9=3", "a\nb=4", "none", "", "x" * 300 + "=5")
EXPRESSIONS = (
    r"(?P<name>[a-z\u00e9]+)=(?P<value>\d+)|(none)",
    r"(?is)(a.?b)?(?P<last>[^\W\d])(?=\W|\Z)",
    r"([$%])\1|^(?:x{2,}|\w+?)+=",
)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_kept_on_disk_matches_as_what_is_compiled_now(
    expression: str, cache: diskcache.DiskCache
) -> None:
    compiled = re.compile(expression)
    for _ in ("compiled now", "read from disk"):
        patterns.keep(cache)
        pattern = patterns.later(expression)
        for text in TEXTS:
            found = [
                (each.span(), each.groups(), each.lastgroup) for each in pattern.finditer(text)
            ]
            expected = [
                (each.span(), each.groups(), each.lastgroup) for each in compiled.finditer(text)
            ]
            assert found == expected
        assert (pattern.groups, dict(pattern.groupindex)) == (
            compiled.groups,
            dict(compiled.groupindex),
        )
        assert (pattern.pattern, pattern.flags) == (compiled.pattern, compiled.flags)
    assert expression in (cache.read("patterns") or {})


def test_bytes_and_text_of_the_same_letters_are_kept_apart(cache: diskcache.DiskCache) -> None:
    patterns.keep(cache)
    assert patterns.later(r"\w").findall("a\u00e9") == ["a", "\u00e9"]
    assert patterns.later(rb"\w").findall("a\u00e9".encode()) == [b"a"]


@pytest.mark.parametrize("kept", [{}, {r"\w": (0, [99_999], 0, {}, ())}, {r"\w": ()}])
def test_where_python_takes_nothing_that_is_kept_it_compiles(
    kept: dict[str, object], cache: diskcache.DiskCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compile_otherwise(_text: str) -> None:
        raise AttributeError

    monkeypatch.setattr(patterns, "_compile", compile_otherwise)
    cache.write("patterns", kept)
    patterns.keep(cache)

    assert patterns.later(r"\w").findall("a\u00e9 b") == ["a", "\u00e9", "b"]
