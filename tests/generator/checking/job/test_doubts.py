"""What Nomad takes, but weakens isolation, floats, or does not do what it seems to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.checking import job
from generator.checking.job import rules
from tests.generator.checking.job import mistakes
from tests.generator.checking.job.agents import Agent
from tests.generator.checking.job.mistakes import Mistake

CASES = [pytest.param(case, id=case.name) for case in mistakes.DOUBTS]
WARNED = [pytest.param(case, id=case.name) for case in mistakes.DOUBTS if case.says]


@pytest.mark.parametrize("case", CASES)
def test_the_doubt_is_found_at_its_place(case: Mistake) -> None:
    found = job.check(case.bad, "a.hcl")

    assert [(each.rule, str(each.position)) for each in found] == [(case.rule, case.place)]


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_found_without_it(case: Mistake) -> None:
    assert job.check(case.good, "a.hcl") == []


def test_each_rule_has_a_case() -> None:
    cases = (*mistakes.REFUSALS, *mistakes.DOUBTS)
    assert {case.rule for case in cases} == {rule.name for rule in rules.RULES}


@given(st.text(st.characters(codec="utf-8", exclude_characters='"\\\n\r'), max_size=20))
@settings(deadline=None)
def test_any_image_can_be_looked_at(image: str) -> None:
    task = f'task "t" {{\ndriver = "docker"\nconfig {{\nimage = "{image}"\n}}\n}}'
    text = mistakes.in_job("group", task)
    for found in job.check(text, "a.hcl"):
        assert found.rule in ("floating-tag", "job-syntax", "driver-config")


@pytest.mark.nomad
@pytest.mark.parametrize("case", WARNED)
def test_nomad_warns_where_it_is_said_to(case: Mistake, agent: Agent) -> None:
    assert re.search(case.says, agent.warnings(case.bad))


@pytest.mark.nomad
@pytest.mark.parametrize("case", CASES)
def test_nomad_takes_what_is_only_doubted(case: Mistake, agent: Agent) -> None:
    assert agent.refusal(case.bad) == ""
    assert agent.refusal(case.good) == ""
    if not case.says:
        assert agent.warnings(case.bad) == ""
