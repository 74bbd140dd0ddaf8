"""Every revision of the protocol that docs/protocol.md names, over both transports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp_types import version

from tests.docs import pages
from tests.interop import serving
from tests.worlds import World

_META = "io.modelcontextprotocol"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving.serve(tmp_path_factory.mktemp("engine"), "service") as made:
        yield made


def begin(revision: str) -> dict[str, Any]:
    """Return the request that a client of a revision begins with."""
    client = {"name": "a-client", "version": "1"}
    if revision in version.MODERN_PROTOCOL_VERSIONS:
        meta = {"protocolVersion": revision, "clientInfo": client, "clientCapabilities": {}}
        parameters: dict[str, Any] = {
            "_meta": {f"{_META}/{key}": value for key, value in meta.items()}
        }
        method = "server/discover"
    else:
        parameters = {"protocolVersion": revision, "capabilities": {}, "clientInfo": client}
        method = "initialize"
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}


def assert_begun(answer: dict[str, Any], revision: str) -> None:
    """The server speaks the revision that was asked for, and has tools."""
    result = answer["result"]
    if revision in version.MODERN_PROTOCOL_VERSIONS:
        assert revision in result["supportedVersions"]
    else:
        assert result["protocolVersion"] == revision
    assert "tools" in result["capabilities"]
    assert "submitJob" in result["instructions"]


@pytest.mark.parametrize("revision", version.KNOWN_PROTOCOL_VERSIONS)
def test_each_revision_is_spoken_over_http_without_a_session(address: str, revision: str) -> None:
    request = begin(revision)
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": revision,
        "Mcp-Method": request["method"],
    }
    response = httpx2.post(address, json=request, headers=headers, timeout=20)
    assert response.status_code == 200, response.text
    assert "mcp-session-id" not in response.headers
    data = [line for line in response.text.splitlines() if line.startswith(("data: {", "{"))]
    assert_begun(json.loads(data[0].removeprefix("data: ")), revision)


@pytest.mark.parametrize("revision", version.KNOWN_PROTOCOL_VERSIONS)
def test_each_revision_is_spoken_over_standard_input_and_output(
    tmp_path: Path, revision: str
) -> None:
    world = World(tmp_path)
    with world.engine:
        ended = subprocess.run(
            [sys.executable, "-m", "server", "stdio"],
            env=os.environ | {"NOMAD_ADDR": world.engine.address},
            input=json.dumps(begin(revision)) + "\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    assert_begun(json.loads(ended.stdout), revision)


def test_the_page_names_all_revisions_and_nothing_else() -> None:
    assert tuple(pages.rows("protocol.md", "Revisions")) == version.KNOWN_PROTOCOL_VERSIONS
