"""What the service says to callers with and without tokens, over real HTTP."""

from __future__ import annotations

import base64
import json
import logging
import re
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from server import app, hosts
from server.access import tokens
from tests import samples
from tests.server.access.serving import Provider, bearer, entry, listen, write
from tests.waiting import wait_for
from tests.worlds import World

TOKEN = tokens.mint()
METADATA = "/.well-known/oauth-protected-resource"
PATHS = [
    "/",
    "/mcp",
    "/mcp/",
    "/mcp/getStatus",
    "/json/getStatus",
    "/metrics",
    "/v1/builds",
    "/openapi.json",
    "/docs",
    METADATA,
    "/health/",
    "/health/x",
    "//health",
    "/Health",
    "/ready%00",
    "/mcp/..%2fhealth",
]
MCP = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
LIST_TOOLS = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@pytest.fixture(scope="module")
def service(calm_world: World) -> Iterator[app.Service]:
    with calm_world.rest() as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "tokens.json", entry("ci", TOKEN))


@pytest.fixture
def client(calm_world: World, service: app.Service, file: Path) -> Iterator[httpx2.Client]:
    """A service that takes static tokens alone; the client sends none by itself."""
    given = calm_world.configure(TOKENS_FILE=str(file))
    with (
        listen(service, given) as address,
        httpx2.Client(base_url=address, timeout=20) as made,
    ):
        yield made


def assert_refused(response: httpx2.Response, code: int, text: str) -> None:
    assert response.status_code == code, response.text
    answer = response.json()
    assert answer["code"] == code
    assert re.search(text, answer["error"]), answer
    assert answer["nextStep"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_without_a_token_nothing_is_answered_but_health(client: httpx2.Client, method: str) -> None:
    for path in PATHS:
        response = client.request(method, path, json={})
        assert response.status_code == 401, path
        if method != "HEAD":
            assert_refused(response, 401, "no token")
            assert "Authorization: Bearer" in response.json()["nextStep"]
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="nomad-build"'
    for path in ("/health", "/ready"):
        assert client.get(path).status_code == 200


def paths(routes: Sequence[BaseRoute]) -> list[str]:
    found = []
    for route in routes:
        if isinstance(route, Mount):
            found += [route.path + path for path in paths(route.routes)]
        else:
            assert isinstance(route, Route)
            found.append(re.sub(r"\{\w+:?\w*\}", "x", route.path))
    return found


def test_every_route_that_there_is_wants_a_token_but_those_that_are_named_here(
    calm_world: World, service: app.Service, client: httpx2.Client, file: Path
) -> None:
    web = app.create_app(service, calm_world.configure(TOKENS_FILE=str(file)))
    assert isinstance(web, Starlette)
    inner: Any = web.router.default
    assert isinstance(inner, hosts.AllowedHosts)
    known = [*paths(web.routes), *paths(inner._app.routes)]  # type: ignore[attr-defined]
    assert {"/mcp", "/mcp/x", "/v1/builds", "/metrics", "/health", "/ready"} <= set(known)
    for path in known:
        code = 200 if path in ("/health", "/ready") else 401
        assert client.get(path).status_code == code, path


def test_a_good_token_opens_every_door(client: httpx2.Client) -> None:
    headers = bearer(TOKEN)
    submitted = client.post("/mcp/submitJob", json=samples.FIELDS, headers=headers)
    assert submitted.status_code == 200, submitted.text
    job = {"jobID": submitted.json()["jobID"]}
    assert client.post("/json/getStatus", json=job, headers=headers).status_code == 200
    assert client.post("/mcp", json=LIST_TOOLS, headers=headers | MCP).status_code == 200
    assert client.get("/metrics", headers=headers).status_code == 200
    assert client.get("/nope", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (f"bearer  {TOKEN}", None),
        (f"BEARER {TOKEN}", None),
        (f"Bearer {TOKEN[:-1]}", "not known"),
        (f"Bearer {TOKEN}x", "not known"),
        (f"Bearer {tokens.digest(TOKEN)}", "not one Bearer"),
        (f"Bearer {TOKEN}, Bearer {TOKEN}", "not one Bearer"),
        (f"Bearer{TOKEN}", "not one Bearer"),
        (TOKEN, "not one Bearer"),
        (f"Basic {TOKEN}", "not one Bearer"),
        (f"Token {TOKEN}", "not one Bearer"),
        ("Bearer", "not one Bearer"),
        ("Bearer " + "x" * 9000, "not one Bearer"),
        ("", "not one Bearer"),
    ],
)
def test_a_token_is_read_as_the_standard_says(
    client: httpx2.Client, header: str, text: str | None
) -> None:
    response = client.post("/mcp/getStatus", json={"jobID": "x"}, headers={"Authorization": header})
    if text is None:
        assert response.status_code == 404
        return
    assert_refused(response, 401, text)
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert TOKEN[:20] not in response.text


