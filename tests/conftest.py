"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator.commands import caching


@pytest.fixture(scope="session", autouse=True)
def no_cache_of_the_user() -> Iterator[None]:
    """Nothing that is tested keeps anything in the home of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(caching.VARIABLE, caching.OFF)
        yield
