from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import worlds


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an engine to put a proxy before."""
    world = worlds.World(tmp_path_factory.mktemp("engine"))
    with world.engine:
        yield world.engine.address
