"""The doors that callers come by: plain HTTP, and the Model Context Protocol in both of its eras."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import httpx2
from mcp import Client, types
from mcp.client.streamable_http import streamable_http_client

from tests.server.access.serving import bearer


class Door:
    """Calls tools in somebody's name; answers are what the tool answers, or the text of its refusal."""

    async def call(self, token: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any] | str:
        raise NotImplementedError


class Plain(Door):
    def __init__(self, address: str) -> None:
        self._address = address

    async def call(self, token: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any] | str:
        async with httpx2.AsyncClient(base_url=self._address, headers=bearer(token)) as client:
            response = await client.post(f"/mcp/{tool}", json=arguments)
        answer: dict[str, Any] = response.json()
        if response.status_code == 200:
            return answer
        return f"{response.status_code} {answer['error']}"


class Rest(Door):
    """Calls what is below ``/v1/builds``."""

    _READING: ClassVar = {
        "getHistory": "",
        "getStatus": "/{jobID}",
        "waitJob": "/{jobID}/wait",
        "getLogs": "/{jobID}/logs",
        "follow": "/{jobID}/logs/follow",
    }
    _CHANGING: ClassVar = {
        "submitJob": "",
        "killJob": "/{jobID}/kill",
        "cleanup": "/{jobID}/cleanup",
    }

    def __init__(self, address: str) -> None:
        self._address = f"{address}/v1/builds"

    async def call(self, token: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any] | str:
        path = (self._READING | self._CHANGING)[tool].format_map(arguments)
        given = {
            name: value for name, value in arguments.items() if name != "jobID" or "/" not in path
        }
        async with httpx2.AsyncClient(headers=bearer(token)) as client:
            if tool in self._READING:
                response = await client.get(self._address + path, params=given)
            else:
                response = await client.post(self._address + path, json=given)
        if response.status_code in (200, 201):
            found: dict[str, Any] | str = (
                response.json() if "json" in response.headers["Content-Type"] else response.text
            )
            return found
        return f"{response.status_code} {response.json()['error']}"


class Agent(Door):
    def __init__(self, address: str, era: str) -> None:
        self._address = address
        self._era = era

    async def call(self, token: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any] | str:
        async with connect(self._address, token, self._era) as client:
            result = await client.call_tool(tool, arguments)
        (content,) = result.content
        assert isinstance(content, types.TextContent)
        if result.is_error or result.structured_content is None:
            return content.text
        return dict(result.structured_content)


@contextlib.asynccontextmanager
async def connect(address: str, token: str, era: str) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers=bearer(token)) as http,
        Client(streamable_http_client(f"{address}/mcp", http_client=http), mode=era) as client,
    ):
        yield client
