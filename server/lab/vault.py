"""Secrets for tasks: a real Vault, or its fork OpenBao, on loopback, or a file for the embedded engine in its place.

The server is a development one: in memory, unsealed, with a KV engine of version 2 at ``secret/``. How tasks get at its
secrets is for whoever runs the lab to set up, by ``administer``, as an operator would.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from server.lab import errors, loopback, ports, process

PROGRAMS = ("vault", "bao")
_START_DEADLINE = 60.0
_QUICK = 30.0


def find_program() -> str:
    """The server's program that is on PATH, or an empty text."""
    return next((name for name in PROGRAMS if shutil.which(name)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """A running server, with the token that may do everything."""

    program: str
    address: str
    token: str
    process: process.Process

    def put(self, path: str, fields: Mapping[str, str]) -> None:
        """Write a secret; a task reads it as ``secret/data/PATH``."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                f"{self.address}/v1/secret/data/{path}",
                json={"data": dict(fields)},
                headers={"X-Vault-Token": self.token},
                timeout=_QUICK,
            )
        if not answer.ok:
            msg = f"the secret {path} was not written: {answer.text}"
            raise errors.LabError(msg)

    def administer(self, commands: str, **variables: str) -> str:
        """Run shell commands that call ``vault``, as the server's administrator; what they wrote."""
        own = {"VAULT_ADDR": self.address, "VAULT_TOKEN": self.token}
        alias = f'vault() {{ command {self.program} "$@"; }}\n'
        return process.run(
            "sh",
            "-euc",
            alias + commands,
            deadline=_QUICK,
            environment=os.environ | own | variables,
        )

    def stop(self) -> None:
        """Stop the server; its secrets are gone."""
        self.process.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsFile:
    """The file that stands in for a server on the embedded engine."""

    path: Path

    def put(self, path: str, fields: Mapping[str, str]) -> None:
        """Write a secret; a task reads it as ``secret/data/PATH``."""
        known = json.loads(self.path.read_text()) | {f"secret/data/{path}": dict(fields)}
        fresh = self.path.with_suffix(".tmp")
        fresh.write_text(json.dumps(known))
        fresh.replace(self.path)


def prepare_file(folder: Path) -> SecretsFile:
    """Make an empty file of secrets."""
    folder.mkdir(parents=True, exist_ok=True)
    file = SecretsFile(path=folder / "secrets.json")
    file.path.touch(mode=0o600)
    file.path.write_text("{}")
    return file


def start(folder: Path) -> Vault:
    """Start a server of its own for this run, and wait until it answers."""
    program = find_program()
    if not program:
        msg = f"none of {', '.join(PROGRAMS)} is on PATH"
        raise errors.ProgramMissing(msg)
    port, token = ports.free(), secrets.token_urlsafe(24)
    address = f"http://{ports.LOOPBACK}:{port}"
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    # By the environment, where only this user can read it.
    settings = {
        f"{prefix}_{name}": value
        for prefix in ("VAULT", "BAO")
        for name, value in (
            ("DEV_ROOT_TOKEN_ID", token),
            ("DEV_LISTEN_ADDRESS", f"{ports.LOOPBACK}:{port}"),
        )
    }
    started = process.start(
        program,
        [program, "server", "-dev", "-dev-no-store-token"],
        folder=folder,
        ready=lambda: loopback.answers(f"{address}/v1/sys/health"),
        deadline=_START_DEADLINE,
        environment=os.environ | settings | {"HOME": str(home)},
    )
    return Vault(program=program, address=address, token=token, process=started)
