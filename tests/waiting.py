"""Waiting for what another thread or process does: by condition, and never longer than a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")

_INTERVAL = 0.01


def wait_for(condition: Callable[[], _Result | None], what: str, seconds: float = 60.0) -> _Result:
    """Return the condition's first true result; fail when the time is over."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not (result := condition()):
        if time.monotonic() > deadline:
            msg = f"waited {seconds} s in vain for {what}"
            raise AssertionError(msg)
        pause.wait(_INTERVAL)
    return result
