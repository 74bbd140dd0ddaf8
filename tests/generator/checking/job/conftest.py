"""A real Nomad server for the tests that ask what it says of a job."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.generator.checking.job import agents


@pytest.fixture(scope="session")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[agents.Agent]:
    """A server without any client: it takes jobs and runs none."""
    with agents.run(tmp_path_factory.mktemp("nomad")) as running:
        yield running
