"""Connections on which nothing is asked for a while."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from tests.contract.api import Nomad


def test_a_connection_is_kept_until_its_client_closes_it(nomad: Nomad) -> None:
    connection = http.client.HTTPConnection(urlsplit(nomad.address).netloc, timeout=10)
    try:
        for pause in (6, 0):
            connection.request("GET", "/v1/agent/health")
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read())) == (200, True)
            # As long as a server that closes idle connections by itself usually waits.
            time.sleep(pause)
            assert connection.sock is not None
    finally:
        connection.close()
