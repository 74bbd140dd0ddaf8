"""References to secrets: where a value is kept, never the value. One syntax for both stores. Pure.

``nomad:PATH`` and ``vault:PATH`` name a whole secret, as a user's name and password; ``#FIELD`` behind it one value
of it. Without a store a path is one of Vault's, as callers of older services write it.
"""

from __future__ import annotations

import re
from typing import Annotated

import pydantic

from server.request.patterns import Line

_PATH = r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,255}"
_FIELD = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_SECRET = re.compile(rf"(?:(?:nomad|vault):)?{_PATH}")
_VALUE = re.compile(rf"(?:nomad|vault):{_PATH}#{_FIELD}")


def _require_secret(value: str) -> str:
    if not value:
        return value
    if not _SECRET.fullmatch(value) or _leads_astray(value):
        msg = "must be the path of a secret, vault:PATH or nomad:PATH, never the secret itself"
        raise ValueError(msg)
    return value if ":" in value else f"vault:{value}"


def _require_value(value: str) -> str:
    if not _VALUE.fullmatch(value) or _leads_astray(value):
        msg = "must name one value of a secret, vault:PATH#FIELD or nomad:PATH#FIELD, never the value itself"
        raise ValueError(msg)
    return value


def _leads_astray(value: str) -> bool:
    """Tell whether a path has a part that stores read as a way up: another path is meant than is written."""
    path = value.partition("#")[0].rpartition(":")[2]
    return any(part in ("", ".", "..") for part in path.split("/"))


SecretPath = Annotated[
    Line, pydantic.Field(max_length=300), pydantic.AfterValidator(_require_secret)
]
SecretValue = Annotated[
    Line, pydantic.Field(max_length=400), pydantic.AfterValidator(_require_value)
]
