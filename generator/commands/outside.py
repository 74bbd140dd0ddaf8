"""The world outside as templates see it with ``--allow-impure``: this process's own."""

from __future__ import annotations

import datetime
import os
import random
import socket

from generator import template


def open_up() -> template.Impurities:
    return template.Impurities(
        now=lambda: datetime.datetime.now(datetime.UTC),
        random=random.SystemRandom(),
        environment=os.environ,
        addresses=_addresses,
    )


def _addresses(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(address[0]) for *_, address in found]
