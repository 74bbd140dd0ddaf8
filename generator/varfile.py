"""A file with values for variables, as HCL or JSON -> the overrides in it.

As internal/pkg/varfile/varfile.go: the text is the inside of one HCL object, so that keys may be
``name``, ``child.name`` or quoted, and ``=`` or ``:`` and commas may be used. Values are constants.
"""

from __future__ import annotations

import functools
import os
import typing
from collections.abc import Iterator

from generator import diskcache, hcl, plainform, reading, records
from generator.errors import HclError, Position, VariableError
from generator.hcl import cursor, escapes, evaluator, jsonsyntax, nodes, numbers, types

_BEFORE, _AFTER = "v = {\n", "\n}"


@records.record(kw_only=True)
class Override:
    """A value that a file gives to the variable with a name, in the pack that the path leads to."""

    path: tuple[str, ...]
    name: str
    value: types.Value
    position: Position
    source: str


def read(file: str, cache: diskcache.DiskCache | None = None) -> list[Override]:
    """The overrides in a file, in the order in which they stand there.

    A ``cache`` keeps them for other processes.
    """
    suffix = os.path.splitext(file)[1].lower()
    text = _text(file)
    key = ("overrides", text, file)
    if suffix == ".hcl":
        return _form().recall(cache, key, lambda: list(_from_hcl(text, file)))
    if suffix == ".json":
        return _form().recall(cache, key, lambda: list(_from_json(text, file)))
    msg = (
        f'Cannot read from {file}: unrecognized file format suffix "{suffix}".'
        ' Supported formats are ".hcl" and ".json"'
    )
    raise VariableError(msg)


@functools.lru_cache(maxsize=1)
def _form() -> plainform.PlainForm:
    """How overrides are kept."""
    from generator.hcl import plainvalues

    return plainform.PlainForm((Override, Position, *plainvalues.CLASSES), plainvalues.PARTS)


def _text(file: str) -> str:
    try:
        return reading.strip_mark(reading.read_bytes(file).decode())
    except FileNotFoundError as error:
        msg = f'error loading variable file "{file}": stat {file}: no such file or directory'
        raise VariableError(msg) from error
    except OSError as error:
        msg = f'error loading variable file "{file}": {error.strerror}'
        raise VariableError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{file}: not UTF-8 text at byte {error.start}"
        raise VariableError(msg) from error


def _override(steps: list[str], value: types.Value, position: Position, source: str) -> Override:
    *path, name = steps
    return Override(path=tuple(path), name=name, value=value, position=position, source=source)


# --- HCL -----------------------------------------------------------------------------------------


def _from_hcl(text: str, file: str) -> Iterator[Override]:
    try:
        for item in _object(text, file).items:
            steps = _steps(item.key)
            value = evaluator.evaluate(item.value, evaluator.CONSTANTS)
            yield _override(steps, value, _unwrapped(item.key.position), text)
    except HclError as error:
        if error.position is not None:
            error.position = _unwrapped(error.position)
            error.source = text
        raise


def _object(text: str, file: str) -> nodes.Object:
    body = hcl.parse(f"{_BEFORE}{text}{_AFTER}", file)
    attribute = body.items[0]
    assert isinstance(attribute, nodes.Attribute)
    if len(body.items) > 1:
        detail = "A file with values holds nothing but NAME = VALUE; this brace closes nothing."
        raise body.source.error(attribute.end - 1, "Unexpected closing brace", detail)
    if not isinstance(attribute.expression, nodes.Object):
        detail = "A file with values holds NAME = VALUE, one to a line."
        summary = "Invalid file with values"
        raise attribute.expression.error(summary, detail)
    return attribute.expression


def _unwrapped(position: Position) -> Position:
    """A place of the wrapped text as one of the file."""
    if position.line == 1:
        return Position(position.file, 1, 1)
    return Position(position.file, position.line - 1, position.column)


def _steps(key: nodes.Expression) -> list[str]:
    """The dependencies that a key names, and the variable at the end."""
    match key:
        case nodes.Traversal():
            return [key.root, *(_step(step) for step in key.steps)]
        case nodes.Parentheses(expression=inner):
            return _steps(inner)
        case _:
            value = evaluator.evaluate(key, evaluator.CONSTANTS)
            if isinstance(value, str):
                return value.split(".")
            detail = "The name of a variable is wanted here."
            summary = "Invalid variable name"
            raise key.error(summary, detail)


def _step(step: nodes.Step) -> str:
    match step:
        case nodes.GetAttribute(name=name):
            return name
        case nodes.GetIndex(key=str() as name):
            return name
        case nodes.GetIndex():
            detail = "Only whole variables can be given a value, not their elements."
            summary = "Invalid variable name"
            raise step.error(summary, detail)
        case _:
            typing.assert_never(step)


# --- JSON ----------------------------------------------------------------------------------------


def _from_json(text: str, file: str) -> Iterator[Override]:
    source = cursor.read_source(text, file)
    root = jsonsyntax.read_json(source)
    if not isinstance(root, jsonsyntax.Object):
        detail = "A file with values is one JSON object, with the variables' names as keys."
        raise source.error(root.start, "Invalid file with values", detail)
    for member in root.members:
        position = source.position(member.name.start)
        value = _plain(member.value, source)
        yield _override(member.name.value.split("."), value, position, text)


def _plain(value: jsonsyntax.Value, source: nodes.Source) -> types.Value:
    """A JSON value with strings as they are: they are no templates here."""
    match value:
        case jsonsyntax.Scalar(number=str() as text):
            number = numbers.parse(text)
            if number is None:
                summary, detail = "Invalid JSON number", "The number is too large or too small."
                raise source.error(value.start, summary, detail)
            return number
        case jsonsyntax.Scalar():
            return value.value
        case jsonsyntax.Text():
            return escapes.normalize(value.value)
        case jsonsyntax.Array():
            return [_plain(item, source) for item in value.items]
        case jsonsyntax.Object():
            return {
                escapes.normalize(each.name.value): _plain(each.value, source)
                for each in value.members
            }
        case _:
            typing.assert_never(value)
