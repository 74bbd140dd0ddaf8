"""Compiled templates that another process left on disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import diskcache, template
from generator.template import units

TEXT = """
[[- define "line" ]]<[[ . ]]>[[ end -]]
[[ range $i, $e := .list ]][[ template "line" $e ]][[ $i | printf "%03d" | upper ]]
[[- else ]]none[[ end ]]
[[- $x := index .list 0 ]][[ with (eq $x "a") ]][[ . ]][[ end ]] [[ .missing.field | default 3 ]]
"""
DATA = {"list": ["a", "b"], "missing": {}}


def expand(folder: Path, text: str = TEXT, **functions: Callable[..., object]) -> str:
    cache = diskcache.DiskCache(str(folder), "v1")
    units._units.cache_clear()  # As in a process that has just begun.
    known = {**template.sprig_functions(), **functions}
    templates = template.TemplateSet(known, cache=cache)
    templates.add("t", text)
    return templates.execute("t", DATA)


def test_a_stored_template_gives_the_same_as_when_it_was_compiled(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    first = expand(folder)
    (file,) = folder.iterdir()
    written = file.stat().st_mtime_ns

    assert expand(folder) == first == "<a>000<b>001true 3\n"
    assert file.stat().st_mtime_ns == written


@pytest.mark.parametrize(
    "text",
    ['[[ fail "no" ]]', "[[ .list.x ]]", "\n  [[ index .list 9 ]]", "[[ upper 3 ]]", "[[ f ]]"],
)
def test_a_stored_template_fails_with_the_same_words_and_place(tmp_path: Path, text: str) -> None:
    def f(text: str) -> str:
        return text

    complaints = []
    for _ in range(2):
        with pytest.raises(template.Mistake) as caught:
            expand(tmp_path / "cache", text, f=f)
        complaints.append((str(caught.value), caught.value.go_text))
    assert complaints[0] == complaints[1]


def test_a_stored_template_is_not_used_for_a_function_with_other_parameters(
    tmp_path: Path,
) -> None:
    def one(text: str) -> str:
        return text

    def two(text: str, more: str = "!") -> str:
        return text + more

    def other(number: int) -> str:
        return str(number)

    folder = tmp_path / "cache"
    assert expand(folder, '[[ f "x" ]]', f=one) == "x"
    assert expand(folder, '[[ f "x" ]]', f=two) == "x!"
    with pytest.raises(template.Mistake, match="expected integer"):
        expand(folder, '[[ f "x" ]]', f=other)


def test_a_stored_template_is_executed_without_jinja(tmp_path: Path) -> None:
    expand(tmp_path / "cache")
    script = f"""
import sys
from generator import diskcache, template
known = dict(template.sprig_functions())
templates = template.TemplateSet(known, cache=diskcache.DiskCache({str(tmp_path / "cache")!r}, "v1"))
templates.add("t", {TEXT!r})
print(templates.execute("t", {DATA!r}), end="")
print(any(name.partition(".")[0] == "jinja2" for name in sys.modules))
"""
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout == "<a>000<b>001true 3\nFalse\n"
