"""Programs from npm where there is no way to its registry."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.interop import programs


def test_a_registry_that_does_not_answer_is_told_from_other_faults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{port}/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(programs.UnreachableError, match="ECONNREFUSED"):
        programs.install()
    assert list((tmp_path / "interop").iterdir()) == []
