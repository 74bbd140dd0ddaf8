"""The build service as a process of its own, as ``nomad-build serve`` starts it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from server.lab import loopback, ports, process

_START_DEADLINE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service: its base address and its process."""

    address: str
    process: process.Process

    @property
    def mcp_address(self) -> str:
        """Where an MCP client connects to."""
        return f"{self.address}/mcp"

    def stop(self) -> None:
        """Stop it as an operator would."""
        self.process.stop()


def start(folder: Path, environment: Mapping[str, str], *, name: str = "service") -> Service:
    """Start a service with these variables over the process's own; its log is ``<folder>/<name>.log``."""
    port = ports.free()
    address = f"http://{ports.LOOPBACK}:{port}"
    started = process.start(
        name,
        [sys.executable, "-m", "server", "serve", "--host", ports.LOOPBACK, "--port", str(port)],
        folder=folder,
        ready=lambda: loopback.answers(f"{address}/health"),
        deadline=_START_DEADLINE,
        environment={**os.environ, **environment},
    )
    return Service(address=address, process=started)
