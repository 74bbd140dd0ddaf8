"""The Inspector's command line as a client: the commands of docs/protocol.md, over both transports and in both eras."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server.access import tokens
from tests import clients, samples
from tests.interop import programs
from tests.worlds import World

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).parents[2]
COMMANDS = [
    shlex.split(line)
    for line in re.findall(
        r"^(npx @modelcontextprotocol/inspector@.*)$",
        (ROOT / "docs" / "protocol.md").read_text(),
        re.MULTILINE,
    )
]


@dataclass(frozen=True, slots=True)
class Inspector:
    """The Inspector, told of a server, and in which era to speak to it."""

    installed: programs.Programs
    home: Path
    era: str
    target: list[str]
    stdio: list[str]

    def start(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command of the page against this server."""
        assert command[2] == "--cli"
        return self.installed.run(
            programs.INSPECTOR,
            *["--cli", *self.target, "--protocol-era", self.era, "--quiet"],
            *[*command[4:], *self.stdio],
            home=self.home,
            seconds=90,
        )

    def run(self, command: list[str], job_id: str = "", *, ends_with: int = 0) -> dict[str, Any]:
        """Run a command to the end that it has to come to; return what it says of the result."""
        ended = self.start([word.replace("JOB_ID", job_id) for word in command])
        assert ended.returncode == ends_with, ended.stdout + ended.stderr
        answer: dict[str, Any] = json.loads(ended.stdout)["result"]
        return answer


@pytest.fixture(params=["legacy", "modern"])
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "engine")
    with made.engine:
        yield made


@pytest.fixture(params=["http", "stdio"])
def inspector(
    request: pytest.FixtureRequest,
    installed: programs.Programs,
    world: World,
    era: str,
    tmp_path: Path,
) -> Iterator[Inspector]:
    home = tmp_path / "home"
    home.mkdir()
    if request.param == "stdio":
        # Each command is a service of its own, which drives the builds as long as it is asked.
        given = {"NOMAD_ADDR": world.engine.address, **samples.HOSTS}
        target = [word for key, value in given.items() for word in ("-e", f"{key}={value}")]
        stdio = ["--cwd", str(ROOT), "--", sys.executable, "-m", "server", "stdio"]
        yield Inspector(installed, home, era, target, stdio)
        return
    with world.run() as running, clients.listen(running, world.configure()) as address:
        yield Inspector(installed, home, era, [address], [])


def read_text(answer: dict[str, Any]) -> str:
    """Return the one text of a tool's answer."""
    (content,) = answer["content"]
    assert content["type"] == "text"
    return str(content["text"])


def test_the_commands_of_the_page_build_an_image(inspector: Inspector, era: str) -> None:
    listing, submitting, waiting, asking, reading, *_ = COMMANDS
    # It would end with 6 if a tool had a schema that some client cannot read.
    tools = inspector.run([*listing, "--strict"])["tools"]
    assert {"submitJob", "waitJob", "getStatus", "getLogs"} <= {tool["name"] for tool in tools}

    submitted = json.loads(read_text(inspector.run(submitting)))
    job_id = submitted["jobID"]
    # In the newer era the Inspector knows tasks, and follows the one that the build is to its end.
    assert submitted["status"] == ("SUCCEEDED" if era == "modern" else "PENDING")
    # Each answers when the build goes into its next phase; there are three.
    waited: dict[str, Any] = {"finished": False}
    while not waited["finished"]:
        waited = json.loads(read_text(inspector.run(waiting, job_id)))
    assert waited["status"] == "SUCCEEDED"

    answer = inspector.run(asking, job_id)
    # Only the newer era says in each answer who gave it.
    assert ("_meta" in answer) == (era == "modern")
    assert json.loads(read_text(answer))["images"] == ["registry.cluster:5000/bdtemp/bd:test"]
    header, *lines = read_text(inspector.run(reading, job_id)).splitlines()
    assert header.startswith(f"[{job_id} test/test-1 lines 1-1 of 1; status SUCCEEDED")
    assert lines == ["test-1 says ünï"]


def test_an_unknown_build_ends_a_command_as_an_error_with_what_to_do(inspector: Inspector) -> None:
    asking = COMMANDS[3]
    answer = inspector.run(asking, "nope", ends_with=5)
    assert answer["isError"] is True
    assert "no build has the id nope. Check the jobID" in read_text(answer)


def test_a_service_with_tokens_lets_in_who_has_one_and_tells_others_so(
    installed: programs.Programs, world: World, era: str, tmp_path: Path
) -> None:
    token = tokens.mint()
    entry = {"name": "ci", "hash": tokens.digest(token), "scopes": ["read"]}
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({"tokens": [entry]}))
    settings = world.configure(TOKENS_FILE=str(file))
    with world.run() as running, clients.listen(running, settings) as address:
        inspector = Inspector(installed, tmp_path, era, [address], [])
        command = [word.replace("TOKEN", token) for word in COMMANDS[5]]
        assert inspector.run(command)["tools"]
        ended = inspector.start(command[:-2])
        assert (ended.returncode, "auth_required" in ended.stderr) == (3, True), ended.stderr


def test_the_command_for_standard_input_and_output_stands_as_it_is_tested(
    installed: programs.Programs, world: World, tmp_path: Path
) -> None:
    command = COMMANDS[-1][3:]
    assert command[-3:] == ["--", "nomad-build", "stdio"]
    words = [word.replace("http://127.0.0.1:4646", world.engine.address) for word in command[:-2]]
    script = Path(sys.executable).with_name("nomad-build")
    ended = installed.run(
        programs.INSPECTOR, "--cli", *words, str(script), "stdio", home=tmp_path, seconds=90
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["result"]["tools"]
