from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import receivers, worlds


@pytest.fixture
def world(tmp_path: Path) -> Iterator[worlds.World]:
    """An engine with scripted tasks: all end well unless the test says otherwise."""
    made = worlds.World(tmp_path)
    with made.engine:
        yield made


@pytest.fixture(scope="module")
def calm_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[worlds.World]:
    """An engine for tests that leave it as it is: all tasks end well."""
    made = worlds.World(tmp_path_factory.mktemp("engine"))
    with made.engine:
        yield made


@pytest.fixture
def receiver() -> Iterator[receivers.Receiver]:
    """An HTTP server on loopback that keeps what it is sent."""
    made = receivers.Receiver()
    with receivers.serving(made.server):
        yield made
