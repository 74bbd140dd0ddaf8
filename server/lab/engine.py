"""The embedded engine as a process of its own, as `nomad-build engine` starts it."""

import sys
from pathlib import Path

import requests

from server.lab import ports, process

_START_DEADLINE = 60.0
_QUICK = 5.0


def start(folder: Path, *, volumes: dict[str, Path]) -> tuple[str, process.Process]:
    """Start the engine (or take the one that runs in `folder`); its API's address and its process."""
    found = process.find("engine", folder)
    if found is not None:
        return (folder / "address").read_text(), found
    folder.mkdir(parents=True, exist_ok=True)
    port = ports.remembered(folder / "port")
    address = f"http://{ports.LOOPBACK}:{port}"
    (folder / "address").write_text(address)
    command = [sys.executable, "-m", "server", "engine", "--host", ports.LOOPBACK]
    command += ["--port", str(port), "--data-dir", str(folder / "data")]
    for name, path in volumes.items():
        command += ["--host-volume", f"{name}={path}"]
    started = process.start(
        "engine",
        command,
        folder=folder,
        ready=lambda: _leads(address),
        deadline=_START_DEADLINE,
    )
    return address, started


def _leads(address: str) -> bool:
    try:
        with requests.Session() as session:
            session.trust_env = False  # A proxy for the world has no say on loopback.
            return session.get(f"{address}/v1/status/leader", timeout=_QUICK).ok
    except requests.RequestException:
        return False
