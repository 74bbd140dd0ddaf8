"""An SSH server on loopback, by which a holder of its one key may read Git repositories and do nothing else."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from pathlib import Path

from server.lab import ports, process
from server.lab.gitserver import Repository

_START_DEADLINE = 20.0
_QUICK = 30.0

# The login shell of whoever runs the lab hands this the command that a client of Git sends.
_ONLY_GIT = 'restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\""'
# Where sshd, run by root, confines what is not logged in yet (sshd(8), FILES); Debian makes it at every start.
_PRIVILEGE_SEPARATION = Path("/run/sshd")


@dataclass(frozen=True, slots=True, kw_only=True)
class SSHServer:
    """A running server: the private key that it lets in, and the lines by which a client knows it."""

    user: str
    port: int
    private_key: str
    known_hosts: str
    process: process.Process

    def url(self, repository: Repository) -> str:
        """Where a repository of the Git server is cloned from over SSH."""
        return f"ssh://{self.user}@{ports.LOOPBACK}:{self.port}{repository.path}"

    def stop(self) -> None:
        """Stop the server."""
        self.process.stop()


def start(folder: Path) -> SSHServer:
    """Start a server with a host key of its own; it runs as whoever runs the lab, and lets only that user in."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        _PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    port = ports.remembered(folder / "port")
    _, host_key = make_key(folder / "host")
    private_key, public_key = make_key(folder / "client")
    (folder / "authorized_keys").write_text(f"{_ONLY_GIT} {public_key}\n")
    configuration = folder / "sshd_config"
    configuration.write_text(_configuration(folder, port))
    started = process.start(
        "sshd",
        # By its full path: it starts itself anew for each connection.
        [process.require("sshd"), "-D", "-e", "-f", str(configuration)],
        folder=folder,
        ready=lambda: ports.listening(port),
        deadline=_START_DEADLINE,
    )
    return SSHServer(
        user=getpass.getuser(),
        port=port,
        private_key=private_key,
        known_hosts=f"[{ports.LOOPBACK}]:{port} {host_key}\n",
        process=started,
    )


def make_key(path: Path) -> tuple[str, str]:
    """Make a key pair at the path unless it is there: the private key as a file's text, the public one as a line."""
    if not path.exists():
        command = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path))
        process.run(*command, deadline=_QUICK)
    return path.read_text(), path.with_name(f"{path.name}.pub").read_text().strip()


def _configuration(folder: Path, port: int) -> str:
    settings = {
        "ListenAddress": f"{ports.LOOPBACK}:{port}",
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "authorized_keys",
        "PidFile": "none",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "UsePAM": "no",
        # The folder of a lab may lie below one that others can write to, such as /tmp.
        "StrictModes": "no",
        "MaxStartups": 100,
    }
    return "".join(f"{name} {value}\n" for name, value in settings.items())
