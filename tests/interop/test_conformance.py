"""The official conformance suites, both releases, over HTTP: what each scenario is passed by is what is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop import conformance, outcomes, programs

pytestmark = [
    pytest.mark.timeout(300),
    # The suites of the older era call for what the newer one is doing away with.
    pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning"),
]
# What every server of the protocol has to pass by itself, as it calls nothing that a suite has invented.
HONEST = {
    "2025": {
        "completion-complete",
        "dns-rebinding-protection",
        "ping",
        "prompts-list",
        "resources-list",
        "server-initialize",
        "tools-list",
    },
    "2026 for 2025-11-25": {
        "completion-complete",
        "dns-rebinding-protection",
        "ping",
        "prompts-list",
        "resources-list",
        "server-initialize",
        "tools-list",
    },
    "2026 for 2026-07-28": {
        "caching",
        "completion-complete",
        "dns-rebinding-protection",
        "http-header-validation",
        "input-required-result-unsupported-methods",
        "prompts-list",
        "resources-list",
        "sep-2164-resource-not-found",
        "server-sse-multiple-streams",
        "tools-list",
    },
}


@pytest.mark.parametrize("suite", conformance.SUITES, ids=lambda suite: suite.name)
def test_each_scenario_is_passed_by_what_is_recorded(
    installed: programs.Programs, suite: conformance.Suite, tmp_path: Path
) -> None:
    recorded = outcomes.read()[suite.name]
    measured: dict[str, outcomes.Entry] = {}
    # Some scenarios give a server half a second for an answer, which a busy machine may miss once.
    for attempt in ("first", "second"):
        folder = tmp_path / attempt
        folder.mkdir()
        measured = measured if measured == recorded else outcomes.measure(installed, suite, folder)
    assert measured == recorded


@pytest.mark.parametrize("suite", conformance.SUITES, ids=lambda suite: suite.name)
def test_the_service_passes_by_itself_what_calls_nothing_invented(
    suite: conformance.Suite,
) -> None:
    recorded = outcomes.read()[suite.name]
    by_itself = {
        name for name, entry in recorded.items() if entry.by == "service" and not entry.missing
    }
    assert by_itself >= HONEST[suite.name]


@pytest.mark.parametrize("suite", conformance.SUITES, ids=lambda suite: suite.name)
def test_what_nobody_passes_has_a_reason_and_nothing_else_has(suite: conformance.Suite) -> None:
    recorded = outcomes.read()[suite.name]
    incomplete = {(suite.name, name) for name, entry in recorded.items() if entry.missing}
    assert incomplete == {key for key in outcomes.WHY_NOT if key[0] == suite.name}


def test_every_scenario_that_a_release_knows_is_run_or_said_not_to_be(
    installed: programs.Programs, tmp_path: Path
) -> None:
    run = {name for entries in outcomes.read().values() for name in entries}
    assert conformance.list_all(installed, tmp_path) == run | outcomes.NOT_RUN.keys()


def test_a_scenario_whose_checks_all_skip_themselves_is_not_passed() -> None:
    skipped = conformance.judge([{"id": "a", "status": "SKIPPED", "description": ""}])
    warned = conformance.judge([{"id": "a", "status": "WARNING", "description": "x"}])
    assert not skipped.is_passed
    assert not warned.is_passed
    assert warned.failed == {"a": "x"}
