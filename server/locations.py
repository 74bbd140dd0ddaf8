"""Which host Git or a registry's client connects to for a repository or an image. Pure.

Each spelling is read as Git, curl, ssh and the container tools read it, or refused: what none of them agrees on has
no host that could be checked.
"""

from __future__ import annotations

import re

from server import destinations
from server.destinations import PORT, Address

# Git takes the host of ssh:// and git:// apart by itself, decodes percent signs in it and knows no "?" and "#"; curl
# does for http. Without those characters before the path all of them read the same.
_URL = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:[A-Za-z0-9_][A-Za-z0-9_.~+-]*@)?"
    rf"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::{PORT})?(?:/.*)?",
    re.DOTALL,
)
_SCP_LIKE = re.compile(
    r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):(?!//|:).*",
    re.DOTALL,
)
_REGISTRY = re.compile(rf"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::{PORT})?")
# Where the container tools look for an image whose name begins with no registry.
_DOCKER_HUB = "docker.io"


def read_repository(url: str) -> tuple[str, Address | None]:
    """Return the host of a Git repository: of a URL, or of ``user@host:path``; and its address if it is one.

    Raises:
        ValueError: with what is wrong, to stand behind the name of the field.
    """
    match = _URL.fullmatch(url) if "://" in url else _SCP_LIKE.fullmatch(url)
    if match is None:
        msg = "has no host and port that every program would read alike: write PROTOCOL://HOST/PATH or USER@HOST:PATH"
        raise ValueError(msg)
    return destinations.read_host(match["host"])


def read_registry(reference: str) -> str:
    """Return the registry of an image or repository, as ``host`` or ``host:port``; Docker Hub where none is named.

    The first part is a registry when nothing else could be: it has a dot, a port or an upper-case letter, or is
    ``localhost`` (distribution/reference, splitDockerDomain).
    """
    first, slash, _ = reference.partition("/")
    named = "." in first or ":" in first or first == "localhost" or first.lower() != first
    return first if slash and named else _DOCKER_HUB


def read_registry_host(registry: str) -> tuple[str, Address | None]:
    """Return the host of a registry, and its address if it is one.

    Raises:
        ValueError: with what is wrong, to stand behind the name of the field.
    """
    match = _REGISTRY.fullmatch(registry)
    if match is None:
        msg = f"has no host and port that could be a registry's: {destinations.shorten(registry)}"
        raise ValueError(msg)
    return destinations.read_host(match["host"])
