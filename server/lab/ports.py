"""Loopback ports for the lab's servers.

A port once taken is remembered and asked for again, so that image names and repository addresses stay the same from
run to run and caches keep hitting.
"""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def free() -> int:
    """A port that nothing listens on at this moment."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def remembered(file: Path) -> int:
    """The port noted in ``file`` if it can be had, else a new one, noted there."""
    try:
        port = int(file.read_text())
    except (OSError, ValueError):
        port = 0
    if not (port and _available(port)):
        port = free()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{port}\n")
    return port


def listening(port: int) -> bool:
    """Whether something accepts connections on the port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def _available(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        # As servers do: a connection of the last run that lingers in TIME_WAIT is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
