"""Job files made up at random, read by a real Nomad and by us on the spot.

Always the same ones, unless more are asked for:
``JOBS=2000 pytest tests/generator/jobspec/test_against_nomad.py``. What such a run then finds are
differences that are known: infinity, which is refused here; the types of nulls that are passed to
functions; and the last digit of powers that are no whole numbers.
"""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from generator import jobspec
from generator.errors import GeneratorError
from tests import nulls
from tests.generator import made_up_jobs
from tests.generator.jobspec.conftest import Ask

JOBS = int(os.environ.get("JOBS", "0"))
FEW = 40

pytestmark = pytest.mark.nomad

KINDS = {
    "hcl": made_up_jobs.jobs(),
    "json": made_up_jobs.json_jobs(),
    "expression": made_up_jobs.jobs_of_one_expression(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_made_up_job_is_taken_or_refused_as_nomad_does(kind: str, ask: Ask) -> None:
    compare_many(KINDS[kind], ask)


def compare_many(strategy: SearchStrategy[str], ask: Ask) -> None:
    """Compare what both make of a number of job files; the fixtures outlive all of them."""

    @settings(
        max_examples=JOBS or FEW,
        derandomize=not JOBS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(strategy)
    def compare(text: str) -> None:
        assert ours(text) == theirs(text, ask), text

    compare()


def ours(text: str) -> object:
    """The job that we read, None if we refuse it."""
    try:
        return json.loads(jobspec.encode(jobspec.parse(text, "input.hcl")))
    except GeneratorError:
        return None


def theirs(text: str, ask: Ask) -> object:
    """The job that Nomad reads, None if it refuses it, or answers with what is no JSON."""
    answer = ask(text)
    if answer.status_code == 400:
        return None
    assert answer.status_code == 200, answer.text
    try:
        return nulls.without_nulls(answer.json())
    except ValueError:  # infinity: we refuse it
        return None
