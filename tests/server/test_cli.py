"""The operator's commands, as real processes."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner

from server import __main__ as cli
from tests.waiting import wait_for
from tests.worlds import World

COMMANDS = sorted([*cli._ELSEWHERE, "schema", "serve", "stdio", "validate"])
HEAVY = {
    "dulwich",
    "jinja2",
    "mcp",
    "nomad",
    "pydantic",
    "requests",
    "rich",
    "starlette",
    "uvicorn",
    "yaml",
}
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("NOMAD")}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_help_lists_every_command_and_shows_how_to_begin() -> None:
    result = run("--help")
    assert result.returncode == 0
    for name in COMMANDS:
        assert re.search(rf"^  {name} +\S", result.stdout, re.MULTILINE)
    assert "NOMAD_ADDR" in result.stdout
    assert result.stderr == ""


def test_help_imports_nothing_that_only_a_command_needs() -> None:
    code = (
        "import sys; from server.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help(command: str) -> None:
    result = CliRunner().invoke(cli.main, [command, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output
    assert "--help" in result.output


def test_help_shows_each_command_once() -> None:
    listed = [name for names in cli._SECTIONS.values() for name in names]
    assert sorted(listed) == COMMANDS


def test_help_of_what_speaks_to_a_service_imports_nothing_of_the_service() -> None:
    code = (
        "import sys; from server.__main__ import main\n"
        "try: main(['status', '--help'])\n"
        "except SystemExit: pass\n"
        f"print(sorted({HEAVY - {'requests', 'rich'}} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"


def test_the_version_is_told() -> None:
    assert re.search(r"\d+\.\d+", CliRunner().invoke(cli.main, ["--version"]).output)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["serve", "--port", "70000"],
        ["serve", "--prot", "1"],
        ["stdio", "--log-level", "x"],
    ],
)
def test_a_wrong_command_line_ends_with_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(cli.main, arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.output


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["stdio"]])
def test_a_wrong_environment_is_told_without_a_traceback(command: list[str]) -> None:
    result = run(*command, NOMAD_BUILD_BUILDER_IMAG="x")
    assert result.returncode == 1
    assert "Did you mean NOMAD_BUILD_BUILDER_IMAGE?" in result.stderr
    assert "Traceback" not in result.stderr
    result = run(*command, NOMAD_ADDR="nomad.example.com")
    assert result.returncode == 1
    assert "http://127.0.0.1:4646" in result.stderr


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run(
            "serve", "--port", str(taken.getsockname()[1]), NOMAD_ADDR="http://127.0.0.1:9"
        )
    assert result.returncode != 0
    assert "address already in use" in result.stderr.lower()


@contextlib.contextmanager
def serve(
    world: World, log: Path, **environment: str
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a server; yields its process and address."""
    with (
        log.open("w") as output,
        subprocess.Popen(
            [sys.executable, "-m", "server", "serve", "--port", "0"],
            env=ENVIRONMENT | {"NOMAD_ADDR": world.engine.address} | environment,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            found = wait_for(
                lambda: re.search(r"http://127\.0\.0\.1:[1-9]\d*", log.read_text()), "the address"
            )
            yield process, found[0]
        finally:
            process.kill()


def test_the_server_answers_and_ends_when_it_is_told_to(world: World, tmp_path: Path) -> None:
    with serve(world, tmp_path / "log") as (process, address):
        assert httpx2.get(f"{address}/ready").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("trusted", "last"), [({}, 429), ({"FORWARDED_ALLOW_IPS": "127.0.0.1"}, 200)]
)
def test_only_a_named_proxy_is_believed_who_it_calls_for(
    world: World, tmp_path: Path, trusted: dict[str, str], last: int
) -> None:
    with serve(world, tmp_path / "log", NOMAD_BUILD_RATE="2/minute", **trusted) as (_, address):
        codes = [
            httpx2.get(
                f"{address}/v1/builds", headers={"X-Forwarded-For": f"203.0.113.{number}"}
            ).status_code
            for number in range(3)
        ]
    assert codes == [200, 200, last]


def test_the_server_ends_soon_though_clients_keep_their_streams_open(
    world: World, tmp_path: Path
) -> None:
    with serve(world, tmp_path / "log") as (process, address):
        host, port = address.removeprefix("http://").split(":")
        # As MCP clients do, and as one does that went away within a request.
        listen = f"GET /mcp HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n"
        half = f"POST /mcp/getStatus HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        with (
            socket.create_connection((host, int(port))) as listening,
            socket.create_connection((host, int(port))) as silent,
        ):
            listening.sendall(listen.encode())
            assert b"200 OK" in listening.recv(4096)
            silent.sendall(f"{half}Content-Length: 9\r\n\r\n{{".encode())
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) in (0, -signal.SIGTERM)


def test_stdio_ends_when_its_client_goes(world: World) -> None:
    result = run("stdio", NOMAD_ADDR=world.engine.address)
    assert result.returncode == 0
    assert result.stdout == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stdio_ends_when_it_is_told_to(world: World, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "server", "stdio"],
        env=ENVIRONMENT | {"NOMAD_ADDR": world.engine.address},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
            process.stdin.flush()
            assert b'"id":1' in process.stdout.readline()
            process.send_signal(number)
            assert process.wait(10) == -number
            assert b"Traceback" not in process.stderr.read()
        finally:
            process.kill()
