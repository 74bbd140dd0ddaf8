"""The extension io.modelcontextprotocol/tasks: a submitted build is a task, which clients follow by themselves.

The task is the build and its id the build's, so that it outlives everything and every replica knows it. Ids are no
secrets, though most have 80 random bits: that of a build with a ``requestID`` follows from it. Whoever asks has to
be somebody who may read the build, and that is asked anew at each call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pydantic
from mcp import MCPError, types
from mcp.server.context import CallNext, HandlerResult
from mcp.server.extension import Extension, MethodBinding, compose_tool_call_handler
from mcp.server.lowlevel import Server
from mcp.server.mcpserver import require_client_extension
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value

from server import calls
from server.errors import ServiceError
from server.protocol import taskstates
from server.protocol.requests import Context, caller_of, read_build, refusal

IDENTIFIER = "io.modelcontextprotocol/tasks"
# Older revisions have tasks of another kind, which nobody speaks any more.
_VERSIONS = frozenset({"2026-07-28"})
_TOOL = "submitJob"


class TaskParams(types.RequestParams):
    """Which task is meant."""

    task_id: str


class UpdateParams(TaskParams):
    """What a client answers to a task's questions."""

    input_responses: dict[str, Any] = pydantic.Field(default_factory=dict)


class Tasks(Extension):
    """Builds as tasks; ``keep_days`` is how long a build that has ended is known."""

    identifier = IDENTIFIER

    def __init__(self, toolbox: calls.Toolbox, keep_days: int) -> None:
        self._toolbox = toolbox
        self._keep_days = keep_days

    def methods(self) -> Sequence[MethodBinding]:
        """The requests that clients follow tasks by."""
        return [
            MethodBinding("tasks/get", TaskParams, self._get, _VERSIONS),
            MethodBinding("tasks/update", UpdateParams, self._update, _VERSIONS),
            MethodBinding("tasks/cancel", TaskParams, self._cancel, _VERSIONS),
        ]

    async def intercept_tool_call(
        self, params: types.CallToolRequestParams, ctx: Context, call_next: CallNext
    ) -> HandlerResult:
        """Answer a task for a build that was submitted by a client which knows tasks."""
        result = await call_next(ctx)
        if params.name != _TOOL or not is_declared(ctx):
            return result
        if not isinstance(result, types.CallToolResult) or not result.structured_content:
            return result
        try:
            build = await read_build(self._toolbox, ctx, result.structured_content["jobID"])
        except ServiceError:
            # A task has to be there for whom it is given to. Where the build cannot be read by its id alone, as where
            # each call has to name an owner, the plain answer says how to go on.
            return result
        task = taskstates.seed(build, self._keep_days)
        if task["status"] != "working":
            # A request that was repeated after its build's end: there is nothing left to wait for.
            return taskstates.result(build)
        return {"resultType": "task", **task}

    async def _get(self, context: Context, parameters: TaskParams) -> dict[str, Any]:
        _check(context, parameters.task_id)
        return {"resultType": "complete", **await self.describe(context, parameters.task_id)}

    async def _update(self, context: Context, parameters: UpdateParams) -> dict[str, Any]:
        """A build asks nothing; answers to what was not asked are to be passed over."""
        _check(context, parameters.task_id)
        await self.describe(context, parameters.task_id)
        return {"resultType": "complete"}

    async def _cancel(self, context: Context, parameters: TaskParams) -> dict[str, Any]:
        """Kill the build; one that has ended stays as it is."""
        _check(context, parameters.task_id)
        arguments = {"jobID": parameters.task_id, "by": taskstates.CANCELLED_BY}
        try:
            await calls.call(self._toolbox, "killJob", arguments, caller_of(context))
        except ServiceError as error:
            raise refusal(error) from error
        return {"resultType": "complete"}

    async def describe(self, context: Context, task_id: str) -> dict[str, Any]:
        """Return a task in all detail.

        Raises:
            MCPError: there is no such task, or none that the caller may know.
        """
        try:
            build = await read_build(self._toolbox, context, task_id)
        except ServiceError as error:
            raise refusal(error) from error
        return taskstates.describe(build, self._keep_days)


def install(server: Server[Any], extension: Extension) -> None:
    """Add an extension to a server, as the SDK's MCPServer does it with its own."""
    server.extensions[extension.identifier] = extension.settings()
    for method in extension.methods():
        server.add_request_handler(method.method, method.params_type, _gate(method))
    tool_calls = server.get_request_handler("tools/call")
    assert tool_calls is not None
    server.add_request_handler(
        "tools/call",
        types.CallToolRequestParams,
        compose_tool_call_handler([extension], tool_calls.handler),
    )


def is_declared(context: Context) -> bool:
    """Whether the client has said with this very request that it knows tasks."""
    capabilities = context.session.client_capabilities
    declared = (capabilities.extensions if capabilities else None) or {}
    return context.protocol_version in _VERSIONS and IDENTIFIER in declared


def _gate(method: MethodBinding) -> Any:
    async def handle(context: Context, parameters: Any) -> HandlerResult:
        if context.protocol_version not in (method.protocol_versions or ()):
            raise MCPError(types.METHOD_NOT_FOUND, "Method not found", method.method)
        return await method.handler(context, parameters)

    return handle


def _check(context: Context, task_id: str) -> None:
    require_client_extension(context, IDENTIFIER)
    # Whatever stands between client and service routes and counts by the header: it has to tell the truth.
    if context.request is not None:
        named = decode_header_value(context.request.headers.get(MCP_NAME_HEADER))
        if named != task_id:
            msg = f"the header {MCP_NAME_HEADER} does not name the task that the request is about"
            raise MCPError(types.HEADER_MISMATCH, msg)
