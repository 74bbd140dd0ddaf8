"""The same assertions on the embedded engine and on a real Nomad: a difference is a bug of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.embedded import config, engine
from server.lab import docker, images, recipes
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
        settings = config.Config(data_dir=folder, host_volumes=volumes, infra_image=recipes.PAUSE)
        started = engine.Engine(settings)
        address, stop = started.start(), started.stop
    client = Nomad(address)
    try:
        yield client
    finally:
        client.close()
        stop()


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tiny image with a shell, and a container engine that has it, and what a real Nomad makes networks with."""
    folder: Path = tmp_path_factory.mktemp("images")
    container_engine = docker.ensure(folder / "docker")
    try:
        images.ensure_pause(folder)
        yield images.ensure_busybox(folder)
    finally:
        container_engine.stop()
