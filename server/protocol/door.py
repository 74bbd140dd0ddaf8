"""The service over the Model Context Protocol: the SDK's low-level server, put together of its parts."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from mcp import types
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.lowlevel import Server

import server
from server import calls, tools
from server.protocol import tasks, toolcalls
from server.protocol.completions import Completions
from server.protocol.prompts import Prompts
from server.protocol.requests import Context
from server.protocol.resources import Resources
from server.protocol.subscriptions import Subscriptions

# What all callers are told alike, until another version of the service runs.
_LASTING = CacheHint(ttl_ms=300_000, scope="public")
_CACHE_HINTS: dict[CacheableMethod, CacheHint] = {
    "server/discover": _LASTING,
    "tools/list": _LASTING,
    "prompts/list": _LASTING,
    "resources/templates/list": _LASTING,
    # It has the caller's newest builds.
    "resources/list": CacheHint(ttl_ms=5_000, scope="private"),
}


def create_server(toolbox: calls.Toolbox, keep_days: int = 30) -> Server[Subscriptions]:
    """Return an MCP server for the tools; ``keep_days`` is how long a build that has ended is known."""
    described = {tool.name: toolcalls.describe(tool) for tool in toolbox.tools}
    resources = Resources(toolbox)
    prompts = Prompts(toolbox)

    @contextlib.asynccontextmanager
    async def live(_: Server[Subscriptions]) -> AsyncIterator[Subscriptions]:
        async with Subscriptions(toolbox).run() as subscriptions:
            yield subscriptions

    async def list_tools(
        context: Context, parameters: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=list(described.values()))

    async def call_tool(
        context: Context, parameters: types.CallToolRequestParams
    ) -> types.CallToolResult:
        return await toolcalls.call(toolbox, context, parameters)

    async def listen(
        context: Context, parameters: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        subscriptions: Subscriptions = context.lifespan_context
        return await subscriptions.listen(context, parameters)

    made: Server[Any] = Server(
        "nomad-build-service",
        version=server.__version__,
        title="Nomad Build Service",
        instructions=tools.INSTRUCTIONS,
        lifespan=live,
        cache_hints=_CACHE_HINTS,
        # No argument is repeated in a header; without this the list is made anew for each call to see that.
        get_tool_input_schema=lambda name: None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=resources.list_resources,
        on_list_resource_templates=resources.list_templates,
        on_read_resource=resources.read,
        on_subscriptions_listen=listen,
        on_list_prompts=prompts.list_prompts,
        on_get_prompt=prompts.get,
        on_completion=Completions(toolbox).complete,
    )
    tasks.install(made, tasks.Tasks(toolbox, keep_days))
    return made
