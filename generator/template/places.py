"""Offsets into a template's text as places: for people, and as Go counts them."""

from __future__ import annotations

from generator import errors
from generator.golang import quoting


def line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def position(text: str, offset: int, file: str) -> errors.Position:
    """The place for people: line and column from 1, the column in characters."""
    start = text.rfind("\n", 0, offset) + 1
    return errors.Position(file, line(text, offset), offset - start + 1)


def go_place(text: str, offset: int) -> str:
    """``line:column`` as Go's template errors have it: the column in bytes from 0."""
    start = text.rfind("\n", 0, offset) + 1
    return f"{line(text, offset)}:{len(quoting.encode(text[start:offset]))}"
