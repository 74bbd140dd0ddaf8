"""The plain HTTP interface, over real HTTP."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server import app, config
from tests import samples, worlds
from tests.outages import Relay
from tests.serving import serving
from tests.waiting import wait_for
from tests.worlds import World

CURL = """{"jobConfig": {"owner": "claude-test",
  "repoURL": "https://github.com/geraldthewes/bd", "gitRef": "main", "dockerfilePath": "Dockerfile",
  "imageTags": ["test"], "registryURL": "registry.cluster:5000/bdtemp", "testCommands": ["echo test"]}}"""
JSON = {"Content-Type": "application/json"}
TOOLS = ["submitJob", "getStatus", "getLogs", "killJob", "cleanup"]


@contextlib.contextmanager
def listen(running: app.Service, given: config.Config, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve the app on a free port."""
    web = app.create_app(running, given, host)
    with serving(web) as address:
        yield address


@pytest.fixture
def client(world: World) -> Iterator[httpx2.Client]:
    with (
        world.run() as running,
        listen(running, world.configure()) as address,
        httpx2.Client(base_url=address, timeout=20) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    made = worlds.World(tmp_path_factory.mktemp("engine"))
    with (
        made.engine,
        made.run() as running,
        listen(running, made.configure()) as address,
        httpx2.Client(base_url=address, timeout=20) as client,
    ):
        yield client


def call(client: httpx2.Client, tool: str, arguments: object, path: str = "mcp") -> dict[str, Any]:
    response = client.post(f"/{path}/{tool}", json=arguments)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert isinstance(answer, dict)
    return answer


def wait_for_end(client: httpx2.Client, job_id: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        answer = call(client, "getStatus", {"jobID": job_id})
        return answer if answer["status"] in ("SUCCEEDED", "FAILED") else None

    return wait_for(ended, "the build to end")


def assert_tells(response: httpx2.Response, code: int, text: str) -> None:
    """An error has its status code, says what is wrong and what to do next."""
    assert response.status_code == code, response.text
    answer = response.json()
    assert answer["code"] == code
    assert re.search(text, answer["error"]), answer
    assert answer.get("nextStep") or answer.get("next_step")
    assert len(response.content) < 8192


@pytest.mark.parametrize("path", ["mcp", "json"])
def test_the_call_of_existing_users_works_as_it_stands(lasting: httpx2.Client, path: str) -> None:
    response = lasting.post(f"/{path}/submitJob", content=CURL, headers=JSON)
    assert response.status_code == 200
    submitted = response.json()
    assert submitted["images"] == ["registry.cluster:5000/bdtemp/bd:test"]
    wait_for_end(lasting, submitted["jobID"])
    body = json.dumps({"jobID": submitted["jobID"]})
    answer = lasting.post(f"/{path}/getStatus", content=body, headers=JSON).json()
    assert answer["status"] == "SUCCEEDED"
    assert answer["jobID"] == submitted["jobID"]
    assert answer["images"] == submitted["images"]


def test_who_writes_snake_case_is_answered_in_snake_case(lasting: httpx2.Client) -> None:
    fields = {"owner": "me", "repo_url": "https://h/app", "registry_url": "r:5000/x"}
    submitted = call(lasting, "submitJob", fields)
    assert set(submitted) == {
        "job_id",
        "status",
        "variant",
        "variant_reason",
        "images",
        "next_step",
    }
    assert set(call(lasting, "submitJob", {"job_config": fields})) == set(submitted)
    answer = call(lasting, "getStatus", {"job_id": submitted["job_id"]})
    assert "created_at" in answer
    assert all(name == name.lower() for name in answer)
    assert_tells(lasting.post("/mcp/getStatus", json={"job_id": "nope"}), 404, "nope")
    assert "next_step" in lasting.post("/mcp/getStatus", json={"job_id": "nope"}).json()


def test_who_writes_camel_case_is_answered_in_camel_case(lasting: httpx2.Client) -> None:
    submitted = call(lasting, "submitJob", samples.FIELDS)
    assert set(submitted) == {"jobID", "status", "variant", "variantReason", "images", "nextStep"}
    assert not any(
        "_" in name for name in call(lasting, "getStatus", {"jobID": submitted["jobID"]})
    )


def test_the_whole_life_of_a_build_that_fails(client: httpx2.Client, world: World) -> None:
    world.fail("test", "test_failed\nthe command ended with exit code 7", exit_code=7)
    job_id = call(client, "submitJob", samples.FIELDS)["jobID"]
    answer = wait_for_end(client, job_id)
    assert answer["status"] == "FAILED"
    failure = answer["failure"]
    assert (failure["phase"], failure["task"], failure["exitCode"]) == ("test", "test-1", 7)
    assert failure["reason"] == "test_failed"
    assert "exit code 7" in failure["message"]
    assert "oh no" in failure["logTail"]
    logs = call(client, "getLogs", {"jobID": job_id, "phase": "test", "lines": 5})
    assert list(logs["logs"]) == ["test"]
    assert any("oh no" in line for line in logs["logs"]["test"])
    killed = call(client, "killJob", {"jobID": job_id})
    assert (killed["success"], killed["status"]) == (False, "FAILED")

    def clean_up() -> dict[str, Any] | None:
        answer = client.post("/mcp/cleanup", json={"jobID": job_id})
        return dict(answer.json()) if answer.status_code == 200 else None

    # A failed build is put away a moment after it has ended.
    cleaned = wait_for(clean_up, "the build to be put away")
    assert f"test-{job_id}" in cleaned["cleanedJobs"]
    assert call(client, "cleanup", {"all": True})["success"] is True


def test_a_running_build_can_be_killed(client: httpx2.Client, world: World) -> None:
    world.hold("build")
    job_id = call(client, "submitJob", samples.FIELDS)["jobID"]
    assert call(client, "killJob", {"jobID": job_id})["success"] is True
    answer = wait_for_end(client, job_id)
    assert answer["failure"]["reason"] == "killed"


@pytest.mark.parametrize("path", ["mcp", "json"])
def test_an_unknown_tool_gets_the_list(lasting: httpx2.Client, path: str) -> None:
    response = lasting.post(f"/{path}/submitjob", json={})
    assert_tells(response, 404, "submitjob")
    assert all(tool in response.json()["nextStep"] for tool in TOOLS)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'"x"',
        b"7",
        b"null",
        b"[]",
        b"[" * 100_000,
        b"1" * 5000,
    ],
)
def test_a_body_that_is_no_object_is_told(lasting: httpx2.Client, tool: str, body: bytes) -> None:
    response = lasting.post(f"/mcp/{tool}", content=body, headers=JSON)
    assert_tells(response, 400, "JSON|missing|give either")


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "multipart/form-data",
    ],
)
def test_a_body_that_a_web_page_could_send_unasked_is_refused(
    lasting: httpx2.Client, content_type: str | None
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = lasting.post("/mcp/submitJob", content=CURL, headers=headers)
    assert_tells(response, 415, "JSON")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_taken_however_it_is_announced(lasting: httpx2.Client, content_type: str) -> None:
    response = lasting.post("/mcp/submitJob", content=CURL, headers={"Content-Type": content_type})
    assert response.status_code == 200


@pytest.mark.parametrize("tool", ["submitJob", "getStatus"])
def test_a_body_of_5_megabytes_is_refused_without_being_read_to_the_end(
    lasting: httpx2.Client, tool: str
) -> None:
    body = json.dumps(samples.FIELDS | {"testCommands": ["x" * 5_000_000]}).encode()
    assert_tells(lasting.post(f"/mcp/{tool}", content=body, headers=JSON), 413, "bytes")

    def chunks() -> Iterator[bytes]:
        for _ in range(80):
            yield b" " * 65536

    assert_tells(lasting.post(f"/mcp/{tool}", content=chunks(), headers=JSON), 413, "bytes")


def test_a_request_that_is_too_large_to_be_kept_is_told(lasting: httpx2.Client) -> None:
    arguments = samples.FIELDS | {"testCommands": ["x" * 8000] * 10}
    assert_tells(lasting.post("/mcp/submitJob", json=arguments), 400, "bytes")


@pytest.mark.parametrize("tool", ["getStatus", "getLogs", "killJob", "cleanup"])
def test_an_unknown_job_is_told(lasting: httpx2.Client, tool: str) -> None:
    assert_tells(lasting.post(f"/mcp/{tool}", json={"jobID": "01kb9x3m"}), 404, "01kb9x3m")


@pytest.mark.parametrize(
    ("tool", "arguments", "text"),
    [
        ("submitJob", {}, "owner is missing; repoURL is missing"),
        ("submitJob", samples.FIELDS | {"imageTag": ["x"]}, "did you mean imageTags"),
        ("submitJob", samples.FIELDS | {"imageTags": "x"}, "imageTags"),
        ("submitJob", samples.FIELDS | {"owner": 7}, "owner"),
        ("submitJob", samples.FIELDS | {"\ud800": 7}, "unicode"),
        ("submitJob", samples.FIELDS | {"owner": "\ud800"}, "owner"),
        ("submitJob", samples.FIELDS | {"repoURL": "git://host/app"}, "only https, ssh"),
        ("submitJob", samples.FIELDS | {f"f{n}": n for n in range(10_000)}, "more problems"),
        ("getStatus", {}, "jobID is missing"),
        ("getStatus", {"jobID": 7}, "jobID"),
        ("getStatus", {"jobID": "../../jobs"}, "jobID"),
        ("getStatus", {"jobID": "x", "verbose": True}, "verbose is unknown"),
        ("getLogs", {"jobID": "x", "phase": "deploy"}, "phase"),
        ("getLogs", {"jobID": "x", "lines": -1}, "lines"),
        ("killJob", {"id": "x"}, "did you mean|id is unknown"),
        ("cleanup", {"all": True, "jobID": "x"}, "give either"),
    ],
)
def test_wrong_arguments_are_told_with_what_to_do(
    lasting: httpx2.Client, tool: str, arguments: dict[str, Any], text: str
) -> None:
    body = json.dumps(arguments).encode()
    assert_tells(lasting.post(f"/mcp/{tool}", content=body, headers=JSON), 400, text)


def test_what_the_build_does_not_allow_is_a_conflict(client: httpx2.Client, world: World) -> None:
    world.hold("build")
    job_id = call(client, "submitJob", samples.FIELDS)["jobID"]
    assert_tells(client.post("/mcp/cleanup", json={"jobID": job_id}), 409, job_id)
    assert_tells(
        client.post("/mcp/submitJob", json=samples.FIELDS | {"cache": "on"}), 409, "volume"
    )
    call(client, "killJob", {"jobID": job_id})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_told(lasting: httpx2.Client, method: str) -> None:
    response = lasting.request(method, "/mcp/getStatus")
    assert_tells(response, 405, method)
    assert response.json()["nextStep"] == "Send POST"


@pytest.mark.parametrize(
    "path", ["/nope", "/mcp/getStatus/x", "/json", "/v1", "/v1/builds/", "/v2/builds"]
)
def test_an_unknown_path_is_told(lasting: httpx2.Client, path: str) -> None:
    assert_tells(lasting.post(path, json={}), 404, "no such path")


@pytest.mark.parametrize("path", ["/mcp/getStatus", "/mcp", "/nope"])
@pytest.mark.parametrize("host", ["evil.example.com", "evil.example.com:80", "127.0.0.1.evil.com"])
def test_a_page_that_rebinds_its_name_to_loopback_reaches_nothing(
    lasting: httpx2.Client, path: str, host: str
) -> None:
    response = lasting.post(path, json={"jobID": "x"}, headers={"Host": host})
    assert_tells(response, 421, "host")
    assert "access-control-allow-origin" not in response.headers


def test_a_page_that_rebinds_its_name_reads_no_figures_but_may_ask_for_health(
    lasting: httpx2.Client,
) -> None:
    evil = {"Host": "evil.example.com"}
    assert_tells(lasting.get("/metrics", headers=evil), 421, "host")
    assert [lasting.get(path, headers=evil).status_code for path in ("/health", "/ready")] == [
        200,
        200,
    ]


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost", "localhost:8080", "[::1]:8080"])
def test_loopback_is_reached_by_all_its_names(lasting: httpx2.Client, host: str) -> None:
    response = lasting.post("/mcp/getStatus", json={"jobID": "nope"}, headers={"Host": host})
    assert_tells(response, 404, "nope")


def test_hosts_that_are_set_are_allowed_and_health_is_for_whoever_checks(world: World) -> None:
    given = world.configure(ALLOWED_HOSTS="builds.example.com")
    with (
        world.run() as running,
        listen(running, given, "0.0.0.0") as address,
        httpx2.Client(base_url=address) as client,
    ):

        def ask(path: str, host: str) -> int:
            headers = {"Host": host}
            if path in ("/health", "/ready"):
                return client.get(path, headers=headers).status_code
            return client.post(path, json={"jobID": "x"}, headers=headers).status_code

        assert ask("/mcp/getStatus", "builds.example.com:8080") == 404
        assert ask("/mcp/getStatus", "other.example.com") == 421
        # Consul asks by the address at which the service is registered.
        assert ask("/health", "10.0.0.7:23456") == 200
        assert ask("/ready", "10.0.0.7:23456") == 200


def test_over_a_limit_the_answer_is_429_and_says_when_to_ask_again(world: World) -> None:
    with (
        world.run(MAX_BUILDS="1", MAX_QUEUED="1") as running,
        listen(running, world.configure()) as address,
        httpx2.Client(base_url=address, timeout=20) as client,
    ):
        gate = world.hold("build")
        requests = [samples.FIELDS | {"imageTags": [str(number)]} for number in range(3)]
        call(client, "submitJob", requests[0])
        queued = call(client, "submitJob", requests[1])
        assert queued["queue"]["position"] == 1
        assert "run at once" in queued["queue"]["reason"]
        assert queued["queue"]["deadline"]
        status = call(client, "getStatus", {"jobID": queued["jobID"]})
        assert status["queue"] == queued["queue"]
        refused = client.post("/mcp/submitJob", json=requests[2])
        assert_tells(refused, 429, "1 builds in all wait already")
        assert int(refused.headers["Retry-After"]) > 0
        gate.open()
        assert "queue" not in wait_for_end(client, queued["jobID"])


def test_metrics_are_for_whoever_checks_by_a_name_that_is_allowed(world: World) -> None:
    given = world.configure(ALLOWED_HOSTS="builds.example.com,10.0.0.7")
    with (
        world.run() as running,
        listen(running, given, "0.0.0.0") as address,
        httpx2.Client(base_url=address) as client,
    ):
        running.builds.submit(samples.make_request())
        assert_tells(client.get("/metrics", headers={"Host": "10.0.0.8:23456"}), 421, "host")
        response = client.get("/metrics", headers={"Host": "10.0.0.7:23456"})
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(
            ("text/plain", "application/openmetrics")
        )
        assert re.search(
            r'^nomad_build_\w+\{.*result="accepted".*\} 1', response.text, re.MULTILINE
        )


def test_health_and_readiness_while_nomad_works(lasting: httpx2.Client) -> None:
    health = lasting.get("/health").json()
    assert health["status"] == "healthy"
    assert health["services"]["nomad"] == "healthy"
    ready = lasting.get("/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


def test_a_nomad_that_is_down_makes_the_service_unready_but_not_unhealthy(world: World) -> None:
    host, port = world.engine.address.removeprefix("http://").split(":")
    with Relay((host, int(port))) as relay:
        given = world.configure().model_copy(update={"nomad_address": relay.address})
        with (
            app.run(app.assemble(given)) as running,
            listen(running, given) as address,
            httpx2.Client(base_url=address, timeout=20) as client,
        ):
            job_id = call(client, "submitJob", samples.FIELDS)["jobID"]
            relay.cut()
            health = client.get("/health")
            assert (health.status_code, health.json()["services"]["nomad"]) == (200, "unhealthy")
            ready = client.get("/ready")
            assert ready.status_code == 503
            assert "Nomad" in ready.json()["error"]
            for tool in TOOLS:
                arguments = samples.FIELDS if tool == "submitJob" else {"jobID": job_id}
                assert_tells(client.post(f"/mcp/{tool}", json=arguments), 503, "Nomad")
            relay.mend()
            assert wait_for_end(client, job_id)["status"] == "SUCCEEDED"


def test_a_nomad_that_does_not_answer_holds_up_no_health_check() -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    given = config.read_config({"NOMAD_ADDR": f"http://127.0.0.1:{silent.getsockname()[1]}"})
    with (
        app.run(app.assemble(given)) as running,
        listen(running, given) as address,
        contextlib.closing(silent),
        httpx2.Client(base_url=address, timeout=20) as client,
    ):
        began = time.monotonic()
        assert client.get("/health").json()["services"]["nomad"] == "unhealthy"
        assert client.get("/ready").status_code == 503
        assert time.monotonic() - began < 8


_ARGUMENTS = st.dictionaries(
    st.sampled_from(["jobID", "job_id", "phase", "lines", "all", "owner", "repoURL", "jobConfig"]),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=2)
        ),
        max_leaves=4,
    ),
    max_size=4,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(tool=st.sampled_from(TOOLS), arguments=_ARGUMENTS)
def test_no_arguments_are_the_services_fault(
    lasting: httpx2.Client, tool: str, arguments: dict[str, Any]
) -> None:
    response = lasting.post(f"/mcp/{tool}", json=arguments)
    assert response.status_code in (200, 400, 404)
    if response.status_code != 200:
        assert_tells(response, response.status_code, ".")
