"""The adapter against an HTTP server that answers what a broken, busy or wrong Nomad answers."""

from __future__ import annotations

import contextlib
import http.server
import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server import config, nomad
from server.errors import NomadConflict, NomadError, NomadNotFound, NomadUnreachable
from server.nomad import variables
from tests import samples
from tests.worlds import World, wait_for_end

ALLOCATION = "5b1f3c2e-0000-4000-8000-000000000000"


@dataclass
class Answers:
    """What the server answers to everything; None hangs up."""

    status: int = 200
    body: bytes | None = b"[]"
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, str, dict[str, str], bytes, int]] = field(default_factory=list)
    address: str = ""


@pytest.fixture(scope="module")
def odd_server() -> Iterator[Answers]:
    answers = Answers()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            sent = self.rfile.read(length)
            port = self.client_address[1]
            answers.seen.append((self.command, self.path, dict(self.headers), sent, port))
            if answers.body is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(answers.status)
            for name, value in answers.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answers.body)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(answers.body)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield answers
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def answers(odd_server: Answers) -> Answers:
    odd_server.status, odd_server.body, odd_server.headers = 200, b"[]", {}
    odd_server.seen.clear()
    return odd_server


def connect(answers: Answers, **environment: str) -> contextlib.closing[nomad.Nomad]:
    settings = config.read_config({"NOMAD_ADDR": answers.address, **environment})
    return contextlib.closing(nomad.Nomad(settings))


CALLS: dict[str, Callable[[nomad.Nomad], object]] = {
    "register_job": lambda client: client.register_job({"ID": "x"}),
    "read_job": lambda client: client.read_job("x"),
    "read_allocation": lambda client: client.read_allocation("x"),
    "read_evaluations": lambda client: client.read_evaluations("x"),
    "stop_job": lambda client: client.stop_job("x", purge=True),
    "list_jobs": lambda client: client.list_jobs("x"),
    "read_file": lambda client: client.read_file(ALLOCATION, "alloc/data/digest", 100),
    "read_log": lambda client: client.read_log(ALLOCATION, "t", "stdout", 100),
    "list_allocations": lambda client: client.list_allocations("x"),
    "list_files": lambda client: client.list_files(ALLOCATION, "alloc/logs"),
    "read_part": lambda client: client.read_part(ALLOCATION, "alloc/logs/t.stdout.0", 0, 3),
    "list_nodes": lambda client: client.list_nodes(),
    "read_leader": lambda client: client.read_leader(),
    "follow_events": lambda client: list(client.follow_events()),
    "read_variable": lambda client: client.read_variable("a/b"),
    "write_variable": lambda client: client.write_variable("a/b", {"x": "y"}, 0),
    "delete_variable": lambda client: client.delete_variable("a/b"),
    "list_variables": lambda client: client.list_variables("a/"),
    "acquire_lock": lambda client: client.acquire_lock("a/b", 10),
    "renew_lock": lambda client: client.renew_lock("a/b", ALLOCATION),
    "release_lock": lambda client: client.release_lock("a/b", ALLOCATION),
}


def public_methods() -> set[str]:
    methods = {**vars(variables.Variables), **vars(nomad.Nomad)}
    return {name for name in methods if not name.startswith("_")}


def test_every_method_is_tried_here() -> None:
    assert set(CALLS) == public_methods()


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, b"Your IP is issuing too many concurrent connections"),
        (500, b"No cluster leader"),
        (
            500,
            b"rpc error: failed to get conn: dial tcp 10.0.0.1:4647: connect: connection refused",
        ),
        (500, b"rpc error: EOF"),
        (502, b"<html>bad gateway</html>"),
        (503, b""),
        (504, b"\xff\xfe"),
        (200, None),
    ],
)
def test_what_passes_by_itself_is_worth_another_try(
    answers: Answers, name: str, status: int, body: bytes | None
) -> None:
    answers.status, answers.body = status, body
    with connect(answers) as client, pytest.raises(NomadUnreachable) as caught:
        CALLS[name](client)
    assert caught.value.next_step


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b"Request body is empty"),
        (403, b"Permission denied"),
        (405, b"Invalid method"),
        (500, b"1 error occurred:\n\t* Job ID contains a space"),
        (500, b"rpc error: 1 error occurred:\n\t* Missing job datacenters"),
    ],
)
def test_what_nomad_refuses_is_not_tried_again(
    answers: Answers, name: str, status: int, body: bytes
) -> None:
    answers.status, answers.body = status, body
    with connect(answers) as client, pytest.raises(NomadError) as caught:
        CALLS[name](client)
    assert not isinstance(caught.value, NomadUnreachable | NomadConflict | NomadNotFound)
    assert body.decode() in str(caught.value)
    assert caught.value.next_step


