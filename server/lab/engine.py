"""The embedded engine as a process of its own, as ``nomad-build engine`` starts it."""

from __future__ import annotations

import sys
from pathlib import Path

from server.lab import loopback, ports, process, recipes

_START_DEADLINE = 60.0


def start(
    folder: Path, *, volumes: dict[str, Path], secrets: Path | None = None
) -> tuple[str, process.Process]:
    """Start the engine (or take the one that runs in ``folder``); its API's address and its process.

    ``secrets`` is a file that stands in for Vault.
    """
    found = process.find("engine", folder)
    if found is not None:
        return (folder / "address").read_text(), found
    folder.mkdir(parents=True, exist_ok=True)
    port = ports.remembered(folder / "port")
    address = f"http://{ports.LOOPBACK}:{port}"
    (folder / "address").write_text(address)
    command = [sys.executable, "-m", "server", "engine", "--host", ports.LOOPBACK]
    command += ["--port", str(port), "--data-dir", str(folder / "data")]
    command += ["--infra-image", recipes.PAUSE]
    for name, path in volumes.items():
        command += ["--host-volume", f"{name}={path}"]
    if secrets is not None:
        command += ["--vault-secrets", str(secrets)]
    started = process.start(
        "engine",
        command,
        folder=folder,
        ready=lambda: loopback.answers(f"{address}/v1/status/leader"),
        deadline=_START_DEADLINE,
    )
    return address, started
