"""Every recorded job file: what Nomad 1.10.5 answered is what we answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from generator import jobspec
from generator.errors import GeneratorError
from tests import nulls

CORPUS = Path(__file__).parents[2] / "conformance" / "jobspec"
JOBS = sorted(CORPUS.glob("*.nomad.hcl"))
REFUSED = sorted((CORPUS / "errors").glob("*.nomad.hcl"))
assert JOBS, "no recorded jobs found"
assert REFUSED, "no recorded errors found"

# Jobs that we do not answer as Nomad does, by number, and why.
UNSUPPORTED = {
    "074": "uuidv4, bcrypt: a job made from a pack may not differ from run to run",
}


def _cases(paths: list[Path]) -> list[object]:
    return [
        pytest.param(path, id=path.name.removesuffix(".nomad.hcl"), marks=_marks(path))
        for path in paths
    ]


def _marks(path: Path) -> list[pytest.MarkDecorator]:
    reason = UNSUPPORTED.get(path.name[:3]) if path.parent == CORPUS else None
    return [pytest.mark.xfail(reason=reason, strict=True)] if reason else []


def _parse(path: Path) -> object:
    given = path.with_name(path.name.replace(".nomad.hcl", ".vars.hcl"))
    values = given.read_bytes().decode() if given.exists() else None
    return jobspec.parse(path.read_bytes().decode(), "input.hcl", definitions=values)


@pytest.mark.parametrize("path", _cases(JOBS))
def test_job_equals_what_nomad_answers(path: Path) -> None:
    expected = json.loads(path.with_name(path.name.replace(".nomad.hcl", ".json")).read_bytes())

    job = _parse(path)

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
