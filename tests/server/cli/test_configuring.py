"""``nomad-build config``: each client's file, with what is in it already."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from server.cli import clients, configuring
from server.config import Config
from tests.server.cli.typing_commands import run

FILES = {
    "claude": ".mcp.json",
    "cursor": ".cursor/mcp.json",
    "vscode": ".vscode/mcp.json",
    "codex": "codex/config.toml",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, Codex's home in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    return tmp_path


def write(client: str, *arguments: str, **environment: str) -> dict[str, Any]:
    """Write a client's file; return what is in it then."""
    result = run("config", client, "--write", *arguments, environment=environment)
    assert result.exit_code == 0, result.stderr
    text = Path(FILES[client]).read_text()
    read: dict[str, Any] = tomllib.loads(text) if client == "codex" else json.loads(text)
    return read


HTTP = {
    "claude": {
        "mcpServers": {
            "nomad-build": {
                "type": "http",
                "url": "https://build.example.com/mcp",
                "headers": {"Authorization": "Bearer ${BUILD_TOKEN}"},
            }
        }
    },
    "cursor": {
        "mcpServers": {
            "nomad-build": {
                "url": "https://build.example.com/mcp",
                "headers": {"Authorization": "Bearer ${env:BUILD_TOKEN}"},
            }
        }
    },
    "vscode": {
        "servers": {
            "nomad-build": {
                "type": "http",
                "url": "https://build.example.com/mcp",
                "headers": {"Authorization": "Bearer ${input:nomad-build-token}"},
            }
        },
        "inputs": [
            {
                "type": "promptString",
                "id": "nomad-build-token",
                "description": "Token of the Nomad Build Service",
                "password": True,
            }
        ],
    },
    "codex": {
        "mcp_servers": {
            "nomad-build": {
                "url": "https://build.example.com/mcp",
                "bearer_token_env_var": "BUILD_TOKEN",
            }
        }
    },
}


@pytest.mark.parametrize("client", FILES)
def test_over_http_with_a_token_by_its_name(client: str) -> None:
    arguments = ("--url", "https://build.example.com/mcp/", "--token-env", "BUILD_TOKEN")
    assert write(client, *arguments, BUILD_TOKEN="hunter2") == HTTP[client]
    assert "hunter2" not in Path(FILES[client]).read_text()


@pytest.mark.parametrize("client", FILES)
def test_over_http_without_a_token(client: str) -> None:
    entry = write(client, NOMAD_BUILD_URL="http://127.0.0.1:9000")
    (server,) = entry[clients.CLIENTS[client].path[0]].values()
    assert {key: server[key] for key in server if key != "type"} == {
        "url": "http://127.0.0.1:9000/mcp"
    }
    assert "inputs" not in entry


STDIO: dict[str, dict[str, Any]] = {
    "claude": {"env": {"NOMAD_ADDR": "https://n:4646", "NOMAD_TOKEN": "${NOMAD_TOKEN}"}},
    "cursor": {"env": {"NOMAD_ADDR": "https://n:4646", "NOMAD_TOKEN": "${env:NOMAD_TOKEN}"}},
    "vscode": {
        "type": "stdio",
        "env": {"NOMAD_ADDR": "https://n:4646", "NOMAD_TOKEN": "${env:NOMAD_TOKEN}"},
    },
    "codex": {"env": {"NOMAD_ADDR": "https://n:4646"}, "env_vars": ["NOMAD_TOKEN"]},
}


@pytest.mark.parametrize("client", FILES)
def test_over_standard_input_and_output_for_a_nomad(client: str) -> None:
    entry = write(client, "--stdio", NOMAD_ADDR="https://n:4646", NOMAD_TOKEN="hunter2")
    (server,) = entry[clients.CLIENTS[client].path[0]].values()
    assert server == {"command": "nomad-build", "args": ["stdio"]} | STDIO[client]


@pytest.mark.parametrize("client", FILES)
def test_nothing_is_written_unless_asked_for_and_writing_twice_changes_nothing(client: str) -> None:
    shown = run("config", client)
    assert "+" in shown.stdout
    assert "Nothing is written yet" in shown.stderr
    assert not Path(FILES[client]).exists()
    write(client)
    again = run("config", client, "--write")
    assert again.stdout == ""
    assert "has it already" in again.stderr


@pytest.mark.parametrize("client", ["claude", "cursor", "vscode"])
def test_a_file_that_is_no_json_is_refused_and_left_as_it_is(client: str) -> None:
    file = Path(FILES[client])
    file.parent.mkdir(exist_ok=True)
    file.write_text("{ // mine\n}\n")
    result = run("config", client, "--write")
    assert result.exit_code == 2
    assert "is left as it is: it is not JSON" in result.stderr
    assert '"url": "http://127.0.0.1:8080/mcp"' in result.stderr
    assert file.read_text() == "{ // mine\n}\n"


