"""A real Nomad reads the recorded job files as we do, and takes the JSON that we write."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from generator import jobspec
from server.lab import ports, process
from tests import nulls

pytestmark = pytest.mark.nomad

CORPUS = Path(__file__).parents[2] / "conformance" / "jobspec"
JOBS = sorted(CORPUS.glob("*.nomad.hcl"))
REFUSED = sorted((CORPUS / "errors").glob("*.nomad.hcl"))
assert JOBS, "no recorded jobs found"
assert REFUSED, "no recorded errors found"

DEADLINE = 60.0


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server without any node: enough to parse and validate jobs."""
    folder: Path = tmp_path_factory.mktemp("nomad")
    taken = {name: ports.free() for name in ("http", "rpc", "serf")}
    configuration = {
        "bind_addr": ports.LOOPBACK,
        "advertise": {name: f"{ports.LOOPBACK}:{port}" for name, port in taken.items()},
        "data_dir": str(folder / "data"),
        "disable_update_check": True,
        "ports": taken,
        "server": {"enabled": True, "bootstrap_expect": 1},
    }
    file = folder / "agent.json"
    file.write_text(json.dumps(configuration))
    address = f"http://{ports.LOOPBACK}:{taken['http']}"
    agent = process.start(
        "nomad",
        ["nomad", "agent", f"-config={file}"],
        folder=folder,
        ready=lambda: _has_leader(address),
        deadline=DEADLINE,
        environment={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
    )
    yield address
    agent.stop()


def test_every_recorded_job_is_read_as_nomad_reads_it_now(address: str) -> None:
    for path in JOBS:
        text, definitions = _read(path)
        answer = _ask(address, text, definitions)

        assert answer.status_code == 200, path.name
        ours = jobspec.parse(text, path.name, definitions=definitions, allow_impure=True)
        assert json.loads(jobspec.encode(ours)) == nulls.without_nulls(answer.json()), path.name


def test_every_recorded_error_is_an_error_of_nomad_now(address: str) -> None:
    for path in REFUSED:
        assert _ask(address, *_read(path)).status_code == 400, path.name


def test_encoded_job_is_one_that_nomad_takes(address: str) -> None:
    text, _ = _read(CORPUS / "042-config-docker-blocks.nomad.hcl")
    job = jobspec.parse(text, "x")
    body = {"Job": json.loads(jobspec.encode(job))}

    answer = requests.put(f"{address}/v1/validate/job", json=body, timeout=DEADLINE)

    assert answer.status_code == 200
    assert not answer.json()["ValidationErrors"]


def _has_leader(address: str) -> bool:
    try:
        return bool(requests.get(f"{address}/v1/status/leader", timeout=DEADLINE).json())
    except (requests.ConnectionError, requests.JSONDecodeError):
        return False


def _read(path: Path) -> tuple[str, str | None]:
    given = path.with_name(path.name.replace(".nomad.hcl", ".vars.hcl"))
    definitions = given.read_bytes().decode() if given.exists() else None
    return path.read_bytes().decode(), definitions


def _ask(address: str, text: str, definitions: str | None) -> requests.Response:
    body = {"JobHCL": text, "Canonicalize": False, "Variables": definitions or ""}
    return requests.post(f"{address}/v1/jobs/parse", json=body, timeout=DEADLINE)
