"""Deliveries to real servers on loopback, which has to be allowed for it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

from server.destinations import AllowedHosts
from server.outbound import Sender
from tests.receivers import BODY, HEADERS, LOOPBACK, Receiver, conversing, drip, failure, hear


def test_a_delivery_arrives_as_it_was_given(receiver: Receiver) -> None:
    Sender(LOOPBACK).send(f"{receiver.url}/hook?a=1", HEADERS, BODY)

    ((method, path, headers, body),) = receiver.asked
    assert (method, path, body) == ("POST", "/hook?a=1", BODY)
    assert headers["X-Webhook-Signature"] == "sha256=00"
    assert headers["X-Team"] == "Zürich"
    assert headers["Content-Type"] == "application/json"
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"


def test_proxies_of_the_environment_are_not_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    Sender(LOOPBACK).send(receiver.url, HEADERS, BODY)

    assert len(receiver.asked) == 1


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 410, 413, 422, 300, 304])
def test_an_answer_that_stays_the_same_is_permanent(receiver: Receiver, code: int) -> None:
    receiver.answers["/"] = (code, {}, b"")

    error = failure(Sender(LOOPBACK), receiver.url)

    assert error.permanent
    assert error.message == f"{receiver.url} answered {code}"


@pytest.mark.parametrize("code", [408, 409, 425, 429, 500, 502, 503])
def test_an_answer_that_may_be_another_later_is_not_permanent(
    receiver: Receiver, code: int
) -> None:
    receiver.answers["/"] = (code, {"Retry-After": "120"}, b"")

    error = failure(Sender(LOOPBACK), receiver.url)

    assert not error.permanent
    assert error.retry_after == 120


@pytest.mark.parametrize("value", ["", "-1", "soon", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_wish_that_is_no_number_of_seconds_is_passed_over(receiver: Receiver, value: str) -> None:
    receiver.answers["/"] = (503, {"Retry-After": value}, b"")

    assert failure(Sender(LOOPBACK), receiver.url).retry_after is None


def test_a_message_holds_nothing_of_the_answer_and_no_path(receiver: Receiver) -> None:
    receiver.answers["/hook?t=hunter2"] = (500, {}, b"a stack trace")

    message = str(failure(Sender(LOOPBACK), f"{receiver.url}/hook?t=hunter2"))

    assert message == f"{receiver.url} answered 500"


@pytest.mark.parametrize("code", [307, 308])
def test_a_redirect_that_keeps_method_and_body_is_followed(receiver: Receiver, code: int) -> None:
    receiver.answers["/old"] = (code, {"Location": "new?x=1"}, b"")

    Sender(LOOPBACK).send(f"{receiver.url}/old", HEADERS, BODY)

    method, path, headers, body = receiver.asked[-1]
    assert (method, path, body) == ("POST", "/new?x=1", BODY)
    assert headers["X-Webhook-Signature"] == "sha256=00"


@pytest.mark.parametrize("code", [301, 302, 303])
def test_a_redirect_that_loses_the_body_is_refused_with_the_reason(
    receiver: Receiver, code: int
) -> None:
    receiver.answers["/"] = (code, {"Location": "/new"}, b"")

    error = failure(Sender(LOOPBACK), receiver.url)

    assert error.permanent
    assert "only 307 and 308 are followed" in error.message
    assert len(receiver.asked) == 1


def test_three_redirects_are_followed_and_no_more(receiver: Receiver) -> None:
    for number in range(4):
        receiver.answers[f"/{number}"] = (307, {"Location": f"/{number + 1}"}, b"")

    Sender(LOOPBACK).send(f"{receiver.url}/1", HEADERS, BODY)
    assert [path for _, path, _, _ in receiver.asked] == ["/1", "/2", "/3", "/4"]

    error = failure(Sender(LOOPBACK), f"{receiver.url}/0")
    assert error.permanent
    assert len(receiver.asked) == 8


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/",
        "//127.0.0.2:{port}/",
        "http://[::1]:{port}/",
        "http://localhost:{port}/",
        "http://2130706434:{port}/",
        "http://user:pass@127.0.0.1:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "http://[/",
        "/with a space",
    ],
)
def test_a_redirect_to_where_the_url_itself_could_not_lead_is_refused(
    receiver: Receiver, location: str
) -> None:
    receiver.answers["/"] = (307, {"Location": location.format(port=receiver.port)}, b"")
    sender = Sender(AllowedHosts.parse(["127.0.0.1"]))

    error = failure(sender, receiver.url)

    assert error.permanent
    assert "redirects to what" in error.message
    assert len(receiver.asked) == 1


def test_a_redirect_that_was_cut_before_its_place_is_tried_again() -> None:
    def talk(connection: socket.socket) -> None:
        hear(connection)
        connection.sendall(b"HTTP/1.1 307 Temporary Redirect\r\nLoca")

    with conversing(talk) as url:
        error = failure(Sender(LOOPBACK), url)

    assert not error.permanent
    assert error.message == f"{url} answered 307"


def test_a_receiver_that_is_not_there_may_come_back() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    error = failure(Sender(LOOPBACK), f"http://127.0.0.1:{port}/")

    assert not error.permanent
    assert "refuses connections" in error.message


def test_a_name_that_is_not_known_may_become_known() -> None:
    error = failure(Sender(), "https://nobody.invalid/")

    assert not error.permanent
    assert "cannot be resolved" in error.message


def test_a_receiver_that_says_nothing_is_left_when_its_time_is_over() -> None:
    def be_silent(connection: socket.socket) -> None:
        hear(connection)
        connection.recv(1)

    begun = time.monotonic()
    with conversing(be_silent) as url:
        error = failure(Sender(LOOPBACK, read_seconds=0.2), url)

    assert not error.permanent
    assert "did not answer in time" in error.message
    assert time.monotonic() - begun < 5


def test_a_body_that_never_ends_does_not_undo_a_delivery() -> None:
    def answer_at_length(connection: socket.socket) -> None:
        hear(connection)
        drip(connection, b"HTTP/1.1 200 OK\r\n\r\n")

    begun = time.monotonic()
    with conversing(answer_at_length) as url:
        Sender(LOOPBACK, total_seconds=0.5).send(url, HEADERS, BODY)

    assert time.monotonic() - begun < 4


def test_of_a_huge_body_no_more_than_a_little_is_read() -> None:
    sent: list[int] = []

    def answer_hugely(connection: socket.socket) -> None:
        hear(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        with contextlib.suppress(OSError):
            while len(sent) < 1000:
                connection.sendall(b"x" * 1_000_000)
                sent.append(1)

    with conversing(answer_hugely) as url:
        Sender(LOOPBACK).send(url, HEADERS, BODY)

    assert len(sent) < 50


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
        b"\x00" * 1000,
    ],
)
def test_what_is_no_answer_is_a_failure_that_may_pass(answer: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        hear(connection)
        connection.sendall(answer)

    with conversing(talk) as url:
        error = failure(Sender(LOOPBACK), url)

    assert not error.permanent
    assert "broke off, or gave an answer that is not HTTP" in error.message


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for one address, that nobody but itself vouches for; the key is in the same file."""
    file: Path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += [
        "-keyout",
        f"{file}.key",
        "-out",
        f"{file}.crt",
        "-subj",
        "/CN=receiver",
        "-days",
        "2",
    ]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(Path(f"{file}.key").read_text() + Path(f"{file}.crt").read_text())
    return file


