"""A service over HTTP on an embedded engine with scripted tasks, for the commands to speak to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.agents.stage import Stage


@dataclass(frozen=True, slots=True)
class Served:
    """A stage whose service answers at an address."""

    stage: Stage
    url: str


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A service for one test."""
    stage = Stage(tmp_path / "engine")
    with stage.run() as url:
        yield Served(stage, url)
