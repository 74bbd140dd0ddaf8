from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import worlds


@pytest.fixture
def world(tmp_path: Path) -> Iterator[worlds.World]:
    """An engine with scripted tasks: all end well unless the test says otherwise."""
    made = worlds.World(tmp_path)
    with made.engine:
        yield made
