"""Builds as resources over plain HTTP, its description and its page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import anyio
import httpx2
import jsonschema
import pytest
from schemathesis.specs.openapi import definitions
from starlette.routing import Router
from starlette.types import Message

from server import calls, http, tools
from server.http import examples, openapi, pages, resources, schemas
from tests import samples
from tests.api import stand
from tests.worlds import World, submit, wait_for_status

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stand.Stand]:
    with stand.serve(tmp_path_factory.mktemp("stand")) as made:
        yield made


@pytest.fixture
def client(served: stand.Stand) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=served.address, timeout=60) as made:
        yield made


@pytest.fixture
def build(served: stand.Stand) -> str:
    """The address of a build that has succeeded."""
    return f"/v1/builds/{served.build_id}"


def assert_tells(response: httpx2.Response, code: int, text: str) -> None:
    assert response.status_code == code, response.text
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert answer["code"] == code
    assert re.search(text, answer["error"]), answer
    assert answer.get("nextStep") or answer.get("next_step")


def test_the_whole_life_of_a_build_is_told_below_its_address(client: httpx2.Client) -> None:
    created = client.post("/v1/builds", json=samples.FIELDS)
    assert created.status_code == 201
    address = created.headers["location"]
    assert address == f"/v1/builds/{created.json()['jobID']}"

    waited = client.get(f"{address}/wait").json()
    while not waited["finished"]:
        waited = client.get(f"{address}/wait").json()
    assert waited["status"] == "SUCCEEDED"

    shown = client.get(address).json()
    assert (shown["status"], shown["images"]) == ("SUCCEEDED", waited["images"])
    listed = client.get("/v1/builds", params={"limit": 1}).json()
    assert [each["jobID"] for each in listed["builds"]] == [shown["jobID"]]
    assert client.post(f"{address}/kill").json()["success"] is False
    assert client.post(f"{address}/cleanup", json={"dryRun": True}).json()["dryRun"] is True
    assert client.post("/v1/cleanup", json={"dryRun": True}).json()["success"] is True


def test_a_request_that_is_repeated_creates_nothing(client: httpx2.Client) -> None:
    first = client.post("/v1/builds", json=samples.FIELDS | {"requestID": "once"})
    again = client.post("/v1/builds", json=samples.FIELDS | {"requestID": "once"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["location"] == first.headers["location"]
    assert again.json()["repeated"] is True
    assert "repeated" not in first.json()


def test_both_doors_of_plain_http_answer_the_same(
    client: httpx2.Client, served: stand.Stand, build: str
) -> None:
    named = client.post("/mcp/getStatus", json={"jobID": served.build_id}).json()
    assert client.get(build).json() == named


def test_logs_are_text_unless_json_is_asked_for(client: httpx2.Client, build: str) -> None:
    text = client.get(f"{build}/logs")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.headers["vary"] == "Accept"
    assert "test-1 says ünï" in text.text.splitlines()
    answer = client.get(f"{build}/logs?phase=test", headers={"Accept": "application/json"}).json()
    assert list(answer["logs"]) == ["test"]
    assert "test-1 says ünï" in answer["logs"]["test"]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("line=5", "line is unknown: did you mean lines?"),
        ("lines=5&lines=6", "lines is there twice"),
        ("lines=five", "lines must be a whole number"),
        ("lines=5.0", "lines must be a whole number"),
        ("lines=+5", "lines must be a whole number"),
        (f"lines={'9' * 5000}", "lines must be a whole number"),
        ("lines=0", "lines: input should be greater"),
        ("phase=deploy", "phase: input should be"),
        ("jobID=x", "the path says which build"),
        ("job_id=x", "the path says which build"),
        ("owner=%ff", "UTF-8"),
        ("&".join(f"a{number}=" for number in range(200)), "more than 100 parameters"),
    ],
)
def test_a_wrong_query_is_told(client: httpx2.Client, build: str, query: str, text: str) -> None:
    assert_tells(client.get(f"{build}/logs?{query}"), 400, re.escape(text))


@pytest.mark.parametrize("value", ["1", "True", "yes", ""])
def test_a_switch_in_a_query_is_true_or_false(client: httpx2.Client, value: str) -> None:
    answer = client.get("/v1/builds", params={"finished": value})
    assert_tells(answer, 400, "finished must be true or false")
    assert client.get("/v1/builds?finished=true").status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("{build}/kill", {"jobID": "x"}, "the path says which build"),
        ("{build}/cleanup", {"all": True}, "the path says which build, or all"),
        ("{build}/cleanup", {"dryRun": 1}, "dryRun: input should be a valid boolean"),
        ("/v1/cleanup", {"jobId": "x"}, "the path says which build, or all"),
        ("/v1/cleanup", {"owner": "x"}, "the path says which build, or all"),
        ("/v1/cleanup?dryRun=true", {}, "belong into the body"),
        ("/v1/builds", [], "must be a JSON object"),
        ("/v1/builds", {}, "owner is missing"),
    ],
)
def test_a_wrong_body_is_told(
    client: httpx2.Client, build: str, path: str, body: Any, text: str
) -> None:
    assert_tells(client.post(path.format(build=build), json=body), 400, text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"by": "a", "by": "b"}', "by is there twice"),
        (b'{"why": NaN}', "NaN"),
        (b'{"why": -Infinity}', "Infinity"),
        (b'{"why": 1e999}', "1e999"),
        (b'{"by": "\xff"}', "byte 8 is not UTF-8"),
        (b'{"by": "\\ud800"}', "by contains|by"),
        (b'{"by": ' + b"[" * 50_000, "not JSON"),
    ],
)
def test_a_body_that_can_be_read_in_two_ways_is_refused(
    client: httpx2.Client, build: str, body: bytes, text: str
) -> None:
    assert_tells(client.post(f"{build}/kill", content=body, headers=JSON), 400, text)


def test_a_whole_number_may_have_a_point(client: httpx2.Client, served: stand.Stand) -> None:
    body = b'{"jobID": "%s", "lines": 5.0}' % served.build_id.encode()
    assert client.post("/mcp/getLogs", content=body, headers=JSON).status_code == 200


def test_spellings_of_queries_and_answers_go_together(client: httpx2.Client, build: str) -> None:
    answer = client.post(f"{build}/cleanup", json={"dry_run": True}).json()
    assert answer["dry_run"] is True
    assert "next_step" in client.post(f"{build}/cleanup", json={"dry_runs": True}).json()


def test_a_page_cannot_kill_with_an_empty_post_for_which_browsers_ask_nobody(
    client: httpx2.Client, build: str
) -> None:
    assert_tells(
        client.post(f"{build}/kill", headers={"Origin": "http://localhost:3000"}), 415, "JSON"
    )
    assert_tells(
        client.post(f"{build}/kill", headers={"Origin": "https://evil.example.com"}), 403, "origin"
    )


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Accept": "text/html"}, 406),
        ({"Accept": "application/json;q=0, text/html"}, 406),
        ({"Accept": "text/html, */*;q=0.1"}, 200),
        ({"Accept": "*"}, 200),
    ],
)
def test_what_the_caller_does_not_take_is_not_sent(
    client: httpx2.Client, build: str, headers: dict[str, str], code: int
) -> None:
    assert client.get(build, headers=headers).status_code == code


def test_a_compressed_body_is_refused(client: httpx2.Client) -> None:
    headers = JSON | {"Content-Encoding": "gzip"}
    assert_tells(client.post("/v1/builds", content=b"x", headers=headers), 415, "compressed")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/builds", "GET, HEAD, OPTIONS, POST"),
        ("/v1/builds/x/kill", "OPTIONS, POST"),
        ("/mcp/getStatus", "OPTIONS, POST"),
        ("/health", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
    ],
)
def test_methods_are_told_to_whoever_asks_and_whoever_errs(
    client: httpx2.Client, path: str, allowed: str
) -> None:
    refused = client.delete(path)
    assert_tells(refused, 405, "DELETE")
    assert refused.headers["allow"] == allowed
    asked = client.options(path, headers={"Origin": "http://localhost:3000"})
    assert (asked.status_code, asked.content) == (204, b"")
    assert asked.headers["allow"] == allowed
    assert not [name for name in asked.headers if name.startswith("access-control-")]


def test_head_answers_as_get_without_the_body(client: httpx2.Client, build: str) -> None:
    head, get = client.head(build), client.get(build)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize("end", ["", "/wait", "/logs"])
def test_an_unknown_build_is_told(client: httpx2.Client, end: str) -> None:
    assert_tells(client.get(f"/v1/builds/nope{end}"), 404, "no build has the id nope")
    assert_tells(client.get(f"/v1/builds/%00{end}"), 400, "jobID")


def test_the_description_is_valid_and_complete(served: stand.Stand, client: httpx2.Client) -> None:
    document = client.get("/openapi.json").json()
    definitions.OPENAPI_31_VALIDATOR.validate(document)
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    paths = set(document["paths"])
    assert {f"/mcp/{name}" for name in tools.TOOLS} < paths
    assert {each.path for each in resources.OPERATIONS} < paths
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    for each in operations:
        assert each["summary"]
        assert each["description"]
        assert all(parameter["description"] for parameter in each.get("parameters", ()))


def test_every_route_is_described(served: stand.Stand) -> None:
    toolbox = calls.Toolbox(served.builds)
    made = [*http.create_tool_routes(toolbox), *http.create_resource_routes(toolbox)]
    made += [http.create_follow_route(toolbox)]
    made += [*http.create_page_routes(), *http.create_health_routes(served.builds)]
    paths = {route.path.replace("{tool}", "getStatus") for route in made}
    # One name is described, not its alias; and nobody asks a program for these two.
    left_out = {"/json/getStatus", "/", "/favicon.ico"}
    assert paths - left_out <= set(openapi.create_document()["paths"])


def test_the_description_is_the_same_each_time() -> None:
    first = json.dumps(openapi.create_document())
    openapi.create_document.cache_clear()
    assert json.dumps(openapi.create_document()) == first


@pytest.mark.parametrize("name", tools.TOOLS)
def test_the_examples_have_the_shapes_that_they_are_examples_of(name: str) -> None:
    tool = tools.TOOLS[name]
    arguments = examples.ARGUMENTS[name]
    tool.arguments.model_validate(arguments)
    known = openapi.create_document()["components"]["schemas"]
    schema = {**schemas.refer(tool.answer), "components": {"schemas": known}}
    jsonschema.validate(examples.ANSWERS[name], schema)
    answer = tool.answer.model_validate(examples.ANSWERS[name])
    assert tool.text is None or tool.text(answer) == examples.LOG.rstrip("\n")


def test_whoever_opens_the_address_in_a_browser_gets_to_the_page(client: httpx2.Client) -> None:
    page = client.get("/", follow_redirects=True)
    assert page.url.path == "/docs"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for operation in resources.OPERATIONS:
        assert f'id="{operation.name}"' in page.text
        assert operation.path in page.text
    assert client.get("/favicon.ico").status_code == 204


def test_the_page_needs_nothing_but_itself() -> None:
    page, policy = pages.render()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page
    assert " style=" not in page
    assert re.findall(r'(?:src|href)="(?!#)([^"]*)"', page) == ["data:,", "openapi.json"]
    # Each link within the page leads somewhere.
    anchors = set(re.findall(r'id="([^"]*)"', page))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= anchors


def test_a_client_that_hangs_up_ends_its_wait(world: World) -> None:
    held = world.hold("build")
    with world.serve() as running:
        build_id = submit(running, **samples.FIELDS)
        wait_for_status(running, build_id, "BUILDING")
        web = Router(http.create_resource_routes(calls.Toolbox(running)))
        incoming = iter([{"type": "http.request"}, {"type": "http.disconnect"}])
        sent: list[Message] = []

        async def receive() -> Message:
            return next(incoming)

        async def send(message: Message) -> None:
            sent.append(message)

        async def hang_up() -> None:
            scope = {
                "type": "http",
                "method": "GET",
                "path": f"/v1/builds/{build_id}/wait",
                "query_string": b"seconds=45",
                "headers": [],
            }
            with anyio.fail_after(30):  # less than the wait
                await web(scope, receive, send)

        anyio.run(hang_up)
        # What nobody reads says so, for the log of whoever stands between.
        assert sent[0]["status"] == 499
        assert running.read(build_id).status == "BUILDING"
        held.open()