def test_two_headers_are_none(client: httpx2.Client) -> None:
    twice = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {TOKEN}")]
    assert_refused(client.post("/mcp/getStatus", json={}, headers=twice), 401, "not one Bearer")


@pytest.mark.parametrize("name", ["access_token", "access%5Ftoken"])
def test_a_token_in_the_address_is_refused_and_not_logged(
    client: httpx2.Client, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for headers in ({}, bearer(TOKEN)):
        response = client.post(f"/mcp/getStatus?x=1&{name}={TOKEN}", json={}, headers=headers)
        assert_refused(response, 400, "token in the address")
    # The server writes its line when it has sent the answer.
    wait_for(lambda: caplog.text.count('"POST /mcp/getStatus HTTP/1.1" 400') == 2, "the log")
    served = [record for record in caplog.records if not record.name.startswith("httpx")]
    assert not any(TOKEN in record.getMessage() for record in served)


def test_no_token_good_or_bad_is_logged(
    client: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    other = tokens.mint()
    for token in (TOKEN, other):
        client.post("/mcp/submitJob", json={}, headers=bearer(token))
        client.post("/mcp", json=LIST_TOOLS, headers=bearer(token) | MCP)
    wait_for(lambda: caplog.text.count('"POST /mcp HTTP/1.1"') == 2, "the log")
    assert TOKEN not in caplog.text
    assert other not in caplog.text


def test_a_token_is_revoked_and_another_added_without_a_restart(
    client: httpx2.Client, file: Path
) -> None:
    other = tokens.mint()

    def code(token: str) -> int:
        return client.post("/mcp", json=LIST_TOOLS, headers=bearer(token) | MCP).status_code

    assert (code(TOKEN), code(other)) == (200, 401)
    write(file, entry("other", other))
    wait_for(lambda: code(TOKEN) == 401, "the token to be revoked")
    assert code(other) == 200


def test_with_static_tokens_no_client_is_led_to_begin_with_oauth(client: httpx2.Client) -> None:
    for path in (METADATA, f"{METADATA}/mcp", "/.well-known/openid-configuration"):
        assert client.get(path, headers=bearer(TOKEN)).status_code == 404
    assert "resource_metadata" not in client.post("/mcp").headers["WWW-Authenticate"]


def test_a_provider_is_named_to_clients_that_ask(
    calm_world: World, service: app.Service, provider: Provider
) -> None:
    given = calm_world.configure(**provider.configure(OIDC_SCOPE_PREFIX="builds:"))
    with listen(service, given) as address, httpx2.Client(base_url=address) as client:
        challenge = client.post("/mcp", json=LIST_TOOLS, headers=MCP).headers["WWW-Authenticate"]
        (place,) = re.findall(r'resource_metadata="([^"]*)"', challenge)
        assert place == f"{address}{METADATA}/mcp"
        assert challenge.endswith(', scope="builds:read builds:write"')
        assert client.get(place).json() == {
            "resource": f"{address}/mcp",
            "authorization_servers": [provider.url],
            "bearer_methods_supported": ["header"],
            "scopes_supported": ["builds:read", "builds:write", "builds:admin"],
            "resource_name": "Nomad Build Service",
        }
        assert client.get(METADATA).json()["resource"] == address
        challenge = client.post("/mcp/getStatus", json={}).headers["WWW-Authenticate"]
        assert f'resource_metadata="{address}{METADATA}"' in challenge
        headers = bearer(provider.sign(aud="x"))
        challenge = client.post("/mcp", json=LIST_TOOLS, headers=headers).headers[
            "WWW-Authenticate"
        ]
        assert 'error="invalid_token", error_description="the token is for another' in challenge


def test_the_public_address_is_what_clients_are_told_if_there_is_one(
    calm_world: World, service: app.Service, provider: Provider
) -> None:
    public = "https://builds.example.com"
    given = calm_world.configure(**provider.configure(PUBLIC_URL=f"{public}/"))
    with listen(service, given) as address, httpx2.Client(base_url=address) as client:
        challenge = client.post("/mcp").headers["WWW-Authenticate"]
        assert f'resource_metadata="{public}{METADATA}/mcp"' in challenge
        assert client.get(f"{METADATA}/mcp").json()["resource"] == f"{public}/mcp"


@pytest.mark.parametrize("host", ['a"b', "a b", "a\\b", "<x>"])
def test_a_host_that_is_none_is_not_repeated_in_a_header(
    calm_world: World, service: app.Service, provider: Provider, host: str
) -> None:
    with (
        listen(service, calm_world.configure(**provider.configure()), "0.0.0.0") as address,
        httpx2.Client(base_url=address) as client,
    ):
        response = client.post("/mcp", headers={"Host": host})
    assert response.status_code == 401
    (place,) = re.findall(r'resource_metadata="(.*?)"', response.headers["WWW-Authenticate"])
    assert place == f"{address}{METADATA}/mcp"


def test_both_kinds_of_tokens_may_be_good_at_once(
    calm_world: World, service: app.Service, provider: Provider, file: Path
) -> None:
    given = calm_world.configure(**provider.configure(TOKENS_FILE=str(file)))
    with listen(service, given) as address, httpx2.Client(base_url=address) as client:
        for token in (TOKEN, provider.sign()):
            answer = client.post("/mcp/getStatus", json={"jobID": "x"}, headers=bearer(token))
            assert answer.status_code == 404
        forbidden = bearer(provider.sign(sub="no/owner"))
        answer = client.post("/mcp/getStatus", json={"jobID": "x"}, headers=forbidden)
        assert_refused(answer, 403, "claim sub is no name of an owner")
        for wrong in (tokens.mint(), provider.sign(key_id="x"), "a.b.c"):
            answer = client.post("/mcp/getStatus", json={"jobID": "x"}, headers=bearer(wrong))
            assert answer.status_code == 401


def test_while_the_provider_is_away_tokens_are_not_called_bad(
    calm_world: World, service: app.Service, provider: Provider
) -> None:
    provider.answer("/keys", {}, 500)
    given = calm_world.configure(**provider.configure())
    with listen(service, given) as address, httpx2.Client(base_url=address) as client:
        answer = client.post("/mcp/getStatus", json={}, headers=bearer(provider.sign()))
    assert_refused(answer, 503, "issuer of tokens does not answer")
    assert "WWW-Authenticate" not in answer.headers


def test_metrics_may_be_opened(calm_world: World, service: app.Service, file: Path) -> None:
    given = calm_world.configure(TOKENS_FILE=str(file), OPEN_METRICS="true")
    with listen(service, given) as address, httpx2.Client(base_url=address) as client:
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics/").status_code == 401
        assert client.post("/mcp").status_code == 401


def test_a_service_that_others_reach_says_at_the_start_that_it_is_open(
    calm_world: World, service: app.Service, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app.create_app(service, calm_world.configure(), "127.0.0.1")
    app.create_app(service, calm_world.configure(TOKENS_FILE=str(file)), "0.0.0.0")
    assert "whoever reaches the port" not in caplog.text
    app.create_app(service, calm_world.configure(), "0.0.0.0")
    assert "whoever reaches the port can submit" in caplog.text


def test_an_open_service_answers_as_ever(calm_world: World, service: app.Service) -> None:
    with (
        listen(service, calm_world.configure(), "0.0.0.0") as address,
        httpx2.Client(base_url=address) as client,
    ):
        for headers in ({}, bearer("whatever")):
            answer = client.post("/mcp/submitJob", json=samples.FIELDS, headers=headers)
            assert answer.status_code == 200


def test_a_web_socket_leads_nowhere(client: httpx2.Client) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as sock:
        sock.sendall(
            b"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert re.match(rb"HTTP/1.1 40[13] ", sock.recv(4096))


def test_every_answer_has_the_id_of_its_request(client: httpx2.Client) -> None:
    own = {"X-Request-ID": "my-request.1"}
    for path, code in (("/health", 200), ("/mcp", 401)):
        response = client.get(path, headers=own)
        assert (response.status_code, response.headers["X-Request-ID"]) == (code, "my-request.1")
        made = {client.get(path).headers["X-Request-ID"] for _ in range(3)}
        assert len(made) == 3
        odd = client.get(path, headers={"X-Request-ID": "a b\\n"}).headers["X-Request-ID"]
        assert re.fullmatch("[0-9a-z]{26}", odd)


header_texts = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=200),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=200).map(
        "Bearer ".__add__
    ),
    st.tuples(*[st.binary(max_size=60)] * 3).map(
        lambda parts: "Bearer " + ".".join(part.hex() for part in parts)
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["alg", "kid", "crit", "b64", "typ", "jku", "jwk", "x5u"]), inner
            )
        ),
    ).map(lambda head: f"Bearer {_encode(head)}.{_encode({'sub': 'alice'})}.AAAA"),
)


def _encode(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def lasting(
    calm_world: World, service: app.Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx2.Client]:
    """A service that takes both kinds of tokens."""
    path = write(tmp_path_factory.mktemp("tokens") / "t", entry("ci", TOKEN))
    with Provider().serve() as made:
        given = calm_world.configure(**made.configure(TOKENS_FILE=str(path)))
        with listen(service, given) as address, httpx2.Client(base_url=address) as client:
            yield client


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300
)
@given(header_texts)
def test_whatever_stands_in_the_header_is_neither_an_error_nor_a_way_in(
    lasting: httpx2.Client, header: str
) -> None:
    headers = {b"Authorization": header.encode("latin-1").strip()}
    response = lasting.post("/mcp/getStatus", json={"jobID": "x"}, headers=headers)
    # Those who send many wrong tokens are told to wait.
    assert response.status_code in (401, 429), (header, response.text)
    assert response.json()["nextStep"]
