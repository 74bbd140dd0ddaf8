"""How health is told to very many while Nomad does not answer: by one look at it, and no thread for each who asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import httpx2
import pytest
from starlette.applications import Starlette

from server.builds import Builds
from server.errors import NomadUnreachable
from server.http import create_health_routes, operators
from tests.serving import serving
from tests.waiting import wait_for


class Nomad:
    """Answers when it is let, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = threading.Event()
        self.problem: Exception | None = None

    def check_nomad(self) -> str:
        self.asked += 1
        assert self.answers.wait(60)
        if self.problem is not None:
            raise self.problem
        return "127.0.0.1:4647"


@pytest.fixture
def nomad() -> Iterator[Nomad]:
    made = Nomad()
    yield made
    made.answers.set()


@pytest.fixture
def client(nomad: Nomad) -> Iterator[httpx2.Client]:
    web = Starlette(routes=create_health_routes(cast(Builds, nomad)))
    with serving(web) as address, httpx2.Client(base_url=address, timeout=60) as made:
        yield made
        nomad.answers.set()


def tell(client: httpx2.Client) -> Any:
    return client.get("/health").json()["services"]["nomad"]


def test_while_nomad_hangs_it_is_asked_once_however_many_want_to_know(
    client: httpx2.Client, nomad: Nomad, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operators, "_FRESH_SECONDS", 0.0)
    with ThreadPoolExecutor(20) as askers:
        found = list(askers.map(lambda _: tell(client), range(40)))
    assert found == ["unhealthy"] * 40
    assert client.get("/ready").json()["error"] == "Nomad did not answer within 2 s"
    assert nomad.asked == 1
    nomad.answers.set()
    wait_for(lambda: tell(client) == "healthy", "the answer")
    assert client.get("/ready").status_code == 200


@pytest.mark.parametrize(
    ("problem", "told", "code"),
    [(None, "healthy", 200), (NomadUnreachable("Nomad is away"), "unhealthy", 503)],
)
def test_what_was_found_out_is_told_for_a_while(
    client: httpx2.Client,
    nomad: Nomad,
    monkeypatch: pytest.MonkeyPatch,
    problem: Exception | None,
    told: str,
    code: int,
) -> None:
    monkeypatch.setattr(operators, "_FRESH_SECONDS", 600.0)
    nomad.answers.set()
    nomad.problem = problem
    for _ in range(5):
        assert tell(client) == told
        assert client.get("/ready").status_code == code
    assert nomad.asked == 1
    monkeypatch.setattr(operators, "_FRESH_SECONDS", 0.0)
    tell(client)
    assert nomad.asked == 2


def test_who_goes_away_takes_the_answer_from_nobody(
    client: httpx2.Client, nomad: Nomad, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operators, "_FRESH_SECONDS", 600.0)
    with pytest.raises(httpx2.TimeoutException):
        client.get("/health", timeout=0.5)
    wait_for(lambda: nomad.asked == 1, "the question")
    nomad.answers.set()
    assert tell(client) == "healthy"
    assert nomad.asked == 1
