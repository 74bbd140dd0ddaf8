"""A real Nomad for the tests that ask one what it makes of a job file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
import requests

from server.lab import ports, process

DEADLINE = 60.0

Ask: TypeAlias = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server without any node: enough to parse and validate jobs."""
    folder: Path = tmp_path_factory.mktemp("nomad")
    taken = {name: ports.free() for name in ("http", "rpc", "serf")}
    configuration = {
        "bind_addr": ports.LOOPBACK,
        "advertise": {name: f"{ports.LOOPBACK}:{port}" for name, port in taken.items()},
        "data_dir": str(folder / "data"),
        "disable_update_check": True,
        "ports": taken,
        "server": {"enabled": True, "bootstrap_expect": 1},
    }
    file = folder / "agent.json"
    file.write_text(json.dumps(configuration))
    address = f"http://{ports.LOOPBACK}:{taken['http']}"
    agent = process.start(
        "nomad",
        ["nomad", "agent", f"-config={file}"],
        folder=folder,
        ready=lambda: _has_leader(address),
        deadline=DEADLINE,
        environment={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
    )
    yield address
    agent.stop()


def _has_leader(address: str) -> bool:
    try:
        return bool(requests.get(f"{address}/v1/status/leader", timeout=DEADLINE).json())
    except (requests.ConnectionError, requests.JSONDecodeError):
        return False


@pytest.fixture(scope="session")
def ask(address: str) -> Iterator[Ask]:
    """Ask Nomad to parse a job file."""
    with requests.Session() as session:

        def post(text: str, definitions: str | None = None) -> requests.Response:
            body = {"JobHCL": text, "Canonicalize": False, "Variables": definitions or ""}
            return session.post(f"{address}/v1/jobs/parse", json=body, timeout=DEADLINE)

        yield post
