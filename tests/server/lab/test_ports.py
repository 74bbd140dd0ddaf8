"""Loopback ports that stay the same from run to run."""

import socket
from pathlib import Path

from server.lab import ports


def test_a_port_is_the_same_in_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "registry" / "port"

    assert ports.remembered(file) == ports.remembered(file)


def test_a_port_that_somebody_took_meanwhile_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "port"
    first = ports.remembered(file)
    with socket.create_server((ports.LOOPBACK, first)):
        second = ports.remembered(file)

    assert second != first
    assert int(file.read_text()) == second


def test_a_damaged_note_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("no number")

    assert ports.remembered(file) > 0
