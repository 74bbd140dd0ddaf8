"""Fetching from a provider that answers slowly, without end, or what it should not."""

from __future__ import annotations

import socket
import time

import pytest

from server.access.fetching import fetch_json
from server.guarded import Deadline
from tests.receivers import Receiver, conversing, drip, serving

OK = b"HTTP/1.1 200 OK\r\n"


def fetch(address: str, seconds: float = 30) -> object:
    with Deadline(seconds) as deadline:
        return fetch_json(address, deadline)


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 2",
        OK + b"X-A: ",
        OK + b"Content-Length: 100000\r\n\r\n[",
        OK + b'\r\n"',
        OK + b"Transfer-Encoding: chunked\r\n\r\n5;",
    ],
    ids=["status", "headers", "length", "end", "chunks"],
)
def test_a_byte_now_and_then_holds_nobody_beyond_the_deadline(start: bytes) -> None:
    began = time.monotonic()
    with conversing(lambda connection: drip(connection, start)) as address, pytest.raises(OSError):
        fetch(address, 0.5)
    # For as long as the bytes come nothing else would end it.
    assert time.monotonic() - began < 20


def test_a_provider_that_says_nothing_is_left_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(OSError):
        fetch(f"http://127.0.0.1:{silent.getsockname()[1]}", 0.5)


def test_more_than_any_set_of_keys_is_not_read_to_its_end() -> None:
    def pour(connection: socket.socket) -> None:
        connection.sendall(OK + b"\r\n[")
        while True:
            connection.sendall(b"1," * 50_000)

    with conversing(pour) as address, pytest.raises(ValueError, match="more than"):
        fetch(address)


def test_a_redirect_is_no_answer() -> None:
    receiver = Receiver()
    receiver.answers["/keys"] = (302, {"Location": "/others"}, b"")
    receiver.answers["/others"] = (200, {}, b"[]")
    with serving(receiver.server):
        with pytest.raises(OSError, match="302"):
            fetch(f"{receiver.url}/keys")
        assert fetch(f"{receiver.url}/others") == []
