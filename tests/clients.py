"""Agents, as a service meets them: the SDK's client in memory and over HTTP, in somebody's name, and with tasks."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx2
import pydantic
from mcp import Client, types
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.client.streamable_http import streamable_http_client

from server import app, builds, calls, config, protocol
from server.access import tokens
from server.callers import Caller
from tests import samples
from tests.serving import serving

ERAS = ["legacy", "auto"]


@contextlib.asynccontextmanager
async def connect(running: builds.Builds, era: str, **settings: Any) -> AsyncIterator[Client]:
    """Connect in memory."""
    server = protocol.create_server(calls.Toolbox(running))
    async with Client(server, mode=era, **settings) as client:
        yield client


@contextlib.contextmanager
def listen(
    running: app.Service, given: config.Config, callers: Mapping[str, Caller] | None = None
) -> Iterator[str]:
    """Serve the app on a free port, for anybody or for those with the tokens of ``callers``."""
    with contextlib.ExitStack() as stack:
        if callers:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tokens-"))
            _write_tokens(Path(folder, "tokens.json"), callers)
            given = given.model_copy(update={"tokens_file": str(Path(folder, "tokens.json"))})
        address = stack.enter_context(serving(app.create_app(running, given)))
        yield f"{address}/mcp"


def _token(name: str) -> str:
    """Return the token of one whose name is enough for a test to know them by."""
    return f"{tokens.PREFIX}{name:_<43}"


def _write_tokens(path: Path, callers: Mapping[str, Caller]) -> None:
    """Write the file by which the service knows the callers."""
    entries = [
        {
            "name": name,
            "hash": tokens.digest(_token(name)),
            "scopes": sorted(caller.scopes),
            **({"owner": caller.owner} if caller.owner else {}),
        }
        for name, caller in callers.items()
    ]
    path.write_text(json.dumps({"tokens": entries}))


@contextlib.asynccontextmanager
async def reach(
    address: str, era: str = "auto", name: str = "", **settings: Any
) -> AsyncIterator[Client]:
    """Connect over HTTP, in somebody's name."""
    headers = {"Authorization": f"Bearer {_token(name)}"} if name else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(address, http_client=http), mode=era, **settings) as client,
    ):
        yield client


def read(result: types.CallToolResult) -> dict[str, Any]:
    """Return what a tool answered: the same in the text and as structured content."""
    assert not result.is_error, result.content
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    answer: dict[str, Any] = json.loads(content.text)
    assert result.structured_content == answer
    return answer


def read_error(result: types.CallToolResult) -> str:
    """Return what a tool says of its failure."""
    assert result.is_error
    assert result.structured_content is None
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    return content.text


async def submit(client: Client, **changes: Any) -> str:
    """Submit a build."""
    answer = read(await client.call_tool("submitJob", samples.FIELDS | changes))
    return str(answer["jobID"])


async def build(client: Client, **changes: Any) -> dict[str, Any]:
    """Do what an agent does: submit, then ask until the build has ended."""
    return await wait_for_end(client, await submit(client, **changes))


async def wait_for_end(client: Client, job_id: str) -> dict[str, Any]:
    """Ask until a build has ended."""
    with anyio.fail_after(30):
        while True:
            answer = read(await client.call_tool("getStatus", {"jobID": job_id}))
            if answer["status"] in ("SUCCEEDED", "FAILED"):
                return answer
            await anyio.sleep(0.02)


# Tasks, which the SDK does not know yet


class TaskParams(types.RequestParams):
    """Which task is meant."""

    task_id: str
    input_responses: dict[str, Any] | None = None


class NamelessTaskRequest(types.Request[TaskParams, str]):
    """A request about a task, which its header does not name."""

    method: str
    params: TaskParams


class TaskRequest(NamelessTaskRequest):
    """A request about a task, as it has to be: its header names the task, too."""

    name_param = "taskId"


class AnyResult(types.Result):
    """Whatever was answered."""

    model_config = pydantic.ConfigDict(extra="allow")


class Task(types.Result):
    """The handle that a call is answered with."""

    result_type: Literal["task"] = "task"
    task_id: str
    status: str
    status_message: str | None = None
    created_at: str
    last_updated_at: str
    ttl_ms: int | None
    poll_interval_ms: int


async def ask(
    session: Any,
    method: str,
    task_id: str,
    kind: type[NamelessTaskRequest] = TaskRequest,
    **more: Any,
) -> dict[str, Any]:
    """Send a request about a task."""
    request = kind(method=method, params=TaskParams(task_id=task_id, **more))
    answer: AnyResult = await session.send_request(request, AnyResult)
    return answer.model_dump(by_alias=True)


async def follow(session: Any, task_id: str) -> dict[str, Any]:
    """Ask for a task until it has ended; more often than it wants to be asked, as its builds take no time."""
    with anyio.fail_after(30):
        while (task := await ask(session, "tasks/get", task_id))["status"] == "working":
            await anyio.sleep(0.02)
    return task


class KnowingTasks(ClientExtension):
    """A client that knows tasks: it waits for their results by itself."""

    identifier = "io.modelcontextprotocol/tasks"

    def claims(self) -> Sequence[ResultClaim[Any]]:
        """Tasks in place of results."""
        return [ResultClaim(result_type="task", model=Task, resolve=self._resolve)]

    async def _resolve(self, task: Task, context: ClaimContext) -> types.CallToolResult:
        ended = await follow(context.session, task.task_id)
        assert ended["status"] == "completed"
        return types.CallToolResult.model_validate(ended["result"])


async def submit_task(client: Client, **changes: Any) -> Task:
    """Submit a build and take its handle."""
    answer = await client.session.call_tool(
        "submitJob", samples.FIELDS | changes, allow_claimed=True
    )
    assert isinstance(answer, Task), answer
    return answer
