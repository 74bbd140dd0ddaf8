"""Every recorded job file: what Nomad answered is what we answer.

The answers are those of Nomad 1.10.5; those below newer/ of Nomad 2.0.5, of job files that the older
one refuses.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from generator import jobspec
from generator.errors import GeneratorError
from tests import nulls

CORPUS = Path(__file__).parents[2] / "conformance" / "jobspec"
NEWER = sorted((CORPUS / "newer").glob("*.nomad.hcl"))
JOBS = [*sorted(CORPUS.glob("*.nomad.hcl")), *NEWER]
REFUSED = [
    path
    for path in sorted((CORPUS / "errors").glob("*.nomad.hcl"))
    if path.name not in {newer.name for newer in NEWER}
]
assert JOBS, "no recorded jobs found"
assert NEWER, "no jobs recorded from a newer Nomad found"
assert REFUSED, "no recorded errors found"

IMPURE = "074"  # calls uuidv4 and bcrypt, and asks only for the shape of what they give


def _cases(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=path.name.removesuffix(".nomad.hcl")) for path in paths]


def _parse(path: Path, *, allow_impure: bool = False) -> object:
    given = path.with_name(path.name.replace(".nomad.hcl", ".vars.hcl"))
    values = given.read_bytes().decode() if given.exists() else None
    text = path.read_bytes().decode()
    return jobspec.parse(text, "input.hcl", definitions=values, allow_impure=allow_impure)


@pytest.mark.parametrize("path", _cases(JOBS))
def test_job_equals_what_nomad_answers(path: Path) -> None:
    expected = json.loads(path.with_name(path.name.replace(".nomad.hcl", ".json")).read_bytes())

    job = _parse(path, allow_impure=path.name.startswith(IMPURE))

    assert job == nulls.without_nulls(job), "nulls are left"
    assert json.loads(json.dumps(job)) == expected


@pytest.mark.parametrize("path", _cases(REFUSED))
def test_job_that_nomad_refuses_is_refused_at_the_same_line(path: Path) -> None:
    answer = path.with_name(path.name.replace(".nomad.hcl", ".err")).read_text()
    place = re.search(r"input\.hcl:(\d+),", answer)

    with pytest.raises(GeneratorError) as caught:
        _parse(path)

    if place:
        assert caught.value.position is not None
        assert caught.value.position.line == int(place[1])
