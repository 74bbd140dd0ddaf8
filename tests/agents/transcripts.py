"""Transcripts of real calls, as docs/agents.md shows them: what differs from one run to the next is made alike."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from click import testing
from mcp import Client, types

from server.__main__ import main
from server.cli import clients
from tests.agents.stage import REQUEST, Stage

_IDS = ("01kbq7w3zv5m8e2r4t6y9a1c3d", "01kbq7xc0n7p9s2v4x6z8b1d3f", "01kbq7y2h4k6m8q1s3u5w7z9b2")
_ID = re.compile(r"\b[0-7][0-9a-hjkmnp-tv-z]{25}\b")
_TIME = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_SECONDS = re.compile(r'("(?:elapsedSeconds|seconds)": )[0-9.]+')
_NODE = re.compile(r'("node": ")[^"]+')
_CURSOR = re.compile(r"(cursor[ :]*)[A-Za-z0-9._~:=-]{12,}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call and its answer, as text."""

    tool: str
    arguments: Mapping[str, Any]
    answer: str

    def render(self) -> str:
        """Return it as Markdown."""
        call = json.dumps(self.arguments, ensure_ascii=False)
        kind = "json" if self.answer.startswith("{") else "text"
        return f"`{self.tool}`\n\n```json\n{call}\n```\n\n```{kind}\n{self.answer}\n```\n"


class Recorder:
    """Makes calls and keeps them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.exchanges: list[Exchange] = []

    async def call(self, tool: str, **arguments: Any) -> Any:
        """Call a tool; return its answer."""
        result = await self._client.call_tool(tool, arguments, read_timeout_seconds=90)
        (content,) = result.content
        assert isinstance(content, types.TextContent)
        answer = result.structured_content
        text = content.text if answer is None else json.dumps(answer, ensure_ascii=False, indent=1)
        self.exchanges.append(Exchange(tool, arguments, text))
        return answer


async def _play_success(recorder: Recorder) -> None:
    build_id = (await recorder.call("submitJob", **REQUEST, requestID="shop-1.4.2"))["jobID"]
    while not (await recorder.call("waitJob", jobID=build_id))["finished"]:
        pass


async def _play_failure(recorder: Recorder) -> None:
    build_id = (await recorder.call("submitJob", **REQUEST | {"imageTags": ["1.4.3"]}))["jobID"]
    await recorder.call("waitJob", jobID=build_id)
    await recorder.call("getLogs", jobID=build_id, phase="build", search="^E:", context=2)
    await recorder.call("getStatus", jobID=build_id)


async def _play_rest(recorder: Recorder) -> None:
    build_id = (await recorder.call("getHistory", status="SUCCEEDED", limit=1))["builds"][0][
        "jobID"
    ]
    await recorder.call("killJob", jobID=build_id, why="not needed any more")
    await recorder.call("cleanup", jobID=build_id, dryRun=True)
    await recorder.call("submitJob", owner="claude", repoUrl=REQUEST["repoURL"], imageTag="1.4.4")


def write_clients() -> str:
    """Return what the command writes for each client into a file that is not there yet."""
    parts = []
    for name, client in clients.CLIENTS.items():
        shown = client.file({"CODEX_HOME": "~/.codex"})
        options = "--url http://nomad-build.example.com:8080 --token-env NOMAD_BUILD_TOKEN"
        command = f"config {name} {options}"
        with tempfile.TemporaryDirectory(prefix="clients-") as folder:
            file = Path(folder, shown.name)
            arguments = [*command.split(), "--file", str(file), "--write"]
            testing.CliRunner().invoke(main, arguments, catch_exceptions=False)
            text = file.read_text().rstrip()
        parts.append(f"{client.title}: `nomad-build {command}` writes `{shown}`\n")
        parts.append(f"```{shown.suffix[1:]}\n{text}\n```\n")
    return "\n".join(parts)


def record() -> dict[str, str]:
    """Play everything; return the transcripts by their marks on the page."""
    with tempfile.TemporaryDirectory(prefix="transcripts-") as folder:
        stage = Stage(Path(folder))
        with stage.run() as address:
            return anyio.run(_record, stage, f"{address}/mcp")


async def _record(stage: Stage, address: str) -> dict[str, str]:
    found: dict[str, list[Exchange]] = {}
    plays = (("success", _play_success), ("failure", _play_failure), ("rest", _play_rest))
    for mark, play in plays:
        # Phases that end before anybody waits for them make the number of calls a matter of luck.
        stage.build_well(seconds=1.5, test=1.5, publish=1.5)
        if mark == "failure":
            stage.build_badly(seconds=1.5)
        async with Client(address) as client:
            recorder = Recorder(client)
            await play(recorder)
        found[mark] = recorder.exchanges
    known: dict[str, str] = {}
    transcripts = {
        mark: _make_alike("\n".join(each.render() for each in exchanges), known)
        for mark, exchanges in found.items()
    }
    return {"clients": write_clients(), **transcripts}


def _make_alike(text: str, known: dict[str, str]) -> str:
    def name(found: re.Match[str]) -> str:
        return known.setdefault(found[0], _IDS[len(known) % len(_IDS)])

    text = _ID.sub(name, text)
    text = _TIME.sub("2026-11-30T09:00:00Z", text)
    text = _SECONDS.sub(r"\g<1>2", text)
    text = _NODE.sub(r"\g<1>worker-1", text)
    return _CURSOR.sub(r"\g<1>…", text)
