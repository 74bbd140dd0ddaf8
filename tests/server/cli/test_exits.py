"""How commands end: each exit code, what is said with it, and that the page and --help say the same."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from server import app
from server.cli import exits
from tests import serving
from tests.agents import stage
from tests.docs.pages import DOCS
from tests.server.cli.conftest import Served
from tests.server.cli.typing_commands import CLEAN, run
from tests.worlds import World


def answering(answer: Response) -> Starlette:
    async def respond(request: Request) -> Response:
        return answer

    return Starlette(routes=[Route("/mcp/{tool}", respond, methods=["POST"])])


def refusal(status: int, message: str = "no", next_step: str = "Do better") -> Response:
    return JSONResponse({"error": message, "code": status, "nextStep": next_step}, status)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, exits.REFUSED),
        (401, exits.REFUSED),
        (403, exits.REFUSED),
        (404, exits.NOT_FOUND),
        (409, exits.REFUSED),
        (413, exits.REFUSED),
        (421, exits.REFUSED),
        (429, exits.BUSY),
        (500, exits.UNREACHABLE),
        (502, exits.UNREACHABLE),
        (503, exits.UNREACHABLE),
    ],
)
def test_each_refusal_has_its_exit_code_and_says_what_to_do(status: int, code: int) -> None:
    with serving.serving(answering(refusal(status))) as url:
        result = run("status", "x", url=url)
        as_json = run("status", "x", "--json", url=url)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith("Error: no\n  Do better")
    assert (as_json.exit_code, as_json.stdout) == (code, "")
    assert json.loads(as_json.stderr) == {"error": "no", "code": status, "nextStep": "Do better"}


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_is_told_where_the_token_comes_from(status: int) -> None:
    with serving.serving(answering(refusal(status))) as url:
        assert "--token-file or NOMAD_BUILD_TOKEN" in run("status", "x", url=url).stderr


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (PlainTextResponse("<html>It works!</html>"), "is not the service: 200 <html>It works!"),
        (PlainTextResponse("gone", 502), "is not the service: 502 gone"),
        (RedirectResponse("https://elsewhere.example.com/"), "https://elsewhere.example.com/"),
        (JSONResponse([1]), "is not the service"),
        (refusal(404, "there is no such path: /mcp/x"), "there is no such path"),
    ],
)
def test_what_is_not_the_service_is_told(answer: Response, said: str) -> None:
    with serving.serving(answering(answer)) as url:
        result = run("status", "x", url=url)
    assert result.exit_code == exits.UNREACHABLE
    assert said in result.stderr


STRANGERS = [
    JSONResponse({}),
    JSONResponse([]),
    JSONResponse({"errors": [{"message": "no query"}]}),
    JSONResponse({"jobID": None, "status": 5, "builds": 7, "removed": "abc"}),
    Response(b"[" * 100_000 + b"]" * 100_000, media_type="application/json"),
    # A web framework, of whose paths none is ours, and one that wants other credentials.
    JSONResponse({"status": 404, "error": "Not Found", "path": "/mcp/submitJob"}, 404),
    JSONResponse({"error": None, "code": 404}, 404),
    JSONResponse({"error": "x"}, 401),
]


@pytest.mark.parametrize("answer", STRANGERS)
def test_another_program_is_not_taken_for_the_service(answer: Response) -> None:
    request = ("submit", "--repo", "https://git.example.com/a/b", "--owner", "me")
    with serving.serving(answering(answer)) as url:
        for command in (
            request,
            (*request, "--watch"),
            ("status", "x"),
            ("logs", "x"),
            ("logs", "-f", "x"),
            ("watch", "x"),
            ("kill", "x"),
            ("cleanup", "x"),
            ("history",),
        ):
            result = run(*command, url=url)
            assert (result.exit_code, result.stdout) == (exits.UNREACHABLE, ""), command
            assert "is not the service" in result.stderr


def test_where_nothing_answers_it_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    result = run("history", url=url)
    assert result.exit_code == exits.UNREACHABLE
    assert f"the service at {url} cannot be reached: Connection refused" in result.stderr
    assert "--url or NOMAD_BUILD_URL" in result.stderr


def test_a_build_that_nobody_knows_is_not_found(served: Served) -> None:
    for command in ("status", "logs", "watch", "kill", "cleanup"):
        result = run(command, "01kb9x3m4v0000000000000000", url=served.url)
        assert result.exit_code == exits.NOT_FOUND, command
        assert "no build has the id" in result.stderr


@pytest.mark.parametrize("url", ["nope", "ftp://x", "http://", "http://me:pw@x", "http://x?y=1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    result = run("history", "--url", url)
    assert result.exit_code == exits.USAGE
    assert "--url" in result.stderr


def test_a_token_comes_from_a_file_or_the_environment_and_is_never_shown(tmp_path: Path) -> None:
    seen: list[str | None] = []

    async def respond(request: Request) -> Response:
        seen.append(request.headers.get("authorization"))
        return JSONResponse({"builds": []})

    file = tmp_path / "token"
    file.write_text("from-the-file\n")
    web = Starlette(routes=[Route("/mcp/{tool}", respond, methods=["POST"])])
    with serving.serving(web) as url:
        for arguments, environment in (
            ((), {}),
            ((), {"NOMAD_BUILD_TOKEN": "from-the-environment"}),
            (("--token-file", str(file)), {"NOMAD_BUILD_TOKEN": "from-the-environment"}),
        ):
            result = run("history", *arguments, url=url, environment=environment)
            assert result.exit_code == 0
            assert "from-the" not in result.output
    assert seen == [None, "Bearer from-the-environment", "Bearer from-the-file"]


def test_a_token_that_is_not_good_or_not_enough_is_refused(tmp_path: Path) -> None:
    def make(name: str, scope: str) -> Path:
        made = run("token", "--name", name, "--scope", scope, "--json")
        answer = json.loads(made.stdout)
        entries.append(answer["entry"])
        file = tmp_path / name
        file.write_text(answer["token"])
        return file

    entries: list[dict[str, Any]] = []
    reader, writer = make("reader", "read"), make("writer", "write")
    tokens = tmp_path / "tokens.yaml"
    tokens.write_text(json.dumps({"tokens": entries}))
    world = World(tmp_path / "engine")
    with world.engine:
        settings = world.configure(**stage.HOSTS, TOKENS_FILE=str(tokens))
        with (
            app.run(app.assemble(settings)) as running,
            serving.serving(app.create_app(running, settings)) as url,
        ):
            text = json.dumps(stage.REQUEST)
            words = ("submit", "-f", "-", "--token-file")
            nobody = run("history", url=url)
            refused = run(*words, str(reader), text=text, url=url)
            watched = run(*words, str(writer), "--watch", text=text, url=url)
            seen = run("logs", "-f", read_newest(url, reader), "--token-file", str(reader), url=url)
    assert nobody.exit_code == refused.exit_code == exits.REFUSED
    assert "--token-file or NOMAD_BUILD_TOKEN" in nobody.stderr
    assert "reader may not call submitJob" in refused.stderr
    assert (watched.exit_code, seen.exit_code) == (0, 0)


def read_newest(url: str, token: Path) -> str:
    result = run("history", "--json", "--token-file", str(token), url=url)
    return str(json.loads(result.stdout)["builds"][0]["jobID"])


@pytest.mark.parametrize("text", ["", "two words", "line\nline", "ünï"])
def test_a_file_that_holds_no_token_is_refused_without_showing_it(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "token"
    file.write_text(text)
    result = run("history", "--token-file", str(file))
    assert result.exit_code == exits.USAGE
    assert not text or text not in result.stderr


def test_a_token_that_goes_over_the_network_in_the_clear_is_warned_of() -> None:
    result = run(
        "history", "--url", "http://192.0.2.1.invalid", environment={"NOMAD_BUILD_TOKEN": "t"}
    )
    assert "is not encrypted" in result.stderr


def test_a_call_whose_answer_was_lost_is_made_again() -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as losing:
        port = losing.getsockname()[1]

        def lose() -> None:
            for _ in range(2):
                connection, _ = losing.accept()
                with connection:
                    asked.append(connection.recv(65_536))
            connection, _ = losing.accept()
            with connection:
                asked.append(connection.recv(65_536))
                body = b'{"builds": []}'
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.sendall(head.encode() + body)

        thread = threading.Thread(target=lose)
        thread.start()
        result = run("history", url=f"http://127.0.0.1:{port}")
        thread.join()
    assert result.exit_code == 0, result.stderr
    assert len(asked) == 3


def test_the_exit_codes_are_those_of_the_page_and_of_help() -> None:
    page = (DOCS / "cli.md").read_text()
    table = dict(re.findall(r"^\| (\d+) \| (.*) \|$", page, re.MULTILINE))
    assert {int(code): meaning.replace("`", "") for code, meaning in table.items()} == {
        code: meaning.replace('"', "") for code, meaning in exits.MEANINGS.items()
    }
    shown = run("--help").stdout
    for code, meaning in exits.MEANINGS.items():
        assert f"{code}  {meaning}" in shown


def run_process(
    redirection: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command as a shell does, with what is written redirected."""
    given = {name: text for name, text in os.environ.items() if name not in CLEAN}
    script = f'"$@" {redirection}; echo "${{PIPESTATUS[0]}}" >&2'
    return subprocess.run(
        ["bash", "-c", script, "bash", sys.executable, "-m", "server", *arguments],
        env=given | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


REQUEST = ("submit", "--repo", "https://git.example.com/a/b", "--owner", "me", "--dry-run")


@pytest.mark.parametrize(
    ("output", "said", "command"),
    [
        ("/dev/full", "No space left", REQUEST),
        ("/dev/full", "No space left", ("schema",)),
        ("/dev/full", "No space left", ("--help",)),
        ("/dev/full", "No space left", ("token", "--help")),
        ("&-", "is closed", REQUEST),
        ("&-", "is closed", ("schema",)),
    ],
)
def test_what_cannot_be_written_is_told(output: str, said: str, command: tuple[str, ...]) -> None:
    ended = run_process(f">{output}", *command)
    *lines, code = ended.stderr.splitlines()
    assert int(code) == exits.NOT_WRITTEN
    assert lines[0].startswith("Error: what there is to say cannot be written: ")
    assert said in lines[0]
    assert len(lines) == 1


def test_whoever_reads_no_further_is_told_nothing(served: Served) -> None:
    served.stage.world.let("build", stdout="making\n" * 50_000)
    submitted = run("submit", "-f", "-", text=json.dumps(stage.REQUEST), url=served.url)
    for command in ("logs", "-f"), ("watch",):
        ended = run_process(
            "| head -n 1",
            *command,
            submitted.stdout.strip(),
            environment={"NOMAD_BUILD_URL": served.url},
        )
        assert len(ended.stdout.splitlines()) == 1
        assert ended.stderr.splitlines() == [str(exits.UNREAD)]


def test_without_standard_error_a_command_does_what_it_should(served: Served) -> None:
    ended = run_process("2>&-", "history", "--json", environment={"NOMAD_BUILD_URL": served.url})
    assert json.loads(ended.stdout)["builds"] == []
    assert ended.stderr == "0\n"
