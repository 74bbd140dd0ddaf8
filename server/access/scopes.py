"""The words by which tokens say what their callers may do: each is what it says, none holds another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from server.callers import Scope

ORDER: tuple[Scope, ...] = get_args(Scope)


def pick(words: Iterable[str], prefix: str) -> frozenset[Scope]:
    """Return the scopes among the words of a token, which may be for others too; ours begin with the prefix."""
    ours = {word.removeprefix(prefix) for word in words if word.startswith(prefix)}
    return frozenset(scope for scope in ORDER if scope in ours)


def up_to(highest: Scope) -> tuple[Scope, ...]:
    """Return a scope with those below it: whoever may change builds wants to see what became of them."""
    return ORDER[: ORDER.index(highest) + 1]
