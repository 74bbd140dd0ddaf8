"""``submit --local``: a real build on this machine, by a service that lives as long as the command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.lab import Lab
from tests.server.cli.typing_commands import run

DOCKERFILE = "FROM {base}\nCOPY hello /hello\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(engine="embedded", folder=tmp_path_factory.mktemp("lab-local")) as lab:
        yield lab


def submit(lab: Lab, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Submit a build of the lab's repository to a service of the command's own."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("NOMAD")}
    # An address and a token of a Nomad elsewhere are not meant for it.
    environment |= lab.environment() | {"NOMAD_ADDR": "http://127.0.0.1:9", "NOMAD_TOKEN": "x"}
    command = [sys.executable, "-m", "server", "submit", "--local", *arguments]
    return subprocess.run(
        command,
        env=environment | {"XDG_CACHE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.docker
@pytest.mark.timeout(300)
def test_a_build_on_this_machine_is_built_tested_and_published(lab: Lab, tmp_path: Path) -> None:
    files = {"Dockerfile": DOCKERFILE.format(base=lab.base_image), "hello": "hello\n"}
    url = lab.git.create("local", files).url
    where = ("--repo", url, "--ref", "main", "--registry", f"{lab.registry.address}/local")

    done = submit(lab, tmp_path, *where, "--tag", "1", "--test", "grep hello /hello")

    assert done.returncode == 0, done.stderr + done.stdout
    assert re.search(r"^ +build \| .*STEP 2/\d+: COPY hello /hello", done.stdout, re.MULTILINE)
    assert re.search(r"^status +SUCCEEDED", done.stdout, re.MULTILINE)
    digest = lab.registry.digest("local/local", "1")
    assert digest is not None
    assert digest in done.stdout
    assert f"are in {tmp_path / 'nomad-build' / 'local'}" in done.stderr
    assert (tmp_path / "nomad-build" / "local" / "service.log").read_text()

    failed = submit(lab, tmp_path, *where, "--test", "grep goodbye /hello")

    assert failed.returncode == 1
    assert "test_failed in phase test" in failed.stdout


def test_without_docker_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    environment = {"XDG_CACHE_HOME": str(tmp_path), "DOCKER_HOST": "unix:///nonexistent"}
    words = ("submit", "--local", "--repo", "https://git.example.com/a/b")
    result = run(*words, environment=environment)
    assert result.exit_code == 3
    assert "no service can be run on this machine: " in result.stderr
    assert "docker" in result.stderr


def test_where_nothing_can_be_kept_no_service_is_run() -> None:
    words = ("--repo", "https://git.example.com/a/b", "--owner", "me")
    environment = {"XDG_CACHE_HOME": "/proc/nothing"}
    result = run("submit", "--local", *words, environment=environment)
    assert result.exit_code == 3
    assert "XDG_CACHE_HOME" in result.stderr
