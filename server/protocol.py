"""The tools over the Model Context Protocol: the SDK's low-level server in front of the table of tools."""

from __future__ import annotations

import json
import logging
from typing import Any

import anyio.to_thread
from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema

import server
from server import tools
from server.builds import Builds
from server.errors import ServiceError

_log = logging.getLogger(__name__)


def create_server(builds: Builds) -> Server[Any]:
    """Return an MCP server that lists and calls the tools."""

    async def list_tools(
        context: ServerRequestContext[Any], parameters: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_describe(tool) for tool in tools.TOOLS.values()])

    async def call_tool(
        context: ServerRequestContext[Any], parameters: types.CallToolRequestParams
    ) -> types.CallToolResult:
        return await _call(builds, parameters.name, parameters.arguments or {})

    return Server(
        "nomad-build-service",
        version=server.__version__,
        title="Nomad Build Service",
        instructions=tools.INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


class _PlainSchema(GenerateJsonSchema):
    """JSON Schema without pydantic's titles: they repeat the names, and every agent pays for them."""

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        plain: JsonSchemaValue = _without_titles(super().generate(schema, mode))
        return plain


def _without_titles(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: _without_titles(value)
            for key, value in schema.items()
            if key != "title" or not isinstance(value, str)
        }
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    return schema


def _describe(tool: tools.Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments.model_json_schema(schema_generator=_PlainSchema),
        output_schema=tool.answer.model_json_schema(
            schema_generator=_PlainSchema, mode="serialization"
        ),
        annotations=types.ToolAnnotations(
            read_only_hint=tool.read_only,
            destructive_hint=tool.destructive,
            idempotent_hint=tool.idempotent,
            open_world_hint=True,
        ),
    )


async def _call(builds: Builds, name: str, arguments: dict[str, Any]) -> types.CallToolResult:
    """Call a tool; what goes wrong is an answer that the model can read, with the next step."""
    tool = tools.TOOLS.get(name)
    if tool is None:
        return _error(f"there is no tool {name}. Tools are {', '.join(tools.TOOLS)}")
    try:
        answer = await anyio.to_thread.run_sync(tool.call, builds, arguments)
    except ServiceError as error:
        return _error(str(error))
    except Exception:
        # Nothing of the inside may reach the caller; the operator finds it in the log.
        _log.exception("tool %s failed", name)
        return _error(
            "internal error of the service. Try again; an operator finds the cause in its log"
        )
    content = answer.model_dump(mode="json", by_alias=True, exclude_none=True)
    text = json.dumps(content, ensure_ascii=False)
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)], structured_content=content
    )


def _error(message: str) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=message)], is_error=True
    )