@pytest.fixture
def secure(receiver: Receiver, certificate: Path) -> str:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    return receiver.url.replace("http", "https")


def test_a_receiver_whose_certificate_is_vouched_for_gets_its_delivery(
    receiver: Receiver, secure: str, certificate: Path
) -> None:
    Sender(LOOPBACK, ca_file=f"{certificate}.crt").send(secure, HEADERS, BODY)

    assert receiver.asked[0][3] == BODY


def test_a_receiver_with_an_unknown_certificate_gets_nothing(
    receiver: Receiver, secure: str
) -> None:
    error = failure(Sender(LOOPBACK), secure)

    assert not error.permanent
    assert "certificate that cannot be verified: self" in error.message
    assert receiver.asked == []


def test_a_receiver_with_the_certificate_of_another_gets_nothing(
    receiver: Receiver, secure: str, certificate: Path
) -> None:
    sender = Sender(AllowedHosts.parse(["localhost"]), ca_file=f"{certificate}.crt")

    error = failure(sender, secure.replace("127.0.0.1", "localhost"))

    assert "cannot be verified: Hostname mismatch" in error.message
    assert receiver.asked == []


def test_a_redirect_from_https_to_http_is_refused(
    receiver: Receiver, secure: str, certificate: Path
) -> None:
    receiver.answers["/"] = (307, {"Location": secure.replace("https", "http")}, b"")

    error = failure(Sender(LOOPBACK, ca_file=f"{certificate}.crt"), secure)

    assert error.permanent
    assert "from https to http" in error.message


def test_several_threads_use_one_sender(receiver: Receiver) -> None:
    sender = Sender(LOOPBACK)
    threads = [
        threading.Thread(target=sender.send, args=(f"{receiver.url}/{number}", HEADERS, BODY))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert {path for _, path, _, _ in receiver.asked} == {f"/{number}" for number in range(20)}


@pytest.mark.parametrize(
    "url", ["", "http://", "http://127.0.0.1:99999", "http://127.0.0.1:1/\r\nX: y", "\ud800"]
)
def test_what_is_no_url_is_a_delivery_that_fails_for_good(url: str) -> None:
    assert failure(Sender(LOOPBACK), url).permanent
