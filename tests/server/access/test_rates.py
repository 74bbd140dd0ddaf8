"""How often somebody may call: each token for itself, and wrong tokens of an address."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from server import app
from server.access import rates, tokens
from server.errors import LimitReached
from tests.server.access.serving import Provider, bearer, entry, listen, write
from tests.waiting import wait_for
from tests.worlds import World

ONE, TWO = tokens.mint(), tokens.mint()
ASK = {"jobID": "x"}


@pytest.fixture(scope="module")
def service(calm_world: World) -> Iterator[app.Service]:
    with calm_world.rest() as made:
        yield made


@contextlib.contextmanager
def serve(calm_world: World, service: app.Service, **settings: str) -> Iterator[httpx2.Client]:
    with (
        listen(service, calm_world.configure(**settings)) as address,
        httpx2.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def ask(client: httpx2.Client, token: str | None = None) -> httpx2.Response:
    headers = {} if token is None else bearer(token)
    return client.post("/mcp/getStatus", json=ASK, headers=headers)


def assert_limited(response: httpx2.Response) -> int:
    assert response.status_code == 429, response.text
    answer = response.json()
    seconds = int(response.headers["Retry-After"])
    assert seconds >= 1
    assert answer["code"] == 429
    assert f"Wait {seconds} s" in answer["nextStep"]
    return seconds


def test_each_token_has_a_rate_of_its_own(
    calm_world: World, service: app.Service, tmp_path: Path
) -> None:
    path = write(tmp_path / "t", entry("one", ONE, rate="5/hour"), entry("two", TWO))
    with serve(calm_world, service, TOKENS_FILE=str(path), RATE="2/hour") as client:
        assert [ask(client, ONE).status_code for _ in range(5)] == [404] * 5
        assert assert_limited(ask(client, ONE)) <= 3600
        assert [ask(client, TWO).status_code for _ in range(2)] == [404] * 2
        assert "more calls of two than 2/hour" in ask(client, TWO).json()["error"]
        assert client.get("/health").status_code == 200


def test_a_providers_callers_have_a_rate_each(
    calm_world: World, service: app.Service, provider: Provider
) -> None:
    with serve(calm_world, service, **provider.configure(RATE="1/hour")) as client:
        assert ask(client, provider.sign()).status_code == 404
        assert_limited(ask(client, provider.sign(jti="another token")))
        assert ask(client, provider.sign(sub="bob")).status_code == 404


def test_without_authentication_an_address_has_the_rate_and_no_client_escapes_it(
    calm_world: World, service: app.Service
) -> None:
    with serve(calm_world, service, RATE="2/hour") as client:
        assert [ask(client, token).status_code for token in (None, ONE)] == [404] * 2
        for token in (None, ONE, TWO):
            assert_limited(ask(client, token))
        assert_limited(client.get("/metrics"))
        assert client.get("/ready").status_code == 200


def test_a_rate_is_none_unless_it_is_set(calm_world: World, service: app.Service) -> None:
    with serve(calm_world, service) as client:
        assert {client.get("/nope").status_code for _ in range(200)} == {404}


def test_who_has_waited_may_go_on(calm_world: World, service: app.Service) -> None:
    with serve(calm_world, service, RATE="2/second") as client:
        wait_for(lambda: ask(client).status_code == 429, "the limit")
        wait_for(lambda: ask(client).status_code == 404, "the end of the second")


def test_wrong_tokens_of_an_address_are_limited_and_good_ones_beside_them_are_not(
    calm_world: World, service: app.Service, tmp_path: Path
) -> None:
    path = write(tmp_path / "t", entry("one", ONE))
    with serve(calm_world, service, TOKENS_FILE=str(path)) as client:
        codes = [ask(client, tokens.mint()).status_code for _ in range(40)]
        assert codes == [401] * 30 + [429] * 10
        assert assert_limited(ask(client, TWO)) <= 60
        # Neither a good token, nor one who is about to learn that he needs one.
        assert ask(client, ONE).status_code == 404
        assert ask(client).status_code == 401


def test_calls_that_are_refused_are_not_counted() -> None:
    counted = rates.Rates()
    for _ in range(3):
        counted.take("caller", "a", "3/hour")
    for _ in range(5):
        with pytest.raises(LimitReached):
            counted.take("caller", "a", "3/hour")
    counted.take("caller", "a", "4/hour")
    counted.take("address", "a", "3/hour")
    counted.take("caller", "a", "")


def test_names_that_call_no_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_MANY", 10)
    counted = rates.Rates()
    for number in range(50):
        counted.take("address", str(number), "1/second")

    def forgotten() -> bool:
        with contextlib.suppress(LimitReached):
            counted.take("address", "last", "1000/second")
        return len(counted._storage.events) <= 2

    wait_for(forgotten, "the names to be forgotten")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("", "unknown"),
    ],
)
def test_an_address_stands_for_whoever_has_it(address: str, name: str) -> None:
    assert rates.network(address) == name
