"""A whole machine to build on, once with each kind of Nomad."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.lab import Lab, service
from tests.e2e.ground import HELLO, Ground


@pytest.fixture(
    scope="session", params=["embedded", pytest.param("nomad", marks=pytest.mark.nomad)]
)
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """A lab with one kind of Nomad, and a service on it."""
    folder: Path = tmp_path_factory.mktemp(f"lab-{request.param}")
    with Lab(engine=request.param, folder=folder) as lab:
        hello = lab.git.create(
            "hello-world", {name: text.format(base=lab.base_image) for name, text in HELLO.items()}
        )
        running = service.start(folder / "service", lab.environment())
        ground = Ground(lab, folder / "service", hello, running)
        try:
            yield ground
        finally:
            ground.service.stop()
