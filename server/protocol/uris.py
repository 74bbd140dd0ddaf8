"""The addresses of what can be read. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.record import ALL_PHASES, Phase

REQUEST_SCHEMA = "nomad-build://schema/request"
PACKS = "nomad-build://packs"

BUILD_TEMPLATE = "build://{id}"
LOG_TEMPLATE = "build://{id}/logs/{phase}"
PACK_TEMPLATE = f"{PACKS}/{{name}}"

_BUILD = re.compile(r"build://([A-Za-z0-9-]{1,64})(?:/logs/([a-z]+))?/?")
_PACK = re.compile(rf"{PACKS}/([a-z0-9_-]{{1,64}})/?")


@dataclass(frozen=True, slots=True)
class BuildAddress:
    """A build, or the log of one of its phases."""

    job_id: str
    phase: Phase | None = None


def build_uri(job_id: str) -> str:
    """Return the address of a build."""
    return BUILD_TEMPLATE.format(id=job_id)


def pack_uri(name: str) -> str:
    """Return the address of a pack's documentation."""
    return PACK_TEMPLATE.format(name=name)


def read_build_uri(uri: str) -> BuildAddress | None:
    """Read the address of a build or a log; None for any other."""
    match = _BUILD.fullmatch(uri)
    if match is None:
        return None
    job_id, phase = match.groups()
    if phase is None:
        return BuildAddress(job_id)
    known = next((each for each in ALL_PHASES if each == phase), None)
    return BuildAddress(job_id, known) if known else None


def read_pack_uri(uri: str) -> str | None:
    """Read the name of the pack that an address is of; None for any other address."""
    match = _PACK.fullmatch(uri)
    return match[1] if match else None
