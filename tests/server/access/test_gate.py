"""What callers do not wait for before they are let in."""

from __future__ import annotations

from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from server import config
from server.access import tokens
from server.access.gate import Asked, Gate
from tests.server.access.serving import entry, write

TOKEN = tokens.mint()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def ask(token: str) -> Asked:
    return Asked(client="192.0.2.7", authorization=[f"Bearer {token}"], query="")


@pytest.mark.anyio
async def test_the_file_of_tokens_is_read_again_though_all_shared_threads_are_busy(
    tmp_path: Path,
) -> None:
    now = 0.0
    path = write(tmp_path / "tokens.json", entry("ci", TOKEN))
    gate = Gate(config.read_config({}), tokens.TokenFile(path, lambda: now), None)
    shared = anyio.to_thread.current_default_thread_limiter()
    for _ in range(int(shared.total_tokens)):
        shared.acquire_on_behalf_of_nowait(object())
    now = tokens.CHECK_SECONDS
    write(path, entry("other", TOKEN))
    with anyio.fail_after(20):
        assert (await gate.identify(ask(TOKEN))).name == "other"
