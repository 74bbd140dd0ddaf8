"""What two renderings of the jobs of one build differ in: in given values alone, or in anything else.

Canonical form of a job: its JSON as it is sent to Nomad, with the argument of every ``base64Decode "…"`` in a template
taken out. What is left may differ nowhere.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Job = dict[str, Any]

_ARGUMENT = re.compile(r'(?<=base64Decode ")[A-Za-z0-9+/=]*(?=")')
_HELD = "…"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: in the argument of a ``base64Decode`` (decoded here), in another text, or in the structure."""

    kind: Literal["argument", "text", "structure"]
    path: str
    before: str
    after: str


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Walk two values side by side; ``path`` names members by their names and elements by ``[]``."""
    if isinstance(before, dict) and isinstance(after, dict):
        if list(before) != list(after):
            yield Difference("structure", path, str(list(before)), str(list(after)))
            return
        for name in before:
            yield from differences(before[name], after[name], f"{path}.{name}" if path else name)
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield Difference("structure", path, str(len(before)), str(len(after)))
            return
        for one, other in zip(before, after, strict=True):
            yield from differences(one, other, f"{path}[]")
    elif path.endswith(".EmbeddedTmpl"):
        yield from _of_templates(before, after, path)
    elif before != after or type(before) is not type(after):
        kind: Literal["text", "structure"] = (
            "text" if isinstance(before, str) and isinstance(after, str) else "structure"
        )
        yield Difference(kind, path, str(before), str(after))


def _of_templates(before: str, after: str, path: str) -> Iterator[Difference]:
    held_before, held_after = _ARGUMENT.sub(_HELD, before), _ARGUMENT.sub(_HELD, after)
    if held_before != held_after:
        yield Difference("text", path, held_before, held_after)
    if held_before.count(_HELD) != held_after.count(_HELD):
        return
    for one, other in zip(_ARGUMENT.findall(before), _ARGUMENT.findall(after), strict=True):
        if one != other:
            yield Difference("argument", path, _decode(one), _decode(other))


def _decode(argument: str) -> str:
    return base64.b64decode(argument, validate=True).decode()


def shown(value: Any) -> str:
    """All that a job or several say, with what is in base64 there, as one text to look for something in."""
    match value:
        case str():
            return "\n".join([value, *map(_deeply, _ARGUMENT.findall(value))])
        case dict():
            return "\n".join(shown(each) for pair in value.items() for each in pair)
        case list():
            return "\n".join(map(shown, value))
        case _:
            return ""


def _deeply(argument: str) -> str:
    """What an argument holds, and what its own words in base64 hold."""
    text = _decode(argument)
    inner = []
    for word in text.split():
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            inner.append(base64.b64decode(word, validate=True).decode())
    return "\n".join([text, *inner])
