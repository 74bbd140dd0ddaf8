"""What is refused before anything is stored, and what the cluster has to say in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server import config
from server.embedded import engine
from server.embedded.config import Config, HostVolume
from server.errors import InvalidRequest, NotPossible
from server.nomad import Nomad
from server.policy import Policy
from server.request import BuildRequest
from server.variants import Choice
from tests import samples


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of one node with room, two graphics processors and a cache."""
    folder: Path = tmp_path_factory.mktemp("engine")
    settings = Config(
        data_dir=folder / "data",
        cpu_mhz=8000,
        memory_mb=16384,
        disk_mb=65536,
        devices={"nvidia/gpu/t4": 2},
        host_volumes={"buildah-cache": HostVolume(path=folder)},
    )
    with engine.Engine(settings) as started:
        yield started.address


@contextlib.contextmanager
def deciding(address: str, **variables: str) -> Iterator[Policy]:
    given = {f"NOMAD_BUILD_{name}": value for name, value in variables.items()}
    settings = config.read_config({"NOMAD_ADDR": address} | given)
    with contextlib.closing(Nomad(settings)) as client:
        yield Policy(client, settings)


def choose(address: str, **fields: Any) -> Choice:
    with deciding(address) as policy:
        return policy.choose_variant(samples.make_request(**fields))


