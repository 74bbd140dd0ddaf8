"""How deep templates may call one another."""

from __future__ import annotations

import sys
import threading

import pytest

from generator import template

COUNT_DOWN = (
    '[[ define "down" ]][[ if gt . 0 ]].[[ template "down" (sub . 1) ]][[ end ]][[ end ]]'
    '[[ template "down" . ]]'
)
ENDLESS = '[[ define "again" ]][[ template "again" . ]][[ end ]][[ template "again" . ]]'


def expand(text: str, dot: object = None) -> str:
    templates = template.TemplateSet(template.sprig_functions())
    templates.add("t", text)
    return templates.execute("t", dot)


def test_templates_may_call_themselves_many_times_over() -> None:
    before = sys.getrecursionlimit()

    assert expand(COUNT_DOWN, 1900) == "." * 1900
    assert sys.getrecursionlimit() == before


def test_a_template_without_end_is_an_error() -> None:
    before = sys.getrecursionlimit()

    with pytest.raises(template.Mistake, match="exceeded maximum template depth"):
        expand(ENDLESS)
    assert sys.getrecursionlimit() == before


def test_several_threads_may_be_deep_at_once() -> None:
    before = sys.getrecursionlimit()
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(expand(COUNT_DOWN, 1500))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == ["." * 1500] * 4
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize(
    "call", ['fromJson (repeat 100000 "[")', 'tpl "[[ template `down` . ]]" 1900']
)
def test_what_is_deep_inside_of_deep_templates_is_an_error_or_right(call: str) -> None:
    text = COUNT_DOWN.replace("[[ end ]][[ end ]]", f"[[ else ]][[ {call} ]][[ end ]][[ end ]]", 1)
    root = template.PackContext("p", "/nowhere", {}, {}, {})
    templates = template.TemplateSet(template.pack_functions(root))
    templates.add("t", text)

    with pytest.raises(template.Mistake, match="nested too deeply"):
        templates.execute("t", 1900)
