"""The tools over the protocol: how they are listed, and how their answers look."""

from __future__ import annotations

import json

import pydantic
from mcp import types

from server import calls, schemas, tools, validation
from server.errors import ServiceError
from server.protocol.requests import Context, caller_of


def describe(tool: tools.Tool) -> types.Tool:
    """Return a tool as agents see it in the list, for which they pay in each of their sessions.

    There is no schema of the output: it says nothing that the answer does not show, and a task's result is
    another one than the call's own.
    """
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=schemas.brief(tool.arguments),
        annotations=_annotate(tool),
    )


def _annotate(tool: tools.Tool) -> types.ToolAnnotations:
    """Say what a call may do; of one that only reads the other hints mean nothing (MCP, ToolAnnotations)."""
    if tool.read_only:
        return types.ToolAnnotations(read_only_hint=True, open_world_hint=False)
    return types.ToolAnnotations(
        read_only_hint=False,
        destructive_hint=tool.destructive,
        idempotent_hint=tool.idempotent,
        open_world_hint=tool.open_world,
    )


async def call(
    toolbox: calls.Toolbox, context: Context, parameters: types.CallToolRequestParams
) -> types.CallToolResult:
    """Call a tool; what goes wrong is an answer that the model can read, with the next step."""

    async def report(seconds: float, message: str) -> None:
        await context.session.report_progress(seconds, message=message)

    arguments = validation.read_numbers(parameters.arguments or {})
    try:
        answer = await calls.call(toolbox, parameters.name, arguments, caller_of(context), report)
    except ServiceError as error:
        return types.CallToolResult(content=[_text(str(error))], is_error=True)
    return render(tools.TOOLS[parameters.name], answer)


def render(tool: tools.Tool, answer: pydantic.BaseModel) -> types.CallToolResult:
    """Return an answer as text and as structured content, which say the same: clients forward one or the other."""
    if tool.text is not None:
        return types.CallToolResult(content=[_text(tool.text(answer))])
    content = answer.model_dump(mode="json", by_alias=True, exclude_none=True)
    text = _text(json.dumps(content, ensure_ascii=False))
    return types.CallToolResult(content=[text], structured_content=content)


def _text(text: str) -> types.TextContent:
    return types.TextContent(type="text", text=text)
