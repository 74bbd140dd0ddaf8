"""Room for templates that call one another many times over.

Python lets a thousand calls nest, which an ordinary template never needs; more are let in while one
is executed that does. Each is a call of Python's own, which takes memory but no stack of the
machine's; what does take that (values in one another) has limits of its own.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

# So many nested templates fit into what Python lets nest anyway.
SHALLOW = 150
# Go stops at 100000. Each level takes three calls, and at most a few more for what it calls.
DEEPEST = 2_000
_CALLS = DEEPEST * 3 + 1_000

_lock = threading.Lock()
_users = 0
_usual = 0


@contextlib.contextmanager
def deepened() -> Iterator[None]:
    """Let more calls nest until the last who needs it is done."""
    global _users, _usual
    with _lock:
        if _users == 0:
            _usual = sys.getrecursionlimit()
            sys.setrecursionlimit(_usual + _CALLS)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                sys.setrecursionlimit(_usual)
