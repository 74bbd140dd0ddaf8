"""The same assertions on the embedded engine and on a real Nomad: a difference is a bug of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.embedded import config, engine
from server.lab import docker, images
from server.lab import nomad as agents
from tests.contract.api import Nomad

VOLUME = "shared"


@pytest.fixture(scope="session")
def volume(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is the host volume of both kinds of Nomad."""
    folder: Path = tmp_path_factory.mktemp("volume")
    folder.chmod(0o777)
    return folder


@pytest.fixture(
    scope="session", params=["embedded", pytest.param("nomad", marks=pytest.mark.nomad)]
)
def nomad(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    volume: Path,
    image: str,
) -> Iterator[Nomad]:
    """A Nomad of each kind, one after the other; its node looks for a container engine as it starts."""
    del image
    folder: Path = tmp_path_factory.mktemp(request.param)
    if request.param == "nomad":
        agent = agents.start(folder, volumes={VOLUME: volume})
        address, stop = agent.address, agent.stop
    else:
        volumes = {VOLUME: config.HostVolume(path=volume)}
        started = engine.Engine(config.Config(data_dir=folder, host_volumes=volumes))
        address, stop = started.start(), started.stop
    client = Nomad(address)
    try:
        yield client
    finally:
        client.close()
        stop()


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tiny image with a shell, and a container engine that has it."""
    folder: Path = tmp_path_factory.mktemp("images")
    container_engine = docker.ensure(folder / "docker")
    try:
        yield images.ensure_busybox(folder)
    finally:
        container_engine.stop()
