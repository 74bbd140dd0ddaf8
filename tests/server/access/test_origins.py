"""Pages that browsers show: those of a foreign origin are answered on no route."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx2
import pytest

from server import app
from tests import samples
from tests.server.access.serving import listen
from tests.worlds import World

ROUTES = [
    ("POST", "/mcp/submitJob"),
    ("POST", "/mcp"),
    ("GET", "/metrics"),
    ("GET", "/health"),
    ("GET", "/nope"),
]
FOREIGN = [
    "https://evil.example.com",
    "http://127.0.0.1.evil.example.com",
    "http://evil@127.0.0.1",
    "null",
    "",
    "file://",
    "chrome-extension://abcdef",
    "http://127.0.0.1:x",
    "http://127.0.0.1/",
]


@pytest.fixture(scope="module")
def service(calm_world: World) -> Iterator[app.Service]:
    with calm_world.rest() as made:
        yield made


@contextlib.contextmanager
def serve(
    calm_world: World, service: app.Service, host: str, **settings: str
) -> Iterator[httpx2.Client]:
    with (
        listen(service, calm_world.configure(**settings), host) as address,
        httpx2.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def submit(client: httpx2.Client, **headers: str) -> int:
    return client.post("/mcp/submitJob", json=samples.FIELDS, headers=headers).status_code


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_page_of_a_foreign_origin_is_answered_on_no_route(
    calm_world: World, service: app.Service, host: str
) -> None:
    with serve(calm_world, service, host) as client:
        for origin in FOREIGN:
            for method, path in ROUTES:
                response = client.request(method, path, json={}, headers={"Origin": origin})
                assert response.status_code == 403, (origin, path)
                assert response.json()["code"] == 403
                assert "NOMAD_BUILD_ALLOWED_HOSTS" in response.json()["nextStep"]
                assert "Access-Control-Allow-Origin" not in response.headers


def test_who_has_no_origin_is_no_browser(calm_world: World, service: app.Service) -> None:
    for host in ("127.0.0.1", "0.0.0.0"):
        with serve(calm_world, service, host) as client:
            assert submit(client) == 200


def test_on_loopback_pages_of_this_machine_may_call(
    calm_world: World, service: app.Service
) -> None:
    with serve(calm_world, service, "127.0.0.1") as client:
        for origin in (
            "http://localhost:6274",
            "http://127.0.0.1",
            "HTTP://LOCALHOST",
            "http://[::1]:1",
        ):
            assert submit(client, Origin=origin) == 200


def test_without_names_a_page_is_of_the_host_that_it_calls(
    calm_world: World, service: app.Service
) -> None:
    with serve(calm_world, service, "0.0.0.0") as client:
        own = str(client.base_url).rstrip("/")
        assert submit(client, Origin=own) == 200
        assert submit(client, Origin="https://b.example.com", Host="b.example.com") == 200
        assert submit(client, Origin="http://127.0.0.1:1") == 403
        assert submit(client, Origin="https://evil.example.com", Host="b.example.com") == 403


def test_with_names_a_page_is_of_one_of_them_or_of_the_public_address(
    calm_world: World, service: app.Service
) -> None:
    names = {"ALLOWED_HOSTS": "127.0.0.1,b.example.com", "PUBLIC_URL": "https://c.example.com"}
    with serve(calm_world, service, "0.0.0.0", **names) as client:
        assert submit(client, Origin="https://b.example.com:8443") == 200
        assert submit(client, Origin="https://c.example.com") == 200
        assert submit(client, Origin="http://c.example.com") == 403
        assert submit(client, Origin="https://d.example.com") == 403
        assert submit(client, Origin="https://d.example.com", Host="d.example.com") == 403
        assert submit(client, Host="d.example.com") == 421


def test_two_origins_are_one_too_many(calm_world: World, service: app.Service) -> None:
    with serve(calm_world, service, "127.0.0.1") as client:
        headers = [("Origin", "http://localhost"), ("Origin", "https://evil.example.com")]
        response = client.post("/mcp/submitJob", json=samples.FIELDS, headers=headers)
        assert response.status_code == 403
