"""Jobs that Nomad refuses are found, at the place of the mistake; those without it are not."""

from __future__ import annotations

import re

import pytest

from generator.checking import job
from generator.checking.findings import Finding
from generator.checking.job import rules
from tests.generator.checking.job import mistakes
from tests.generator.checking.job.agents import Agent
from tests.generator.checking.job.mistakes import Mistake

CASES = [pytest.param(case, id=case.name) for case in mistakes.REFUSALS]


def refused(text: str) -> list[Finding]:
    return [found for found in job.check(text, "a.hcl") if found.rule in rules.REFUSALS]


@pytest.mark.parametrize("case", CASES)
def test_the_mistake_is_found_at_its_place(case: Mistake) -> None:
    found = refused(case.bad)

    # Whatever is wrong with a secret: this version of Nomad does not know secrets at all.
    assert {each.rule for each in found} - {rules.NEWER.name} == {case.rule} - {rules.NEWER.name}
    assert case.place in {str(each.position) for each in found}, found


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_found_without_the_mistake(case: Mistake) -> None:
    assert refused(case.good) == []


def test_each_rule_of_refusals_has_a_case() -> None:
    assert {case.rule for case in mistakes.REFUSALS} == rules.REFUSALS


@pytest.mark.nomad
@pytest.mark.parametrize("case", CASES)
def test_nomad_refuses_the_mistake_for_the_same_reason(case: Mistake, agent: Agent) -> None:
    assert re.search(case.says, agent.refusal(case.bad))


@pytest.mark.nomad
@pytest.mark.parametrize("case", CASES)
def test_nomad_takes_the_job_without_the_mistake(case: Mistake, agent: Agent) -> None:
    assert agent.refusal(case.good) == ""