def test_the_cluster_decides_on_the_cache_and_the_request_on_the_gpu(address: str) -> None:
    assert choose(address).variant == "cpu-cache"
    assert choose(address, cache="off").variant == "cpu"
    assert choose(address, gpu="on").variant == "gpu-cache"
    chosen = choose(address, gpuCount=2)
    assert chosen.variant == "gpu-cache"
    assert "gpu is on because 2 GPUs are asked for" in chosen.why


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"buildResources": {"memory": 64000}},
            "the build phase: of 1 node: 1 has less than 64000 MiB of memory for builds",
        ),
        (
            {"testResources": {"cpu": 9000}},
            "the test phase: of 1 node: 1 has less than 9000 MHz of CPU for tests",
        ),
        (
            # Side by side they need what one of them would not.
            {"testCommands": ["a", "b", "c"], "testResources": {"memory": 6000}},
            "less than 18000 MiB of memory for tests",
        ),
        ({"publishResources": {"disk": 100_000}}, "100000 MiB of disk for publishing"),
        ({"gpuCount": 3}, "1 lacks the 3 GPUs"),
        (
            {"testCommands": ["a", "b"], "gpuCount": 2},
            "1 lacks the 2 GPUs for each of 2 tasks that tests ask for",
        ),
        (
            {"gpuConstraints": [{"attribute": "model", "operator": "=", "value": "a100"}]},
            "1 lacks the 1 GPU with model = a100",
        ),
    ],
)
def test_what_no_node_can_ever_take_is_refused_with_the_reason(
    address: str, fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(NotPossible, match=problem):
        choose(address, **fields)


def test_a_node_of_the_embedded_engine_gives_services_their_network(address: str) -> None:
    services = [{"name": "db", "image": "docker.io/library/redis:7", "port": 6379}]
    assert choose(address, services=services).variant == "cpu-cache"


HOSTS = {
    "repoURL": ("http://127.0.0.1:3000/app", "GIT_HOSTS"),
    "registryURL": ("127.0.0.1:5000", "REGISTRY_HOSTS"),
    "cacheTo": ("10.0.0.1:5000/cache", "REGISTRY_HOSTS"),
    "cacheFrom": (["10.0.0.1:5000/cache"], "REGISTRY_HOSTS"),
    "publishTo": ([{"registryURL": "10.0.0.1:5000"}], "REGISTRY_HOSTS"),
    "services": ([{"name": "db", "image": "10.0.0.1:5000/db:1", "port": 1}], "REGISTRY_HOSTS"),
    "webhookURL": ("http://10.0.0.1/hook", "WEBHOOK_HOSTS"),
}


@pytest.mark.parametrize("field", HOSTS)
def test_no_field_leads_nodes_into_private_networks_unless_that_is_allowed(
    address: str, field: str
) -> None:
    value, variable = HOSTS[field]
    request = samples.make_request(**{field: value})
    protocols = {"GIT_PROTOCOLS": "http,https"}
    refused = pytest.raises(InvalidRequest, match=f"{field}.*NOMAD_BUILD_{variable}")
    with deciding(address, **protocols) as policy, refused:
        policy.check(request)
    allowed = {variable: "10.0.0.0/8,127.0.0.1"}
    with deciding(address, **protocols, **allowed) as policy:
        policy.check(request)


REFERENCES = {
    "gitCredentialsPath": "nomad:teams/bob/git",
    "registryCredentialsPath": "nomad:teams/bob/registry",
    "buildSecrets": {"token": "nomad:teams/bob/npm#token"},
    "testSecrets": {"TOKEN": "nomad:teams/bob/npm#token"},
    "buildSshPath": "nomad:teams/bob/ssh",
    "webhookSecretPath": "nomad-build/webhooks/bob/ci",
}


@pytest.mark.parametrize("field", REFERENCES)
def test_no_field_reaches_for_another_owners_secrets(address: str, field: str) -> None:
    request = samples.make_request(owner="alice", **{field: REFERENCES[field]})
    with deciding(address) as policy:
        policy.check(request)
    refused = pytest.raises(InvalidRequest, match=f"{field}.* owner alice may not use")
    with deciding(address, SECRET_PATHS="nomad:teams/{owner}/*") as policy, refused:
        policy.check(request)


@pytest.mark.parametrize("path", ["nomad-build/webhooks/{}/ci", "nomad:nomad-build/webhooks/{}/ci"])
def test_a_webhook_is_signed_with_its_owners_key_alone_where_secrets_have_owners(
    address: str, path: str
) -> None:
    def make(owner: str) -> BuildRequest:
        return samples.make_request(owner="alice", webhookSecretPath=path.format(owner))

    confined = "nomad:teams/{owner}/*"
    with deciding(address, SECRET_PATHS=confined) as policy:
        with pytest.raises(InvalidRequest) as caught:
            policy.check(make("alice"))
        (problem,) = caught.value.problems
        assert problem.startswith("webhookSecretPath names a secret that owner alice may not use")
        assert "NOMAD_BUILD_SECRET_PATHS allows nomad:teams/alice/*" in problem
        assert problem.endswith("add nomad:nomad-build/webhooks/{owner}/*")
    given = f"{confined},nomad:nomad-build/webhooks/{{owner}}/*"
    with deciding(address, SECRET_PATHS=given) as policy:
        policy.check(make("alice"))
        for other in ("bob", "alicex"):
            with pytest.raises(InvalidRequest, match=r"webhookSecretPath .* owner alice may not"):
                policy.check(make(other))
        # The pattern that gives a webhook its key gives no task what the service keeps for itself.
        reference = {"token": "nomad:nomad-build/webhooks/alice/ci#secret"}
        with pytest.raises(InvalidRequest, match=r"buildSecrets\.token .* keeps for itself"):
            policy.check(samples.make_request(owner="alice", buildSecrets=reference))


def test_all_that_is_wrong_is_told_at_once(address: str) -> None:
    request = samples.make_request(
        repoURL="https://10.0.0.1/app", registryURL="10.0.0.1:5000", webhookURL="http://10.0.0.1/"
    )
    with deciding(address) as policy, pytest.raises(InvalidRequest) as caught:
        policy.check(request)
    assert len(caught.value.problems) == 3


def test_a_request_whose_named_build_file_was_read_is_placed_as_any_other(address: str) -> None:
    assert choose(address, buildFile="ci/build.yaml").variant == "cpu-cache"


def test_a_job_that_would_be_too_large_is_refused_before_the_build_is_stored(address: str) -> None:
    # Each of the tests has the environment of all.
    environment = {f"A{number}": "x" * 8000 for number in range(4)}
    with pytest.raises(InvalidRequest, match="the job of the test phase cannot be made") as caught:
        choose(address, testCommands=["true"] * 64, testEnv=environment)
    assert "fewer commands" in caught.value.next_step
