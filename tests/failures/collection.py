"""What a case of the corpus is: a build that fails, and what its log has to be read as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.record import Phase, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One build that fails.

    ``family``, ``line`` (of the Dockerfile) and ``says`` (part of the evidence) are what has to be found; an empty
    family, and None for the line, where nothing is to be claimed. ``reason`` is what the build as a whole failed for.

    A case with a ``request`` (fields beside the usual ones) is built by the service, on the embedded engine; all others
    by Buildah alone, in the same image: with ``flags`` of its own, in a container with ``options``, with a ``network``,
    on a ``store``, for so many ``seconds``, and again until its log is ``without`` a text. In files, flags and requests
    ``{site}`` and ``{secure}`` stand for the addresses of servers that misbehave (``site.py``), in those of the
    service ``{base}`` for a tiny image.
    """

    name: str
    about: str
    dockerfile: str
    family: str = ""
    line: int | None = None
    says: str = ""
    reason: Reason = "step_failed"
    phase: Phase = "build"
    files: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    network: str = "host"
    store: str = "/store"
    seconds: int = 300
    without: str = ""
    request: Mapping[str, object] | None = None
