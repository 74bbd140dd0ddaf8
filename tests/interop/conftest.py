from __future__ import annotations

import os

import pytest

from tests.interop import programs

_NOT_RUN = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def installed(request: pytest.FixtureRequest) -> programs.Programs:
    """The programs from npm; who has no way to it runs the rest of the tests, continuous integration does not."""
    try:
        return programs.install()
    except programs.UnreachableError as error:
        if os.environ.get("CI"):
            raise
        request.config.stash[_NOT_RUN] = str(error)
        pytest.skip("npm's registry does not answer")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say at the end what was not run, as the Makefile does at the start for programs on PATH."""
    if reason := config.stash.get(_NOT_RUN, None):
        terminalreporter.section("not run: the tests that need programs from npm", yellow=True)
        terminalreporter.line(reason)
