"""A real Nomad reads the recorded job files as we do, and takes the JSON that we write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from generator import jobspec
from tests import nulls
from tests.generator.jobspec.conftest import DEADLINE, Ask

pytestmark = pytest.mark.nomad

CORPUS = Path(__file__).parents[2] / "conformance" / "jobspec"
JOBS = sorted(CORPUS.glob("*.nomad.hcl"))
REFUSED = sorted((CORPUS / "errors").glob("*.nomad.hcl"))
assert JOBS, "no recorded jobs found"
assert REFUSED, "no recorded errors found"


def test_every_recorded_job_is_read_as_nomad_reads_it_now(ask: Ask) -> None:
    for path in JOBS:
        text, definitions = _read(path)
        answer = ask(text, definitions)

        assert answer.status_code == 200, path.name
        ours = jobspec.parse(text, path.name, definitions=definitions, allow_impure=True)
        assert json.loads(jobspec.encode(ours)) == nulls.without_nulls(answer.json()), path.name


def test_every_recorded_error_is_an_error_of_nomad_now(ask: Ask) -> None:
    for path in REFUSED:
        assert ask(*_read(path)).status_code == 400, path.name


def test_encoded_job_is_one_that_nomad_takes(address: str) -> None:
    text, _ = _read(CORPUS / "042-config-docker-blocks.nomad.hcl")
    job = jobspec.parse(text, "x")
    body = {"Job": json.loads(jobspec.encode(job))}

    answer = requests.put(f"{address}/v1/validate/job", json=body, timeout=DEADLINE)

    assert answer.status_code == 200
    assert not answer.json()["ValidationErrors"]


def _read(path: Path) -> tuple[str, str | None]:
    given = path.with_name(path.name.replace(".nomad.hcl", ".vars.hcl"))
    definitions = given.read_bytes().decode() if given.exists() else None
    return path.read_bytes().decode(), definitions
