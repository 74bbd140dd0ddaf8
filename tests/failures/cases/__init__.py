"""All cases: builds that fail, and what their logs have to be read as."""

from __future__ import annotations

from tests.failures.cases import (
    commands,
    confusing,
    dockerfiles,
    network,
    packages,
    programs,
    registries,
    resources,
    services,
    unknown,
)
from tests.failures.collection import Case

CASES: tuple[Case, ...] = (
    *packages.CASES,
    *network.CASES,
    *registries.CASES,
    *dockerfiles.CASES,
    *commands.CASES,
    *programs.CASES,
    *resources.CASES,
    *services.CASES,
    *confusing.CASES,
    *unknown.CASES,
)
