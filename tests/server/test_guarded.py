"""Where connections are made to, and how long they last: asked through deliveries to real servers on loopback."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from server.destinations import AllowedHosts
from server.outbound import Sender
from tests.receivers import BODY, HEADERS, LOOPBACK, Receiver, conversing, drip, failure


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names and the addresses that the resolver answers for them; each look-up takes the first away but one."""
    known: dict[str, list[str]] = {}
    original = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host not in known:
            return original(host, port, *args, **options)
        answers = known[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))
            for address in addresses.split()
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def test_a_private_address_is_not_even_connected_to(receiver: Receiver) -> None:
    error = failure(Sender(), receiver.url)

    assert error.permanent
    assert "not a public address" in error.message
    assert receiver.asked == []


def test_a_name_that_leads_to_a_private_address_is_refused(
    receiver: Receiver, names: dict[str, list[str]]
) -> None:
    names["ci.example.com"] = ["127.0.0.1"]

    error = failure(Sender(), f"http://ci.example.com:{receiver.port}/")

    assert error.permanent
    assert "no public address" in error.message
    assert receiver.asked == []


def test_whether_a_private_port_is_open_cannot_be_told_from_the_answer(
    receiver: Receiver, names: dict[str, list[str]]
) -> None:
    names["ci.example.com"] = ["127.0.0.1"]
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    errors = [
        failure(Sender(), f"http://ci.example.com:{number}/").message
        for number in (port, receiver.port)
    ]

    assert errors[0].replace(str(port), "") == errors[1].replace(str(receiver.port), "")


def test_a_name_that_leads_elsewhere_from_one_look_up_to_the_next_is_checked_each_time(
    receiver: Receiver, names: dict[str, list[str]]
) -> None:
    names["ci.example.com"] = ["127.0.0.1", "127.0.0.2"]
    receiver.answers["/"] = (307, {"Location": f"http://ci.example.com:{receiver.port}/2"}, b"")
    sender = Sender(AllowedHosts.parse(["127.0.0.1"]))

    error = failure(sender, f"http://ci.example.com:{receiver.port}/")

    assert error.permanent
    assert [path for _, path, _, _ in receiver.asked] == ["/"]


def test_of_several_addresses_only_the_allowed_are_tried(
    receiver: Receiver, names: dict[str, list[str]]
) -> None:
    names["ci.example.com"] = ["127.0.0.2 127.0.0.1"]

    Sender(AllowedHosts.parse(["127.0.0.1"])).send(
        f"http://ci.example.com:{receiver.port}/", HEADERS, BODY
    )

    assert len(receiver.asked) == 1


def test_a_name_that_is_allowed_may_lead_anywhere(
    receiver: Receiver, names: dict[str, list[str]]
) -> None:
    names["ci.internal"] = ["127.0.0.1"]

    url = f"http://CI.internal:{receiver.port}/"
    Sender(AllowedHosts.parse(["ci.internal"])).send(url, HEADERS, BODY)

    assert receiver.asked[0][2]["Host"] == f"ci.internal:{receiver.port}"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_that_ended_up_elsewhere_than_was_looked_up_is_given_up_before_a_byte_is_sent(
    scheme: str, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    heard_all = threading.Event()

    def listen(connection: socket.socket) -> None:
        heard.append(connection.recv(100))
        heard_all.set()

    class Misled(socket.socket):
        """As a machine behaves whose packet filter turns connections to others to itself."""

        def connect(self, address: Any) -> None:
            super().connect(("127.0.0.1", address[1]))

    names["ci.example.com"] = ["8.8.8.8"]
    with conversing(listen) as url:
        port = url.rpartition(":")[2]
        monkeypatch.setattr(socket, "socket", Misled)
        error = failure(Sender(), f"{scheme}://ci.example.com:{port}/")
        assert heard_all.wait(10)

    assert error.permanent
    assert heard == [b""]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_receiver_that_answers_byte_by_byte_is_left_when_all_time_is_over(scheme: str) -> None:
    def answer_slowly(connection: socket.socket) -> None:
        # For TLS this is the beginning of a long record of the handshake.
        drip(connection, b"HTTP/1.1 200 OK\r\nX: " if scheme == "http" else b"\x16\x03\x03\x3f\xff")

    begun = time.monotonic()
    with conversing(answer_slowly) as url:
        sender = Sender(LOOPBACK, read_seconds=5, connect_seconds=5, total_seconds=0.5)
        error = failure(sender, url.replace("http", scheme))

    assert not error.permanent
    assert "did not answer within 0.5 s" in error.message
    assert time.monotonic() - begun < 4
