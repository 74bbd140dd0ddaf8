"""Requests that nobody should send: each gets an answer, none harms the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.embedded import config, engine, faults, job
from tests.contract.api import Json, Nomad

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    (
        "ID", "Name", "Type", "Datacenters", "TaskGroups", "Meta", "Count", "Tasks", "Driver",
        "Config", "Env", "Resources", "CPU", "Templates", "RestartPolicy", "Volumes", "Lifecycle",
        "KillTimeout", "Constraints", "Affinities", "Priority",
    )
)  # fmt: skip
JOBS = st.recursive(
    JSON,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def nomad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nomad]:
    folder: Path = tmp_path_factory.mktemp("bodies")
    with engine.Engine(config.Config(data_dir=folder)) as running:
        client = Nomad(running.address)
        yield client
        client.close()


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(KEYS, JOBS, max_size=6))
def test_a_job_is_canonicalized_or_refused(body: Json) -> None:
    try:
        definition = job.canonicalize({"ID": "x", **body})
    except faults.RequestFault as fault:
        assert fault.status in (400, 500)
        assert fault.text
    else:
        assert job.canonicalize(definition) == definition


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=60))
def test_bytes_that_are_no_request_are_refused(nomad: Nomad, raw: bytes) -> None:
    for path in ("/v1/jobs", "/v1/var/a"):
        assert nomad.call("PUT", path, raw=raw).status == 400


def test_a_large_body_is_read_or_refused_not_dropped(nomad: Nomad) -> None:
    answer = nomad.put("/v1/jobs", {"Job": {"ID": "x", "Meta": {"a": "x" * 5_000_000}}})
    assert answer.status == 500
    assert "Missing job task groups" in answer.text
