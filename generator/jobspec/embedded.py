"""Expressions and templates in the strings of a JSON job file, with places in that file.

As in HCL, escapes before a place are not counted. References that Nomad's client resolves are cut out
of the file's text by these places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from generator import records
from generator.errors import HclError
from generator.hcl import cursor, jsonsyntax, nodes


def parse(
    read: Callable[[str, str], nodes.Expression], source: nodes.Source, value: jsonsyntax.Text
) -> nodes.Expression:
    """What ``read`` makes of the string's text."""
    try:
        expression = read(value.value, source.file)
    except HclError as error:
        raise _moved(error, source, value) from None
    return cast("nodes.Expression", _move(expression, source, value.start + 1))


def _moved(error: HclError, source: nodes.Source, value: jsonsyntax.Text) -> HclError:
    """An error of the string's text, at its place in the file."""
    offset = 0
    if error.position is not None:
        starts = cursor.read_source(value.value, "").line_starts
        offset = starts[error.position.line - 1] + error.position.column - 1
    place = source.position(min(value.start + 1 + offset, value.end - 1))
    return HclError(error.message, place, source=source.text, hint=error.hint)


def _move(part: object, source: nodes.Source, distance: int) -> object:
    if isinstance(part, tuple):
        return tuple(_move(each, source, distance) for each in part)
    if not isinstance(part, nodes.Node):
        return part
    changes = {name: _move(getattr(part, name), source, distance) for name in records.fields(part)}
    places = {"source": source, "start": part.start + distance, "end": part.end + distance}
    return type(part)(**(changes | places))  # type: ignore[arg-type]
