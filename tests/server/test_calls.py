"""Calling tools: whoever may, by one way in, without holding up others."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import pytest

from server import calls, errors, tools
from server.callers import ANYONE, Caller
from server.glances import WaitAnswer
from tests import calling, samples
from tests.worlds import World, submit, wait_for_end, wait_for_status

READER = Caller(name="reader", scopes=frozenset({"read"}))
WRITER = Caller(name="writer", owner="ann", scopes=frozenset({"read", "write"}))
CHANGES: dict[str, dict[str, Any]] = {
    "submitJob": samples.FIELDS,
    "killJob": {"jobID": samples.BUILD_ID},
    "cleanup": {"jobID": samples.BUILD_ID},
}


def test_an_unknown_tool_is_told_with_those_that_there_are(calm_world: World) -> None:
    with calm_world.observe() as running, pytest.raises(errors.UnknownTool) as caught:
        calling.call(running, "buildImage", {})
    assert "submitJob, waitJob" in str(caught.value)


@pytest.mark.parametrize("tool", CHANGES)
def test_who_may_only_read_changes_nothing(calm_world: World, tool: str) -> None:
    with calm_world.observe() as running:
        with pytest.raises(errors.PermissionDenied, match="lacks the scope write"):
            calling.call(running, tool, CHANGES[tool], READER)
        calling.call(running, "getHistory", {}, READER)


@pytest.mark.parametrize("tool", CHANGES)
def test_a_read_only_service_changes_nothing_and_lists_no_tool_that_would(
    calm_world: World, tool: str
) -> None:
    with calm_world.observe() as running:
        with pytest.raises(errors.PermissionDenied, match="read-only"):
            calling.call(running, tool, CHANGES[tool], read_only=True)
        listed = [each.name for each in calls.Toolbox(running, read_only=True).tools]
    assert listed == ["waitJob", "getStatus", "getLogs", "getHistory"]


def test_cleaning_up_after_everybody_is_for_administrators(calm_world: World) -> None:
    with calm_world.observe() as running, pytest.raises(errors.PermissionDenied, match="admin"):
        calling.call(running, "cleanup", {"all": True, "dryRun": True}, WRITER)


def test_a_caller_with_an_owner_need_not_name_it_and_may_name_no_other(calm_world: World) -> None:
    fields = {name: value for name, value in samples.FIELDS.items() if name != "owner"}
    with calm_world.observe() as running:
        for arguments in (fields, {"jobConfig": fields}, fields | {"owner": "ann"}):
            submitted = calling.call(running, "submitJob", arguments, WRITER).model_dump()
            assert running.read(submitted["job_id"], "ann").request.owner == "ann"
        with pytest.raises(errors.PermissionDenied, match="owner ann only"):
            calling.call(running, "submitJob", samples.FIELDS, WRITER)
        for tool in ("getStatus", "waitJob", "getLogs", "killJob"):
            with pytest.raises(errors.PermissionDenied, match="owner ann only"):
                calling.call(running, tool, {"jobID": samples.BUILD_ID, "owner": "bob"}, WRITER)


def test_another_owners_build_is_not_there_for_a_caller_with_an_owner(calm_world: World) -> None:
    with calm_world.observe() as running:
        build_id = submit(running)
        for tool in ("getStatus", "waitJob", "getLogs", "killJob", "cleanup"):
            with pytest.raises(errors.BuildNotFound):
                calling.call(running, tool, {"jobID": build_id}, WRITER)


def test_nothing_of_the_inside_reaches_a_caller(
    calm_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with calm_world.observe() as running:

        def fail(*_: object) -> None:
            msg = "a secret of the inside"
            raise RuntimeError(msg)

        monkeypatch.setattr(running, "read", fail)
        with pytest.raises(errors.InternalError) as caught, caplog.at_level(logging.ERROR):
            calling.call(running, "getStatus", {"jobID": samples.BUILD_ID})
    assert "secret" not in str(caught.value)
    assert "a secret of the inside" in caplog.text


def test_those_who_wait_hold_up_nobody(world: World) -> None:
    gate = world.hold("build")
    with world.serve() as running:
        build_id = submit(running)
        wait_for_status(running, build_id, "BUILDING")
        toolbox, ended = calls.Toolbox(running), []

        async def wait() -> None:
            answer = await calls.call(toolbox, "waitJob", {"jobID": build_id}, ANYONE)
            assert isinstance(answer, WaitAnswer)
            ended.append(answer.status)

        async def play() -> None:
            # Twice as many as there are threads.
            async with anyio.create_task_group() as group:
                for _ in range(128):
                    group.start_soon(wait)
                await anyio.sleep(0)
                await calls.call(toolbox, "getStatus", {"jobID": build_id}, ANYONE)
                assert not ended
                gate.open()

        anyio.run(play)
        wait_for_end(running, build_id)
    assert len(ended) == 128
    assert "BUILDING" not in ended


def test_who_goes_away_leaves_the_build_as_it_is(world: World) -> None:
    gate = world.hold("build")
    with world.serve() as running:
        build_id = submit(running)
        wait_for_status(running, build_id, "BUILDING")

        async def play() -> None:
            with anyio.move_on_after(0.5) as scope:
                await calls.call(calls.Toolbox(running), "waitJob", {"jobID": build_id}, ANYONE)
            assert scope.cancelled_caught

        anyio.run(play)
        assert running.read(build_id).kill is None
        gate.open()
        assert wait_for_end(running, build_id).status == "SUCCEEDED"


def test_every_tool_reads_or_writes_and_says_so() -> None:
    assert {tool.name: tool.scope for tool in tools.TOOLS.values()} == {
        **dict.fromkeys(("waitJob", "getStatus", "getLogs", "getHistory"), "read"),
        **dict.fromkeys(("submitJob", "killJob", "cleanup"), "write"),
    }