_SILENT = {"stop_job", "read_file", "read_log", "read_part", "follow_events", "delete_variable"}


@pytest.mark.parametrize("name", sorted(set(CALLS) - _SILENT))
@pytest.mark.parametrize(
    "body",
    [b"", b"garbage", b"<html>hello</html>", b"7", b"null", b'"x"', b"[7]", b'{"a": 1}', b"\xff"],
)
def test_what_is_no_answer_of_nomads_is_our_error_or_nothing(
    answers: Answers, name: str, body: bytes
) -> None:
    answers.body = body
    with connect(answers) as client, contextlib.suppress(NomadUnreachable):
        assert CALLS[name](client) in (None, (), True, "x")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    name=st.sampled_from(sorted(CALLS)),
    status=st.sampled_from([200, 204, 301, 400, 403, 404, 409, 418, 429, 500, 503]),
    body=st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [b"{}", b"[]", b"null", b"[{}]", b'{"Events": 7}', b'{"Events": [7]}', b"\n7\n"]
        ),
    ),
)
def test_no_answer_leaks_an_error_of_others(
    answers: Answers, name: str, status: int, body: bytes
) -> None:
    answers.status, answers.body = status, body
    with connect(answers) as client, contextlib.suppress(NomadError):
        CALLS[name](client)


