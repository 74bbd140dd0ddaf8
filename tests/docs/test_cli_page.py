"""The commands of docs/cli.md do what the page says, run as they stand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from dulwich import porcelain

from server.cli import clients, connection
from server.lab import Lab
from tests.agents.stage import Stage
from tests.docs.pages import DOCS, ROOT, rows, section
from tests.server.cli import checkouts

PAGE = (DOCS / "cli.md").read_text()
SERVICE = "http://nomad-build.example.com:8080"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CLEAN = {name: text for name, text in os.environ.items() if not name.startswith("NOMAD")}


def blocks(language: str) -> list[str]:
    return [text for found, text in FENCED.findall(PAGE) if found == language]


def run(commands: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run commands as a script that ends at the first failure, in a working copy."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    given = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder.parent)}
    return subprocess.run(
        ["bash", "-euc", commands],
        cwd=folder,
        env=CLEAN | given | environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def write_request(folder: Path) -> None:
    (request,) = blocks("yaml")
    assert request.startswith("# request.yaml\n")
    (folder / "request.yaml").write_text(request)


@pytest.mark.timeout(300)
def test_every_command_of_the_page_runs_as_it_stands(tmp_path: Path) -> None:
    copy = tmp_path / "shop"
    checkouts.make(copy)
    write_request(copy)
    script = "".join(text for text in blocks("sh") if "--local" not in text)
    assert script.count("nomad-build ") > 20
    stage = Stage(tmp_path / "engine")
    with stage.run() as url:
        nomad = stage.world.engine.address
        # What the service may name is set where it runs, and doctor reads the same.
        ended = run(
            script.replace(SERVICE, url),
            copy,
            NOMAD_ADDR=nomad,
            NOMAD_BUILD_REGISTRY_HOSTS="registry.example.com",
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("status     SUCCEEDED") == 4
    assert '"imageTags": [\n    "nightly"\n  ]' in ended.stdout
    assert "\npublished\n" in ended.stdout
    for file, first in {
        ".mcp.json": "mcpServers",
        ".cursor/mcp.json": "mcpServers",
        ".vscode/mcp.json": "servers",
        "stdio.json": "mcpServers",
    }.items():
        assert "nomad-build" in json.loads((copy / file).read_text())[first]
    codex = tomllib.loads((tmp_path / ".codex" / "config.toml").read_text())
    assert codex["mcp_servers"]["nomad-build"]["bearer_token_env_var"] == "NOMAD_BUILD_TOKEN"


@pytest.mark.docker
@pytest.mark.timeout(300)
def test_a_build_without_any_service_runs_as_the_page_says(tmp_path: Path) -> None:
    (command,) = [text for text in blocks("sh") if "--local" in text]
    with Lab(engine="embedded", folder=tmp_path / "lab") as lab:
        repository = lab.git.create("shop", {"Dockerfile": f"FROM {lab.base_image}\n"})
        copy = tmp_path / "shop"
        with porcelain.clone(repository.url, copy):
            pass
        variables = {name: text for name, text in lab.environment().items() if name != "NOMAD_ADDR"}
        given = command.replace("registry.example.com:5000", lab.registry.address)
        ended = run(given, copy, **variables)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "Warning" not in ended.stderr
        assert f"Building {repository.url} at {repository.commit}" in ended.stderr
        assert lab.registry.digest("team/shop", "1.4.2") is not None


def test_the_options_and_their_variables_are_those_that_there_are() -> None:
    table = {
        name: value.strip("`") for name, value in rows("cli.md", "Where the service is").items()
    }
    assert table["--url"] == connection.URL_VARIABLE
    assert table["--token-file"] == connection.TOKEN_VARIABLE
    assert f"`{connection.DEFAULT_URL}`" in section("cli.md", "Where the service is")


def test_the_clients_are_those_that_there_are() -> None:
    listed = re.findall(
        r"^\| `(\w+)`[^|]*\| `([^`]+)`", section("cli.md", "For an agent"), re.MULTILINE
    )
    assert dict(listed) == {
        name: str(client.file({})).replace(str(Path.home()), "~")
        for name, client in clients.CLIENTS.items()
    }


def test_what_doctor_looks_at_is_documented() -> None:
    listed = set(rows("cli.md", "Is all well?"))
    source = "".join(
        (ROOT / "server" / "cli" / f"{name}.py").read_text()
        for name in ("doctor", "cluster_checks", "registry_checks")
    )
    looked_at = set(re.findall(r'findings\.(?:ok|warn|fail)\(\s*"(\w+)"', source))
    assert listed == looked_at
