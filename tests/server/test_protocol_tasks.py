"""Builds as tasks of the extension io.modelcontextprotocol/tasks."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from mcp.server.subscriptions import ResourceUpdated

from server import builds
from server.callers import Caller
from tests import clients, samples
from tests.clients import KnowingTasks, ask, follow, submit_task
from tests.worlds import World

pytestmark = pytest.mark.anyio

CALLERS = {
    "ann": Caller(name="ann", owner="claude-test", scopes=frozenset({"read", "write"})),
    "ben": Caller(name="ben", owner="ben", scopes=frozenset({"read", "write"})),
    "reader": Caller(name="reader", scopes=frozenset({"read"})),
    "writer": Caller(name="writer", scopes=frozenset({"write"})),
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@contextlib.asynccontextmanager
async def connect(running: builds.Builds) -> AsyncIterator[Client]:
    async with clients.connect(running, "auto", extensions=[KnowingTasks()]) as client:
        yield client


def reach(address: str, name: str = "") -> Any:
    return clients.reach(address, "auto", name, extensions=[KnowingTasks()])


async def test_a_client_that_knows_tasks_has_the_build_at_its_end_by_one_call(
    world: World,
) -> None:
    with world.serve() as running:
        async with connect(running) as client:
            answer = clients.read(await client.call_tool("submitJob", samples.FIELDS))
            known = clients.read(await client.call_tool("getStatus", {"jobID": answer["jobID"]}))
    assert answer["status"] == "SUCCEEDED"
    assert answer == known


async def test_any_replica_knows_the_task(world: World) -> None:
    gate = world.hold("build")
    with (
        world.run() as first,
        world.rest() as second,
        clients.listen(first, world.configure()) as here,
        clients.listen(second, world.configure()) as there,
    ):
        async with reach(here) as client, reach(there) as other:
            task = await submit_task(client)
            seen = await ask(other.session, "tasks/get", task.task_id)
            gate.open()
            ended = await follow(other.session, task.task_id)
    assert seen["status"] == task.status == "working"
    assert seen["resultType"] == ended["resultType"] == "complete"
    assert seen["createdAt"] == task.created_at == ended["createdAt"]
    assert seen["createdAt"] < ended["lastUpdatedAt"]
    assert ended["status"] == "completed"
    result = types.CallToolResult.model_validate(ended["result"])
    assert clients.read(result)["status"] == "SUCCEEDED"


async def test_a_task_is_the_build_and_says_when_to_ask_again(world: World) -> None:
    gate = world.hold("build", stdout="STEP 1/2: FROM base\nSTEP 2/2: RUN make\n")
    with world.serve() as running:
        async with connect(running) as client:
            task = await submit_task(client)
            assert running.read(task.task_id).id == task.task_id
            with anyio.fail_after(20):
                while "STEP" not in (
                    seen := await ask(client.session, "tasks/get", task.task_id)
                ).get("statusMessage", ""):
                    await anyio.sleep(0.02)
            gate.open()
    assert seen["statusMessage"] == "BUILDING: STEP 2/2: RUN make"
    assert seen["pollIntervalMs"] == task.poll_interval_ms == 2000
    assert seen["ttlMs"] == 30 * 24 * 3600 * 1000
    assert "result" not in seen


async def test_a_failed_build_is_a_completed_task_that_says_why(world: World) -> None:
    world.fail("build", "step_failed\nRUN make failed", exit_code=2)
    with world.serve() as running:
        async with connect(running) as client:
            task = await follow(client.session, (await submit_task(client)).task_id)
    assert task["status"] == "completed"
    assert "error" not in task
    result = types.CallToolResult.model_validate(task["result"])
    assert clients.read(result)["failure"]["reason"] == "step_failed"


async def test_a_cancelled_task_is_a_killed_build(world: World) -> None:
    world.hold("build")
    with world.serve() as running:
        async with connect(running) as client:
            task = await submit_task(client)
            answer = await ask(client.session, "tasks/cancel", task.task_id)
            ended = await follow(client.session, task.task_id)
            killed = running.read(task.task_id)
            # Once more is as well.
            again = await ask(client.session, "tasks/cancel", task.task_id)
    assert answer["resultType"] == again["resultType"] == "complete"
    assert ended["status"] == "cancelled"
    assert "result" not in ended
    assert killed.failure is not None
    assert killed.failure.reason == "killed"


async def test_what_somebody_else_has_killed_says_so_in_the_result(world: World) -> None:
    world.hold("build")
    with world.serve() as running:
        async with connect(running) as client:
            task = await submit_task(client)
            running.kill(task.task_id, "ann", "a newer one is wanted")
            ended = await follow(client.session, task.task_id)
    assert ended["status"] == "completed"
    answer = clients.read(types.CallToolResult.model_validate(ended["result"]))
    assert answer["killed"]["by"] == "ann"


async def test_a_task_that_has_ended_cannot_be_cancelled_any_more(world: World) -> None:
    with world.serve() as running:
        async with connect(running) as client:
            task = await submit_task(client)
            await follow(client.session, task.task_id)
            await ask(client.session, "tasks/cancel", task.task_id)
            assert (await ask(client.session, "tasks/get", task.task_id))["status"] == "completed"


async def test_a_task_asks_nothing_and_takes_no_harm_from_answers(world: World) -> None:
    with world.serve() as running:
        async with connect(running) as client:
            task = await submit_task(client)
            answers = {"name": {"action": "accept"}}
            acknowledged = await ask(
                client.session, "tasks/update", task.task_id, input_responses=answers
            )
            assert (await follow(client.session, task.task_id))["status"] == "completed"
    assert set(acknowledged) - {"_meta"} == {"resultType"}


async def test_a_request_that_is_repeated_after_the_end_has_its_result_at_once(
    world: World,
) -> None:
    fields = samples.FIELDS | {"requestID": "shop-4711"}
    with world.serve() as running:
        async with connect(running) as client:
            first = clients.read(await client.call_tool("submitJob", fields))
            again = await client.session.call_tool("submitJob", fields, allow_claimed=True)
    assert isinstance(again, types.CallToolResult)
    assert clients.read(again) == first


async def test_a_refused_request_is_no_task(calm_world: World) -> None:
    with calm_world.observe() as seen:
        async with connect(seen) as client:
            result = await client.session.call_tool("submitJob", {}, allow_claimed=True)
    assert isinstance(result, types.CallToolResult)
    assert "owner is missing" in clients.read_error(result)


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_a_client_that_does_not_know_tasks_is_told_what_it_lacks(
    calm_world: World, method: str
) -> None:
    with calm_world.observe() as seen:
        async with clients.connect(seen, "auto") as client:
            job_id = await clients.submit(client)
            with pytest.raises(MCPError) as refused:
                await ask(client.session, method, job_id)
    assert refused.value.code == -32021
    assert refused.value.data == {
        "requiredCapabilities": {"extensions": {"io.modelcontextprotocol/tasks": {}}}
    }


async def test_clients_of_older_revisions_have_builds_and_no_tasks(calm_world: World) -> None:
    with calm_world.observe() as seen:
        async with clients.connect(seen, "legacy", extensions=[KnowingTasks()]) as client:
            job_id = await clients.submit(client)
            with pytest.raises(MCPError) as refused:
                await ask(client.session, "tasks/get", job_id)
    assert refused.value.code == types.METHOD_NOT_FOUND


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
@pytest.mark.parametrize("task_id", ["01kb9x3m4v0000000000000000", "../x", ""])
async def test_an_unknown_task_is_an_error_that_says_so(
    calm_world: World, method: str, task_id: str
) -> None:
    with calm_world.observe() as seen:
        async with connect(seen) as client:
            with pytest.raises(MCPError) as refused:
                await ask(client.session, method, task_id)
    assert refused.value.code == types.INVALID_PARAMS


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_another_owners_task_does_not_exist(world: World, method: str) -> None:
    gate = world.hold("build")
    with world.run() as running, clients.listen(running, world.configure(), CALLERS) as address:
        async with reach(address, "ann") as ann, reach(address, "ben") as ben:
            task = await submit_task(ann)
            with pytest.raises(MCPError) as refused:
                await ask(ben.session, method, task.task_id)
            gate.open()
            assert (await follow(ann.session, task.task_id))["status"] == "completed"
    assert refused.value.code == types.INVALID_PARAMS
    assert "no build has the id" in refused.value.message


async def test_who_may_only_read_cannot_cancel(world: World) -> None:
    gate = world.hold("build")
    with world.run() as running, clients.listen(running, world.configure(), CALLERS) as address:
        async with reach(address, "ann") as ann, reach(address, "reader") as reader:
            task = await submit_task(ann)
            with pytest.raises(MCPError, match="lacks the scope write"):
                await ask(reader.session, "tasks/cancel", task.task_id)
            assert (await ask(reader.session, "tasks/get", task.task_id))["status"] == "working"
            gate.open()
            assert (await follow(ann.session, task.task_id))["status"] == "completed"


async def test_who_could_not_follow_the_task_gets_the_builds_id_instead(world: World) -> None:
    with world.run() as running, clients.listen(running, world.configure(), CALLERS) as address:
        async with reach(address, "writer") as client:
            answer = clients.read(await client.call_tool("submitJob", samples.FIELDS))
    assert "waitJob" in answer["nextStep"]


async def test_where_each_call_has_to_name_an_owner_there_are_no_tasks(world: World) -> None:
    with world.serve(REQUIRE_OWNER="true") as running:
        async with connect(running) as client:
            answer = clients.read(await client.call_tool("submitJob", samples.FIELDS))
    assert "waitJob" in answer["nextStep"]


async def test_a_request_whose_header_does_not_name_the_task_is_refused(calm_world: World) -> None:
    with (
        calm_world.rest() as seen,
        clients.listen(seen, calm_world.configure()) as address,
    ):
        async with reach(address) as client:
            task = await submit_task(client)
            with pytest.raises(MCPError) as refused:
                await ask(client.session, "tasks/get", task.task_id, clients.NamelessTaskRequest)
    assert refused.value.code == types.HEADER_MISMATCH


async def test_over_stdio_there_is_all_of_it_too(world: World, tmp_path: Path) -> None:
    gate = world.hold("build")
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "server", "stdio"],
        env=os.environ | {"NOMAD_ADDR": world.engine.address},
    )
    log = tmp_path / "stderr"
    with log.open("w") as errors, anyio.fail_after(60):
        async with Client(
            stdio_client(parameters, errlog=errors), mode="auto", extensions=[KnowingTasks()]
        ) as client:
            task = await submit_task(client)
            uri = f"build://{task.task_id}"
            listed = [each.uri for each in (await client.list_resources()).resources]
            async with client.listen(resource_subscriptions=[uri]) as heard:
                gate.open()
                event = await anext(aiter(heard))
            ended = await follow(client.session, task.task_id)
            prompt = await client.get_prompt("fix_failing_build", {"jobID": task.task_id})
    assert uri in listed
    assert event == ResourceUpdated(uri)
    assert ended["status"] == "completed"
    assert "has not failed" in prompt.model_dump_json()
    assert "Traceback" not in log.read_text()
