"""Engines for tests: scripted ones, that need no container engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from server.embedded import config, engine, scripted
from tests.contract.api import Nomad

Start = Callable[..., Nomad]


@pytest.fixture
def script() -> scripted.Script:
    """What docker tasks do; without a rule of its own a task succeeds at once."""
    return scripted.Script({("*", "*"): scripted.Outcome()})


@pytest.fixture
def start(tmp_path: Path, script: scripted.Script) -> Iterator[Start]:
    """Start engines with any configuration; they stop with the test."""
    with ExitStack() as stack:

        def start_one(**options: object) -> Nomad:
            settings = config.Config(**{"data_dir": tmp_path / "data", **options})  # type: ignore[arg-type]
            running = stack.enter_context(engine.Engine(settings, script))
            client = Nomad(running.address)
            stack.callback(client.close)
            return client

        yield start_one


@pytest.fixture
def nomad(start: Start) -> Nomad:
    """A scripted engine."""
    return start()
