"""What holds for all tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from generator.commands import caching


@pytest.fixture(scope="session", autouse=True)
def no_cache_of_the_user() -> Iterator[None]:
    """Nothing that is tested keeps anything in the home of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(caching.VARIABLE, caching.OFF)
        yield


@pytest.fixture(scope="session", autouse=True)
def interruptions_heard() -> Iterator[None]:
    """What is interrupted in tests hears of it, also where a shell has put all of them into the background."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
