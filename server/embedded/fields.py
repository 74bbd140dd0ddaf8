"""The vocabulary of the tables in ``schema``: the kinds of fields that a job's JSON may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from server.embedded import records

ScalarType = Literal["string", "int", "bool", "duration"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain value; None as default means that null is what Nomad answers."""

    type: ScalarType
    default: str | int | bool | None


@dataclass(frozen=True, slots=True)
class Strings:
    """A list of strings."""

    default: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StringMap:
    """A map of strings."""


@dataclass(frozen=True, slots=True)
class Free:
    """Any object: a driver's config."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A field that the engine does not support: only its empty or default value may be given."""

    default: records.Json = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """A field that the server sets, whatever the client sent."""


@dataclass(frozen=True, slots=True)
class Nested:
    """An object; filled in with its defaults when absent if ``always``.

    Of a ``sparse`` one Nomad answers no field that says nothing (``omitempty``).
    """

    fields: Mapping[str, Field]
    name: str
    always: bool = False
    sparse: bool = False


@dataclass(frozen=True, slots=True)
class Many:
    """A list of objects."""

    item: Nested


@dataclass(frozen=True, slots=True)
class Named:
    """A map of names to objects."""

    item: Nested


Field = Scalar | Strings | StringMap | Free | Absent | Assigned | Nested | Many | Named
