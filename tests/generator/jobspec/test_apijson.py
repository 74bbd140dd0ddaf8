"""Jobs in the JSON of Nomad's API: read as ``nomad job run -json`` reads them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from generator import jobspec
from generator.errors import GeneratorError
from tests import nulls

CORPUS = Path(__file__).parents[2] / "conformance" / "jobspec"
RECORDED = sorted(CORPUS.glob("*.json")) + sorted((CORPUS / "newer").glob("*.json"))
assert RECORDED, "no recorded jobs found"

TAKEN = [
    "{}",
    '{"Job": null, "ID": "q"}',
    '{"Job": {"ID": "p"}, "ID": "q"}',
    '{"ID": "a", "ID": "b"}',
    '{"id": "a", "TASKGROUPS": [{"nAmE": "x", "tasks": [{"KillTimeout": 5}]}]}',
    '{"ID": "a", "Datacenters": ["a", null]}',
    '{"ID": "a", "Meta": {"a": null}, "Meta": {"b": "1"}}',
    '{"ID": "a", "Periodic": {"SpecType": "cron", "Enabled": true}}',
    '{"ID": "a", "Constraints": [{"ltarget": null}, {"regexp": "x", "Operand": "y"}]}',
    '{"ID": "a", "TaskGroups": [{"Tasks": [{"Affinities": [{"Weight": -128}, {}]}]}]}',
    '{"ID": "a", "TaskGroups": [{"Name": "", "Volumes": {"v": null, "w": {}}}]}',
    '{"ID": "a", "TaskGroups": [{"Networks": [{"DynamicPorts": [{}], "ReservedPorts": null}]}]}',
    '{"ID": "a", "TaskGroups": [{"Tasks": [{"Config": {"a": [null, 1.5, {"b": null}, 1.0]}}]}]}',
    '{"ID": "a", "TaskGroups": [{"Tasks": [{"ScalingPolicies": [{}], "Identity": {}}]}]}',
    '{"ID": "a", "TaskGroups": [{"Services": [{"Checks": [{"Header": {"a": ["b"]}}]}]}]}',
    '{"ID": "a", "TaskGroups": [{"Vault": {"Role": "x"}}], "Vault": {}, "Tasks": [{}]}',
    '{"ID": "a", "VersionTag": {"Name": "x"}, "Version": 5, "SubmitTime": -5, "Payload": "aGk="}',
    '{"ID": "a", "Multiregion": {"Regions": [{}], "Strategy": {}}}',
]
REFUSED = [
    "[]",
    "5",
    '{"Job": []}',
    '{"ID": 5}',
    '{"ID": "a", "Priority": 5.0}',
    '{"ID": "a", "Priority": 1e2}',
    '{"ID": "a", "Priority": 99999999999999999999}',
    '{"ID": "a", "Datacenters": "a"}',
    '{"ID": "a", "Datacenters": [5]}',
    '{"ID": "a", "AllAtOnce": "true"}',
    '{"ID": "a", "Update": []}',
    '{"ID": "a", "Meta": {"a": 5}}',
    '{"ID": "a", "CreateIndex": -1}',
    '{"ID": "a", "TaskGroups": {}}',
    '{"ID": "a", "TaskGroups": [5]}',
    '{"ID": "a", "TaskGroups": [{"Update": {"Stagger": "5s"}}]}',
    '{"ID": "a", "TaskGroups": [{"Tasks": [{"Affinities": [{"Weight": 300}]}]}]}',
    '{"ID": "a", "TaskGroups": [{"Tasks": [{"Config": {"a": 1e999}}]}]}',
]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_job_that_nomad_gave_is_read_as_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    job = jobspec.parse_api_job(text, path.name)

    assert json.loads(jobspec.encode(job)) == json.loads(text, parse_int=_as_float64)


def _as_float64(digits: str) -> float:
    """A number of a driver's config, which Go reads as float64."""
    exact = int(digits)
    return exact if abs(exact) < 2**53 else float(exact)


@pytest.mark.parametrize("text", REFUSED)
def test_value_of_another_type_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(GeneratorError) as caught:
        jobspec.parse_api_job(text, "job.json")

    assert caught.value.position is not None
    assert "is required here, not" in caught.value.message


@pytest.mark.nomad
@pytest.mark.parametrize("text", TAKEN)
def test_nomad_takes_the_same_job(text: str, tmp_path: Path) -> None:
    job = jobspec.parse_api_job(text, "job.json")

    assert json.loads(jobspec.encode(job)) == nulls.without_nulls(json.loads(ask(text, tmp_path)))


@pytest.mark.nomad
@pytest.mark.parametrize("text", REFUSED)
def test_nomad_refuses_the_same_job(text: str, tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        ask(text, tmp_path)


def ask(text: str, folder: Path) -> str:
    """The job that ``nomad job run -json`` would send; with -output it asks no server."""
    file = folder / "job.json"
    file.write_text(text)
    command = ["nomad", "job", "run", "-json", "-output", str(file)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.dumps(json.loads(answer.stdout)["Job"])
