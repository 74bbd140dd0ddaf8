"""The SSH server, driven by the real git and ssh."""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.lab import GitServer, Repository, sshserver


@pytest.fixture
def server(tmp_path: Path) -> Iterator[sshserver.SSHServer]:
    started = sshserver.start(tmp_path / "ssh")
    yield started
    started.stop()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with GitServer(tmp_path / "served") as served:
        yield served.create("one", {"Dockerfile": "FROM scratch\n"})


def ssh(folder: Path, private_key: str, known_hosts: str) -> list[str]:
    """A client that has nothing but a key and the lines of the hosts that it knows."""
    key, known = folder / "key", folder / "known_hosts"
    key.write_text(private_key)
    key.chmod(0o600)
    known.write_text(known_hosts)
    options = {"IdentitiesOnly": "yes", "UserKnownHostsFile": known, "BatchMode": "yes"}
    settings = [f"-o{name}={value}" for name, value in options.items()]
    return ["ssh", "-F", "/dev/null", "-i", str(key), *settings]


def clone(folder: Path, url: str, client: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "clone", "--quiet", url, str(folder / "clone")],
        env={"PATH": "/usr/bin:/bin", "GIT_SSH_COMMAND": shlex.join(client)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_the_key_reads_a_repository(
    server: sshserver.SSHServer, repository: Repository, tmp_path: Path
) -> None:
    client = ssh(tmp_path, server.private_key, server.known_hosts)
    done = clone(tmp_path, server.url(repository), client)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "clone/Dockerfile").read_text() == "FROM scratch\n"


def test_another_key_is_refused(
    server: sshserver.SSHServer, repository: Repository, tmp_path: Path
) -> None:
    private, _ = sshserver.make_key(tmp_path / "stranger")
    done = clone(tmp_path, server.url(repository), ssh(tmp_path, private, server.known_hosts))
    assert "Permission denied" in done.stderr


def test_a_client_that_does_not_know_the_host_turns_away(
    server: sshserver.SSHServer, repository: Repository, tmp_path: Path
) -> None:
    done = clone(tmp_path, server.url(repository), ssh(tmp_path, server.private_key, ""))
    assert "Host key verification failed" in done.stderr


def test_the_key_runs_no_other_command(
    server: sshserver.SSHServer, repository: Repository, tmp_path: Path
) -> None:
    client = ssh(tmp_path, server.private_key, server.known_hosts)
    where = ["-p", str(server.port), f"{server.user}@127.0.0.1"]
    for command in ("touch marker", f"git-upload-pack {repository.path}; touch marker", ""):
        done = subprocess.run(
            [*client, *where, *([f"cd {tmp_path}; {command}"] if command else [])],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert done.returncode != 0
    assert not (tmp_path / "marker").exists()
