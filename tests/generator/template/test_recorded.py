"""Templates made at random, with what Go gave for them, in recorded.json.

Each was executed by text/template of Go 1.26 with the functions of sprig 3.3.0, nomad-pack's
``toStringList``, its delimiters, ``missingkey=zero`` and the data beside the cases. An error is
compared with all its words. Left out are addresses of memory (``%p``), dates without a year, which
are not supported here, and calls whose arguments hold two mistakes: Go looks at one argument after
the other, and so reports the other one first.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TypedDict

import pytest

from generator import template
from generator.template import context


class Case(TypedDict, total=False):
    """A template, and its output or its error."""

    template: str
    output: str
    error: str


RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text(encoding="utf-8"))
FUNCTIONS = {**template.sprig_functions(), "toStringList": context.to_string_list}
CASES = [(group, case) for group, cases in RECORDED["cases"].items() for case in cases]


def test_the_recorded_templates_are_there() -> None:
    assert len(CASES) == 710


@pytest.mark.parametrize(
    "case", [case for _, case in CASES], ids=[f"{group}{at}" for at, (group, _) in enumerate(CASES)]
)
def test_a_template_gives_what_go_gave(case: Case) -> None:
    templates = template.TemplateSet(FUNCTIONS)
    try:
        templates.add("x", case["template"])
        given: Case = {"output": templates.execute("x", copy.deepcopy(RECORDED["data"]))}
    except template.Mistake as mistake:
        given = {"error": mistake.go_text}

    assert {**given, "template": case["template"]} == case
