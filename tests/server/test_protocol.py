"""The Model Context Protocol, spoken by the SDK's own client: in memory, over HTTP and over stdio."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from server import builds
from tests import samples
from tests.clients import ERAS, build, connect, listen, read, read_error
from tests.worlds import World

TOOLS = ["submitJob", "waitJob", "getStatus", "getLogs", "killJob", "cleanup", "getHistory"]
pytestmark = pytest.mark.anyio


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def running(world: World) -> Iterator[builds.Builds]:
    with world.serve() as made:
        yield made


async def test_an_agent_builds_an_image_in_memory(running: builds.Builds, era: str) -> None:
    async with connect(running, era) as client:
        answer = await build(client)
        assert answer["status"] == "SUCCEEDED"
        assert answer["images"] == ["registry.cluster:5000/bdtemp/bd:test"]
        logs = await client.call_tool("getLogs", {"jobID": answer["jobID"], "phase": "test"})
        assert logs.structured_content is None
        (content,) = logs.content
        assert isinstance(content, types.TextContent)
        head, line = content.text.split("\n")
        assert head.startswith(f"[{answer['jobID']} test/test-1 lines 1-1 of 1; status SUCCEEDED; ")
        assert line == "test-1 says ünï"


async def test_an_agent_builds_an_image_over_http(world: World, era: str) -> None:
    with world.run() as running, listen(running, world.configure()) as address:
        async with Client(address, mode=era) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS
            assert (await build(client))["status"] == "SUCCEEDED"


async def test_an_agent_builds_an_image_over_stdio(world: World, era: str, tmp_path: Path) -> None:
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "server", "stdio", "--log-level", "info"],
        env=os.environ | {"NOMAD_ADDR": world.engine.address},
    )
    log = tmp_path / "stderr"
    with log.open("w") as errors, anyio.fail_after(60):
        async with Client(stdio_client(parameters, errlog=errors), mode=era) as client:
            answer = await build(client)
            assert answer["status"] == "SUCCEEDED"
    assert "Traceback" not in log.read_text()
    assert answer["jobID"] in log.read_text()


async def test_a_failed_build_is_no_failed_call_and_says_everything(
    world: World, running: builds.Builds, era: str
) -> None:
    world.fail("test", "test_failed\nthe command ended with exit code 7", exit_code=7)
    async with connect(running, era) as client:
        failure = (await build(client))["failure"]
        assert (failure["phase"], failure["reason"]) == ("test", "test_failed")
        assert (failure["task"], failure["exitCode"]) == ("test-1", 7)
        assert failure["hint"]
        assert "oh no" in failure["logTail"]


async def test_a_failure_without_task_and_exit_code_keeps_to_its_schema(
    world: World, running: builds.Builds, era: str
) -> None:
    world.hold("build")
    async with connect(running, era) as client:
        await client.list_tools()
        submitted = read(await client.call_tool("submitJob", samples.FIELDS))
        killed = read(await client.call_tool("killJob", {"jobID": submitted["jobID"]}))
        assert killed["success"] is True
        with anyio.fail_after(20):
            while True:
                answer = read(await client.call_tool("getStatus", {"jobID": submitted["jobID"]}))
                if "failure" in answer:
                    break
                await anyio.sleep(0.02)
        assert answer["failure"]["reason"] == "killed"
        assert "exitCode" not in answer["failure"]
        with anyio.fail_after(20):
            # While the killed task may still run there is nothing to clean up yet.
            while (
                cleaned := await client.call_tool("cleanup", {"jobID": submitted["jobID"]})
            ).is_error:
                await anyio.sleep(0.02)
        assert read(cleaned)["success"] is True


@pytest.mark.parametrize(
    ("tool", "arguments", "text"),
    [
        ("submitjob", {}, "Tools are submitJob, waitJob"),
        ("submitJob", {}, "owner is missing"),
        ("submitJob", samples.FIELDS | {"imageTag": ["x"]}, "did you mean imageTags"),
        ("submitJob", samples.FIELDS | {"imageTags": 7}, "imageTags"),
        ("submitJob", samples.FIELDS | {"cache": "on"}, "Submit with cache auto or off"),
        ("submitJob", samples.FIELDS | {"testCommands": ["x" * 8000] * 10}, "script of the repo"),
        ("getStatus", {}, "jobID is missing"),
        ("getStatus", {"jobID": "nope"}, "Check the jobID"),
        ("getLogs", {"jobID": "x", "phase": "deploy"}, "phase"),
        ("killJob", {"jobID": "nope"}, "Check the jobID"),
        ("cleanup", {}, "give either jobID, or all as true"),
    ],
)
async def test_a_wrong_call_is_told_with_what_to_do(
    calm_world: World, era: str, tool: str, arguments: dict[str, Any], text: str
) -> None:
    with calm_world.observe() as seen:
        async with connect(seen, era) as client:
            message = read_error(await client.call_tool(tool, arguments))
    assert text in message
    assert len(message) < 4096


async def test_a_nomad_that_is_down_is_told_with_what_to_do(world: World, era: str) -> None:
    with world.observe() as seen:
        world.engine.stop()
        async with connect(seen, era) as client:
            message = read_error(await client.call_tool("submitJob", samples.FIELDS))
    assert "Nomad" in message
    assert "try again" in message


class Broken(builds.Builds):
    """Builds with a fault that nobody thought of."""

    def read(self, build_id: str, owner: str | None = None) -> Any:
        msg = f"secret inside of {build_id}"
        raise RuntimeError(msg)


async def test_an_unexpected_error_shows_nothing_of_the_inside(
    era: str, caplog: pytest.LogCaptureFixture
) -> None:
    broken: Any = object.__new__(Broken)
    async with connect(broken, era) as client:
        message = read_error(await client.call_tool("getStatus", {"jobID": "x"}))
    assert "secret" not in message
    assert "internal error" in message
    assert "secret inside of x" in caplog.text


async def test_both_spellings_are_taken_and_camel_case_is_answered(
    running: builds.Builds, era: str
) -> None:
    fields = {"owner": "me", "repo_url": "https://h/app", "registry_url": "r:5000/x"}
    async with connect(running, era) as client:
        for arguments in (fields, {"job_config": fields}):
            assert "jobID" in read(await client.call_tool("submitJob", arguments))


async def test_a_whole_number_may_be_written_with_a_fraction(
    running: builds.Builds, era: str
) -> None:
    async with connect(running, era) as client:
        resources = {"buildResources": {"memory": 2048.0, "cpu": 1e3}, "gpuCount": 0.0}
        submitted = await client.call_tool("submitJob", samples.FIELDS | resources)
        assert not submitted.is_error, submitted.content
        assert submitted.structured_content is not None
        wait = {"jobID": submitted.structured_content["jobID"], "seconds": 45.0}
        assert not (await client.call_tool("waitJob", wait)).is_error
        for seconds in (0.5, float("inf")):
            refused = await client.call_tool("waitJob", wait | {"seconds": seconds})
            assert refused.is_error
            assert "seconds" in str(refused.content)


async def test_the_list_of_tools_is_what_agents_were_shown_before(
    calm_world: World, snapshot: SnapshotAssertion
) -> None:
    with calm_world.observe() as seen:
        async with connect(seen, "auto") as client:
            listed = [
                tool.model_dump(mode="json", by_alias=True, exclude_none=True)
                for tool in (await client.list_tools()).tools
            ]
    assert listed == snapshot(extension_class=JSONSnapshotExtension)


async def test_the_list_of_tools_costs_an_agent_little(calm_world: World, era: str) -> None:
    with calm_world.observe() as seen:
        async with connect(seen, era) as client:
            listed = await client.list_tools()
            assert client.instructions is not None
            assert "submitJob" in client.instructions
    size = len(listed.model_dump_json(by_alias=True, exclude_none=True))
    assert size < 10_000
    for tool in listed.tools:
        assert tool.description
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is not None
        assert tool.annotations.open_world_hint is not None
        assert (tool.annotations.destructive_hint is None) == tool.annotations.read_only_hint


async def test_every_argument_of_a_build_says_what_it_is(calm_world: World) -> None:
    with calm_world.observe() as seen:
        async with connect(seen, "auto") as client:
            (submit, *_) = (await client.list_tools()).tools
    properties = submit.input_schema["properties"]
    assert set(properties) >= set(samples.FIELDS)
    # What is left says it by its name.
    silent = {name for name, given in properties.items() if not given.get("description")}
    assert silent == {
        "buildNetwork",
        "imageFormat",
        "submodules",
        "testNetwork",
        "webhookOnFailure",
        "webhookOnSuccess",
    }
    assert submit.input_schema["required"] == ["owner", "repoURL"]


@pytest.mark.parametrize("host", ["evil.example.com", "127.0.0.1.evil.example.com:80"])
async def test_a_page_with_a_name_of_its_own_speaks_to_nobody(calm_world: World, host: str) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Host": host, "Accept": "application/json, text/event-stream"}
    with calm_world.rest() as seen, listen(seen, calm_world.configure()) as address:
        async with httpx2.AsyncClient() as client:
            response = await client.post(address, json=body, headers=headers)
            assert response.status_code == 421
            headers = {"Origin": "https://evil.example.com", "Accept": headers["Accept"]}
            response = await client.post(address, json=body, headers=headers)
            assert response.status_code == 403


async def test_a_body_that_is_too_large_is_refused(calm_world: World) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    with calm_world.rest() as seen, listen(seen, calm_world.configure()) as address:
        async with httpx2.AsyncClient(timeout=20) as client:
            response = await client.post(address, content=b" " * 5_000_000, headers=headers)
            assert response.status_code == 413


@pytest.mark.parametrize("body", [b"", b"nonsense", b"7", b"[]", b"\xff"])
async def test_what_is_no_message_is_refused(calm_world: World, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    with calm_world.rest() as seen, listen(seen, calm_world.configure()) as address:
        async with httpx2.AsyncClient(timeout=20) as client:
            response = await client.post(address, content=body, headers=headers)
            assert response.status_code == 400
