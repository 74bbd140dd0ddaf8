"""The API-shaped job: what JSON can hold."""

from __future__ import annotations

from typing import TypeAlias

Value: TypeAlias = "None | bool | int | float | str | list[Value] | dict[str, Value]"
Object: TypeAlias = "dict[str, Value]"
