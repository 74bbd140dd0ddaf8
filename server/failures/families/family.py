"""What a family of failures is, and what the signs of several have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

# Who writes a line: a program that a step or a test runs, Buildah or Skopeo, or Git in the task that fetches.
Speaker = Literal["program", "buildah", "git"]


class Ending(NamedTuple):
    """A sign that counts only where the program that ended the step ended with one of these codes."""

    pattern: str
    codes: frozenset[int]


class Cause(NamedTuple):
    """A sign of what the named families follow from: beside it their signs count for nothing, wherever they stand."""

    pattern: str
    over: frozenset[str]


def apt(pattern: str) -> Ending:
    """Make a sign of what apt says before it ends with 100."""
    return Ending(f"^E: {pattern}", frozenset({100}))


def small_tool(pattern: str) -> Ending:
    """Make a sign of what a small program says before it ends with 1 or 2, or make does."""
    return Ending(pattern, frozenset({1, 2}))


def shell(pattern: str) -> Ending:
    """Make a sign of what a shell says before it ends with 127, or make with 2."""
    return Ending(pattern, frozenset({2, 127}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What failures have in common: a word for it, what that means, and what helps, as a sentence without an end.

    ``program``, ``buildah`` and ``git`` are the signs, by who writes them. Of several lines the last one is shown, of a
    family that reports its causes ``first`` the first. ``over`` names families that follow from this one, as a
    ``Cause`` does for one sign. ``in_test`` is the hint where tests say so, if it is another.
    """

    word: str
    meaning: str
    hint: str
    in_test: str = ""
    program: tuple[str | Ending | Cause, ...] = ()
    buildah: tuple[str, ...] = ()
    git: tuple[str, ...] = ()
    first: bool = False
    over: tuple[str, ...] = ()


NPM = r"^npm (?:ERR!|error) "
UNREACHABLE = (
    r"(?:no such host|connection refused|network is unreachable|i/o timeout|no route to host"
    r"|connection reset by peer|TLS handshake timeout|server misbehaving|Client\.Timeout exceeded.*|context deadline exceeded)"
)


def http_client(codes: str) -> str:
    """Make a sign of what programs that fetch say of an answer with one of these codes, each in its own words.

    A number behind the word ERROR alone is none: that may be a process's, or part of a sentence.
    """
    return (
        r"^(?:(?:curl: \(22\) The requested URL returned error: |wget: server returned error: HTTP/[0-9.]+ "
        r"|urllib\.error\.HTTPError: HTTP Error |ERROR: HTTP error )(?:" + codes + r")\b"
        r"|(?:[0-9-]{10} [0-9:]{8} )?ERROR (?:" + codes + r"): )"
    )
