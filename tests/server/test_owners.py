"""One owner's builds are not there for another: in each tool, and in the same words as for what does not exist."""

from __future__ import annotations

from typing import Any

import pytest

from server.builds import Builds
from server.errors import BuildNotFound, InvalidRequest, NotPossible
from tests import calling, samples
from tests.worlds import World

MISSING = "01kb9x3m4v0000000000000001"
CALLS: dict[str, dict[str, Any]] = {
    "getStatus": {},
    "getLogs": {"phase": "build"},
    "killJob": {},
    "cleanup": {"dryRun": True},
}


def submit(running: Builds, **changes: Any) -> str:
    return running.submit(samples.make_request(**changes)).id


def refusal(running: Builds, tool: str, arguments: dict[str, Any]) -> str:
    with pytest.raises(BuildNotFound) as caught:
        calling.call(running, tool, CALLS[tool] | arguments)
    return str(caught.value)


@pytest.mark.parametrize("tool", CALLS)
def test_another_owners_build_is_as_if_it_did_not_exist(world: World, tool: str) -> None:
    with world.observe() as running:
        build_id = submit(running)
        other = refusal(running, tool, {"jobID": build_id, "owner": "mallory"})
        none = refusal(running, tool, {"jobID": MISSING, "owner": "mallory"})
        unowned = refusal(running, tool, {"jobID": MISSING})
        assert other.replace(build_id, MISSING) == none == unowned
        assert running.read(build_id).kill is None


@pytest.mark.parametrize("tool", ["getStatus", "getLogs", "killJob"])
def test_the_owner_of_a_build_and_whoever_names_none_get_an_answer(world: World, tool: str) -> None:
    with world.observe() as running:
        build_id = submit(running)
        for owner in ({"owner": "claude-test"}, {}):
            answer = calling.call(running, tool, CALLS[tool] | {"jobID": build_id} | owner)
            assert answer.model_dump()["job_id"] == build_id


@pytest.mark.parametrize("owner", ["Claude-Test", "claude-tes", "claude-test ", ""])
def test_owners_are_the_same_only_letter_by_letter(world: World, owner: str) -> None:
    with world.observe() as running:
        refusal(running, "getStatus", {"jobID": submit(running), "owner": owner})


@pytest.mark.parametrize("tool", CALLS)
def test_an_operator_may_require_the_owner(world: World, tool: str) -> None:
    with world.rest(REQUIRE_OWNER="true") as idle:
        build_id = submit(idle.builds)
        for job_id in (build_id, MISSING):
            with pytest.raises(InvalidRequest, match="owner is missing"):
                calling.call(idle.builds, tool, CALLS[tool] | {"jobID": job_id})
        refusal(idle.builds, tool, {"jobID": build_id, "owner": "mallory"})


def test_cleaning_up_after_all_is_for_no_single_owner(world: World) -> None:
    with world.rest(REQUIRE_OWNER="true") as idle:
        with pytest.raises(NotPossible, match="every owner's builds"):
            calling.call(idle.builds, "cleanup", {"all": True, "dryRun": True})
        with pytest.raises(InvalidRequest, match="owner goes with jobID"):
            calling.call(idle.builds, "cleanup", {"all": True, "owner": "claude-test"})


def test_the_same_request_id_of_two_owners_is_two_builds(world: World) -> None:
    with world.observe() as running:
        first = submit(running, requestID="x")
        second = submit(running, requestID="x", owner="bob", imageTags=["bob"])
        assert first != second
        refusal(running, "getStatus", {"jobID": first, "owner": "bob"})
