"""Serving an application over real HTTP, on a free port of loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from tests.waiting import wait_for


@contextlib.contextmanager
def serving(web: ASGIApp, *, backlog: int = 128, **settings: Any) -> Iterator[str]:
    """Serve an application as long as the context lasts; return its address. ``settings`` are uvicorn's."""
    usual: dict[str, Any] = {"log_config": None, "log_level": "warning", "ws": "none"}
    server = uvicorn.Server(uvicorn.Config(web, **(usual | settings)))
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        wait_for(lambda: server.started, "the server to start")
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
