"""What the service knows of the cluster's nodes: up to date, and read no more often than they change."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import config, nodes
from server.embedded import engine
from server.embedded.config import Config, HostVolume
from server.metrics import Metrics
from server.nomad import Nomad
from tests import samples


@pytest.fixture
def running(tmp_path: Path) -> Iterator[engine.Engine]:
    with engine.Engine(Config(data_dir=tmp_path)) as started:
        yield started


def count_reads(metrics: Metrics) -> int:
    text = metrics.render()[0].decode()
    """Count how often a single node was read."""
    wanted = 'nomad_build_nomad_calls_total{call="read_node",result="ok"} '
    return sum(
        int(float(line.removeprefix(wanted))) for line in text.splitlines() if wanted in line
    )


@pytest.mark.parametrize(
    ("status", "eligibility", "ready"),
    [("ready", "eligible", True), ("ready", "ineligible", False), ("down", "eligible", False)],
)
def test_a_node_is_ready_when_it_is_up_and_eligible(
    status: str, eligibility: str, ready: bool
) -> None:
    assert samples.make_node(Status=status, eligibility=eligibility).ready is ready


def test_a_node_has_what_is_not_reserved_for_others() -> None:
    node = samples.make_node(CPU=4000, MemoryMB=8192)
    assert (node.cpu, node.memory, node.disk) == (3500, 7936, 49900)


def test_a_volume_that_cannot_be_written_to_is_none() -> None:
    assert samples.make_node().host_volumes == {"buildah-cache"}


def test_a_node_of_which_little_is_known_offers_little() -> None:
    node = nodes.read_node({"ID": "n", "HostVolumes": None, "Drivers": None, "NodeResources": None})
    assert not (node.ready or node.docker or node.host_volumes or node.devices or node.memory)
    assert (node.pool, node.runtimes, node.bridge) == ("default", None, None)


def test_all_nodes_are_read_in_one_call_with_what_they_have(tmp_path: Path) -> None:
    volume = HostVolume(path=tmp_path, read_only=False)
    settings = Config(
        data_dir=tmp_path / "engine",
        memory_mb=4096,
        cpu_mhz=2000,
        devices={"nvidia/gpu/t4": 2},
        host_volumes={"buildah-cache": volume},
    )
    metrics = Metrics()
    with engine.Engine(settings) as started:
        client_settings = config.read_config({"NOMAD_ADDR": started.address})
        with contextlib.closing(Nomad(client_settings, metrics)) as client:
            (node,) = client.list_nodes()
            started.drain_node()
            (drained,) = client.list_nodes()
    assert (node.cpu, node.memory) == (2000, 4096)
    assert node.host_volumes == {"buildah-cache"}
    assert [(each.vendor, each.name, each.healthy) for each in node.devices] == [
        ("nvidia", "t4", 2)
    ]
    assert (node.datacenter, node.pool, node.docker, node.bridge) == ("dc1", "default", True, None)
    assert (node.ready, drained.ready) == (True, False)
    assert count_reads(metrics) == 0


def test_a_node_is_asked_for_its_network_again_only_when_it_has_changed(
    running: engine.Engine,
) -> None:
    metrics = Metrics()
    settings = config.read_config({"NOMAD_ADDR": running.address})
    with contextlib.closing(Nomad(settings, metrics)) as client:
        first = client.list_nodes(bridge=True)
        assert client.list_nodes(bridge=True) == first
        assert [node.bridge for node in first] == [True]
        assert count_reads(metrics) == 1
        running.drain_node()
        assert [node.ready for node in client.list_nodes(bridge=True)] == [False]
        running.undrain_node()
        assert [node.ready for node in client.list_nodes(bridge=True)] == [True]
        assert count_reads(metrics) == 3
