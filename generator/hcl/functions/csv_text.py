"""``csvdecode``: CSV to a list of objects (go-cty's stdlib/csv.go), as Go's encoding/csv reads it.

Python's reader takes quotes in places where Go's does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.hcl import escapes, values
from generator.hcl.functions.parameters import TEXT
from generator.hcl.signatures import Function, FunctionError
from generator.hcl.values import Value

_QUOTED: Final = re.compile(r'"([^"]*(?:""[^"]*)*)"(?=[,\n]|\Z)')
_BARE: Final = re.compile(r"[^,\n]*")


def decode(given: str) -> Value:
    """A list of objects; the first row has the names."""
    rows = _read_rows(given.replace("\r\n", "\n").removesuffix("\r"))
    header = next(rows, None)
    if header is None:
        msg = "missing header line"
        raise FunctionError(msg)
    _, names = header
    for index, name in enumerate(names):
        if name in names[:index]:
            msg = f'duplicate column name "{name}"'
            raise FunctionError(msg)
    items: list[Value] = []
    for line, row in rows:
        if len(row) != len(names):
            raise _error(line, "wrong number of fields")
        items.append(dict(zip(names, row, strict=True)))
    return values.TypedList(items, values.Object(dict.fromkeys(names, values.STRING)))


def _read_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line where it starts; empty lines are none."""
    at, line = 0, 1
    while at < len(text):
        if text[at] == "\n":
            at, line = at + 1, line + 1
            continue
        row: list[str] = []
        start, more = at, True
        while more:
            field, at = _read_field(text, at, line)
            row.append(field)
            more = text[at : at + 1] == ","
            at += 1
        yield line, row
        line += text.count("\n", start, at)


def _read_field(text: str, at: int, line: int) -> tuple[str, int]:
    """The field that starts here, and where it ends."""
    if text[at : at + 1] == '"':
        quoted = _QUOTED.match(text, at)
        if quoted is None:
            raise _error(line, 'extraneous or missing " in quoted-field')
        return escapes.normalize(quoted[1].replace('""', '"')), quoted.end()
    bare = _BARE.match(text, at)
    assert bare
    if '"' in bare[0]:
        raise _error(line, 'bare " in non-quoted-field')
    return bare[0], bare.end()


def _error(line: int, problem: str) -> FunctionError:
    return FunctionError(f"CSV parse error on line {line}: {problem}")


FUNCTIONS: Final = {"csvdecode": Function(decode, (TEXT,))}
