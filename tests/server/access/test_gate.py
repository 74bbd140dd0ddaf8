"""What callers do not wait for before they are let in."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from server import config
from server.access import keys, tokens
from server.access.gate import Asked, Gate
from server.access.issuer import Issuer
from server.errors import IssuerSilent
from tests import receivers
from tests.server.access.serving import Provider, entry, write

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


@pytest.mark.anyio
async def test_made_up_keys_shut_nobody_out_whose_key_is_known_while_the_provider_is_slow(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def stall(connection: socket.socket) -> None:
        connection.recv(65536)
        answered.wait(60)

    given = config.read_config({f"NOMAD_BUILD_{k}": v for k, v in provider.configure().items()})
    issuer = Issuer(given)
    gate = Gate(given, None, issuer)
    good = ask(provider.sign())
    await gate.identify(good)
    monkeypatch.setattr(keys, "LIFESPAN", 0.0)
    monkeypatch.setattr(keys, "FLOOR", 0.0)

    async def forge(number: int) -> None:
        with contextlib.suppress(IssuerSilent):
            await gate.identify(ask(provider.sign(key_id=f"made-up-{number}")))

    with receivers.conversing(stall) as silent:
        provider.answer(
            "/.well-known/openid-configuration",
            {"issuer": provider.url, "jwks_uri": f"{silent}/keys"},
        )
        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(forge, number)
            await anyio.sleep(0.5)
            with anyio.fail_after(20):
                for _ in range(5):
                    assert (await gate.identify(good)).name == "oidc:alice"
            answered.set()
