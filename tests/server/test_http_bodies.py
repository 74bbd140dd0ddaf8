"""Bodies of requests over plain HTTP: however they are made, reading one holds nobody up."""

from __future__ import annotations

import time

import pytest

from server.errors import InvalidRequest
from server.http import bodies


def test_a_name_that_is_there_twice_among_very_many_is_found_at_once() -> None:
    names = ",".join(f'"k{number}":1' for number in range(75_000))
    body = f'{{{names},"z":1,"z":2}}'.encode()
    assert len(body) < bodies.LIMIT
    began = time.process_time()
    with pytest.raises(InvalidRequest, match="z is there twice: give it once"):
        bodies.parse(body)
    # To count each name among all of them takes minutes.
    assert time.process_time() - began < 20
