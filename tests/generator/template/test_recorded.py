"""Templates made at random, and odd ones made by hand, with what Go gave for them: recorded.json.

Each was executed by text/template of Go 1.26 with nomad-pack's ``toStringList``, its delimiters,
``missingkey=zero``, the data beside the cases and, but for the group of builtins, sprig 3.3.0. An
error is compared with all its words. Left out are addresses of memory (``%p``), dates without a year, which
are not supported here, and calls whose arguments hold two mistakes: Go looks at one argument after
the other, and so reports the other one first.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypedDict

import pytest

from generator import template
from generator.template import packs
from generator.template.spew import functions as spew


class Case(TypedDict, total=False):
    """A template, and its output or its error."""

    template: str
    output: str
    error: str


RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text(encoding="utf-8"))
BUILTINS = {"toStringList": packs.to_string_list}
SPRIG = {**template.sprig_functions(), **BUILTINS}
DATA = copy.deepcopy(RECORDED["data"])
SPEW = {**SPRIG, **spew.make(lambda: DATA)}
FUNCTIONS: Mapping[str, Mapping[str, Callable[..., object]]] = {"builtins": BUILTINS, "spew": SPEW}
CASES = [(group, case) for group, cases in RECORDED["cases"].items() for case in cases]


def test_the_recorded_templates_are_there() -> None:
    assert len(CASES) == 1391


@pytest.mark.parametrize(
    ("group", "case"), CASES, ids=[f"{group}{at}" for at, (group, _) in enumerate(CASES)]
)
def test_a_template_gives_what_go_gave(group: str, case: Case) -> None:
    templates = template.TemplateSet(FUNCTIONS.get(group, SPRIG))
    data = DATA if group == "spew" else copy.deepcopy(RECORDED["data"])
    try:
        templates.add("x", case["template"])
        given: Case = {"output": templates.execute("x", data)}
    except template.Mistake as mistake:
        given = {"error": mistake.go_text}

    assert {**given, "template": case["template"]} == case
