"""Calling tools as the doors do, from tests that know no event loop."""

from __future__ import annotations

from typing import Any

import anyio
import pydantic

from server import calls
from server.builds import Builds
from server.callers import ANYONE as ANYONE
from server.callers import Caller


def call(
    running: Builds, name: str, arguments: Any, caller: Caller = ANYONE, *, read_only: bool = False
) -> pydantic.BaseModel:
    """Call a tool and wait for its answer."""
    toolbox = calls.Toolbox(running, read_only)
    return anyio.run(lambda: calls.call(toolbox, name, arguments, caller))