def test_what_else_a_file_says_stays_and_the_change_is_shown() -> None:
    before = '{\n    "mcpServers": {\n        "other": {"url": "u"}\n    }\n}\n'
    Path(".mcp.json").write_text(before)
    result = run("config", "claude", "--write")
    after = Path(".mcp.json").read_text()
    removed = [line for line in result.stdout.splitlines() if line.startswith("-    ")]
    assert removed == ['-        "other": {"url": "u"}']
    assert json.loads(after)["mcpServers"].keys() == {"other", "nomad-build"}
    assert after.startswith(before[: before.index("}")])


def test_an_input_of_vs_code_s_is_added_to_those_that_are_there() -> None:
    Path(".vscode").mkdir()
    Path(".vscode/mcp.json").write_text('{"inputs": [{"id": "mine", "type": "promptString"}]}')
    for _ in range(2):
        entry = write("vscode", "--token-env", "X")
        assert [each["id"] for each in entry["inputs"]] == ["mine", "nomad-build-token"]


def test_a_file_keeps_its_permissions_and_its_place(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text("{}")
    real.chmod(0o600)
    Path(".mcp.json").symlink_to(real)
    write("claude")
    assert real.stat().st_mode & 0o777 == 0o600
    assert Path(".mcp.json").is_symlink()
    assert sorted(os.listdir(tmp_path)) == [".mcp.json", "real.json"]  # noqa: PTH208


def test_another_file_and_another_name_can_be_given(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.json"
    result = run("config", "claude", "--file", str(file), "--name", "builds", "--write", "--json")
    assert json.loads(result.stdout)["file"] == str(file)
    assert list(json.loads(file.read_text())["mcpServers"]) == ["builds"]


def test_claude_code_s_own_command_is_shown_as_well() -> None:
    shown = run("config", "claude", "--token-env", "BUILD_TOKEN").stderr
    assert "claude mcp add --scope project --transport http nomad-build" in shown
    assert "--header 'Authorization: Bearer ${BUILD_TOKEN}'" in shown
    shown = run("config", "claude", "--stdio", environment={"NOMAD_ADDR": "http://n:4646"}).stderr
    assert "project nomad-build --env NOMAD_ADDR=http://n:4646 -- nomad-build stdio" in shown


def test_a_service_that_the_client_starts_has_the_settings_of_here() -> None:
    given = {
        "NOMAD_CLIENT_CERT": "/tls/cert.pem",
        "NOMAD_CLIENT_KEY": "/tls/key.pem",
        "NOMAD_BUILD_INSECURE_REGISTRIES": "registry.cluster:5000",
        "NOMAD_BUILD_TOKEN": "hunter2",
        "NOMAD_BUILD_URL": "http://127.0.0.1:9000",
        "NOMAD_JOB_NAME": "of another program",
    }
    entry = write("claude", "--stdio", **given)
    kept = {name: given[name] for name in list(given)[:3]}
    assert entry["mcpServers"]["nomad-build"]["env"] == kept


def test_no_variable_of_nomad_s_that_the_service_knows_is_left_out() -> None:
    aliases = {str(field.alias) for field in Config.model_fields.values()}
    known = {each for each in aliases if not each.startswith("NOMAD_BUILD_")} - {"NOMAD_TOKEN"}
    assert set(configuring.NOMAD_VARIABLES) == known


@pytest.mark.parametrize("found", [True, False])
def test_a_command_that_the_client_will_not_find_is_told(
    found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if found:
        (tmp_path / "nomad-build").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    shown = run("config", "codex", "--stdio").stderr
    assert ("nomad-build is not on PATH" in shown) is not found


@pytest.mark.parametrize(
    "arguments",
    [
        ("emacs",),
        ("claude", "--stdio", "--token-env", "X"),
        ("claude", "--token-env", "a token"),
        ("claude", "--name", 'a"b'),
        ("claude", "--url", "nowhere"),
    ],
)
def test_what_cannot_be_configured_is_refused(arguments: tuple[str, ...]) -> None:
    assert run("config", *arguments).exit_code == 2


def test_a_file_that_cannot_be_read_is_told() -> None:
    Path(".mcp.json").mkdir()
    result = run("config", "claude", "--write")
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_a_file_that_cannot_be_written_is_told() -> None:
    result = run("config", "claude", "--file", "/proc/nothing/mcp.json", "--write")
    assert result.exit_code == 2
    assert "/proc/nothing/mcp.json cannot be written" in result.stderr


def test_who_has_no_home_gives_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        msg = "Could not determine home directory."
        raise RuntimeError(msg)

    monkeypatch.setattr(Path, "home", nowhere)
    result = run("config", "codex", environment={"CODEX_HOME": ""})
    assert result.exit_code == 2
    assert "give --file" in result.stderr


def test_a_file_that_has_it_already_is_not_said_to_be_written() -> None:
    first, second = (
        json.loads(run("config", "claude", "--write", "--json").stdout) for _ in range(2)
    )
    assert (first["changed"], first["written"]) == (True, True)
    assert (second["changed"], second["written"]) == (False, False)