@pytest.mark.parametrize("name", CALLS)
def test_nobody_there_is_unreachable(name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        settings = config.read_config({"NOMAD_ADDR": f"http://127.0.0.1:{taken.getsockname()[1]}"})
        with (
            contextlib.closing(nomad.Nomad(settings)) as client,
            pytest.raises(NomadUnreachable, match=r"does not answer|broke"),
        ):
            CALLS[name](client)


def test_a_long_answer_is_cut_in_the_message(answers: Answers) -> None:
    answers.status, answers.body = 500, b"x" * 100_000
    with connect(answers) as client, pytest.raises(NomadError) as caught:
        client.read_job("x")
    assert len(str(caught.value)) < 1500


def test_the_token_is_sent_and_never_told(answers: Answers) -> None:
    answers.status, answers.body = 403, b"Permission denied"
    with connect(answers, NOMAD_TOKEN="hunter2") as client, pytest.raises(NomadError) as caught:
        client.read_job("x")
    assert answers.seen[0][2]["X-Nomad-Token"] == "hunter2"
    assert "hunter2" not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize(
    ("name", "nothing"),
    [
        ("read_job", None),
        ("read_file", None),
        ("read_variable", None),
        ("read_log", b""),
        ("list_files", None),
    ],
)
@pytest.mark.parametrize("body", [b"not found", b'Unknown allocation "x"'])
def test_what_is_not_there_is_nothing(
    answers: Answers, name: str, nothing: object, body: bytes
) -> None:
    answers.status, answers.body = 404, body
    with connect(answers) as client:
        assert CALLS[name](client) == nothing


@pytest.mark.parametrize("name", ["stop_job", "delete_variable"])
def test_removing_what_is_not_there_succeeds(answers: Answers, name: str) -> None:
    answers.status, answers.body = 404, b"not found"
    with connect(answers) as client:
        assert CALLS[name](client) is None


def test_a_log_that_nomad_has_not_begun_is_empty(answers: Answers) -> None:
    answers.status = 404
    answers.body = b'task "build" not started yet. No logs available'
    with connect(answers) as client:
        assert client.read_log(ALLOCATION, "build", "stdout", 100) == b""


@pytest.mark.parametrize("prefix", [b"", b"rpc error: "])
def test_a_job_that_is_there_already_counts_as_registered(answers: Answers, prefix: bytes) -> None:
    answers.status = 500
    answers.body = prefix + b"Enforcing job modify index 0: job already exists"
    with connect(answers) as client:
        assert client.register_job({"ID": "x"}) is False


def test_a_variable_that_changed_meanwhile_is_a_conflict(answers: Answers) -> None:
    answers.status, answers.body = 409, b'{"ModifyIndex": 7}'
    with connect(answers) as client, pytest.raises(NomadConflict):
        client.write_variable("a/b", {"x": "y"}, 3)
    assert "cas=3" in answers.seen[0][1]


def test_a_log_is_its_bytes_whatever_they_are(answers: Answers) -> None:
    answers.body = "ünï ".encode() + b"\xff\xfe"
    answers.headers = {"Content-Type": "text/plain; charset=iso-8859-1"}
    with connect(answers) as client:
        assert CALLS["read_log"](client) == answers.body


def test_a_node_that_is_away_may_come_back(answers: Answers) -> None:
    answers.status, answers.body = 404, b"No path to node"
    with connect(answers) as client:
        for name in ("read_file", "read_log", "list_files", "read_part"):
            with pytest.raises(NomadUnreachable):
                CALLS[name](client)


def test_of_an_allocations_folder_only_regular_files_are_read_and_only_their_beginning(
    world: World, tmp_path: Path
) -> None:
    with world.serve() as running, world.connect() as client:
        build = wait_for_end(running, running.submit(samples.make_request()).id)
        allocation = build.test.allocation
        (folder,) = tmp_path.glob(f"alloc/{allocation}/alloc/data")
        (folder / "text").write_bytes("ünï ".encode() + b"\xff")
        (folder / "large").write_bytes(b"x" * 5_000_000)
        (folder / "empty").touch()
        (folder / "folder").mkdir()
        os.mkfifo(folder / "pipe")

        def read(name: str) -> bytes | None:
            return client.read_file(allocation, f"alloc/data/{name}", 100)

        assert read("text") == "ünï ".encode() + b"\xff"
        assert read("large") == b"x" * 100
        assert read("empty") == b""
        assert read("folder") is None
        assert read("absent") is None
        assert read("pipe") is None
        assert client.read_file(ALLOCATION, "alloc/data/text", 100) is None


def test_without_a_leader_nomad_does_not_work(answers: Answers) -> None:
    answers.body = b'""'
    with connect(answers) as client, pytest.raises(NomadUnreachable, match="no leader"):
        client.read_leader()


def test_events_name_the_job_that_changed(answers: Answers) -> None:
    answers.body = b"""{}
{"Index": 7, "Events": [
{"Topic": "Job", "Type": "JobRegistered", "Key": "build-a", "Index": 7, "Payload": {"Job": {}}},
{"Topic": "Allocation", "Key": "k", "Index": 7, "Payload": {"Allocation": {"JobID": "test-b"}}},
{"Topic": "Evaluation", "Key": "k", "Index": 7, "Payload": {"Evaluation": {"JobID": "test-c"}}},
{"Topic": "Node", "Key": "n", "Index": 7, "Payload": {}}]}
{}
""".replace(b",\n", b",").replace(b"[\n", b"[")
    with connect(answers) as client:
        assert list(client.follow_events()) == [
            nomad.Event(topic="Job", job_id="build-a", index=7, routine=True),
            nomad.Event(topic="Allocation", job_id="test-b", index=7),
            nomad.Event(topic="Evaluation", job_id="test-c", index=7),
        ]


@pytest.mark.parametrize("name", CALLS)
def test_namespace_and_region_go_with_every_call(answers: Answers, name: str) -> None:
    with (
        connect(answers, NOMAD_NAMESPACE="ci", NOMAD_REGION="eu") as client,
        contextlib.suppress(NomadError),
    ):
        CALLS[name](client)
    (call,) = answers.seen
    assert "region=eu" in call[1]
    # Nodes and leaders belong to no namespace.
    assert "namespace=ci" in call[1] or name in ("list_nodes", "read_leader")


def test_calls_one_after_the_other_share_a_connection(answers: Answers) -> None:
    with connect(answers) as client:
        for _ in range(5):
            client.read_allocation("x")
            client.list_jobs("x")
    assert len({call[4] for call in answers.seen}) == 1
