"""What the service knows of the cluster's nodes: up to date, and read no more often than they change."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import config
from server.embedded import engine
from server.embedded.config import Config
from server.metrics import Metrics
from server.nomad import Nomad


@pytest.fixture
def running(tmp_path: Path) -> Iterator[engine.Engine]:
    with engine.Engine(Config(data_dir=tmp_path)) as started:
        yield started


def count_reads(metrics: Metrics) -> int:
    text = metrics.render()[0].decode()
    wanted = 'nomad_build_nomad_calls_total{call="read_node",result="ok"} '
    return sum(
        int(float(line.removeprefix(wanted))) for line in text.splitlines() if wanted in line
    )


def test_a_node_is_read_again_only_when_it_has_changed(running: engine.Engine) -> None:
    metrics = Metrics()
    settings = config.read_config({"NOMAD_ADDR": running.address})
    with contextlib.closing(Nomad(settings, metrics)) as client:
        first = client.list_nodes()
        assert client.list_nodes() == first
        assert [node.ready for node in first] == [True]
        assert count_reads(metrics) == 1
        running.drain_node()
        assert [node.ready for node in client.list_nodes()] == [False]
        running.undrain_node()
        assert [node.ready for node in client.list_nodes()] == [True]
        assert count_reads(metrics) == 3
