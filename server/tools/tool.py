"""What a tool is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pydantic

from server.builds import Builds
from server.callers import Caller, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far work has come that takes its time: it goes on in ``pause`` seconds; an empty message is no news."""

    seconds: float
    message: str
    pause: float


# The answer at once, or a look at a time, the last of which is the answer.
Work = pydantic.BaseModel | Iterator[Progress | pydantic.BaseModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool.

    ``call`` takes the arguments as they came and answers a model, or raises ``ServiceError``. It runs in a thread;
    what has to wait gives its thread back between two looks. ``text`` makes of the answer the text for whoever reads
    text: where it is set, an agent gets that alone, as of a log nobody wants to pay for JSON's quotes.
    """

    name: str
    title: str
    description: str
    arguments: type[pydantic.BaseModel]
    answer: type[pydantic.BaseModel]
    call: Callable[[Builds, Any, Caller], Work]
    scope: Scope
    text: Callable[[Any], str] | None = None
    destructive: bool = False
    idempotent: bool = False
    open_world: bool = False

    @property
    def read_only(self) -> bool:
        """Whether nothing is changed by a call."""
        return self.scope == "read"
