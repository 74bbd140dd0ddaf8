"""Schemathesis, which makes requests of the service's own description, and holds the answers to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SETTINGS = Path(__file__).with_name("schemathesis.toml")


def run(address: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run it against a service; what it has to say is in ``stdout``."""
    program = str(Path(sys.executable).with_name("schemathesis"))
    settings = ("--config-file", str(_SETTINGS))
    command = (program, *settings, "run", f"{address}/openapi.json", "--no-color", *options)
    return subprocess.run(command, capture_output=True, text=True, check=False)
