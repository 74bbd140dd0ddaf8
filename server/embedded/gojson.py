"""A value of a template -> JSON as Go writes it (encoding/json with its escapes for HTML)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

_FOR_HTML = str.maketrans(
    {each: f"\\u{ord(each):04x}" for each in ("<", ">", "&", "\u2028", "\u2029")}
)


def dump(value: object) -> str:
    """Write a value; a byte that is none of UTF-8 becomes the replacement character, keys are in order."""
    match value:
        case None | bool() | int():
            return json.dumps(value)
        case str():
            whole = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            return json.dumps(whole, ensure_ascii=False).translate(_FOR_HTML)
        case Mapping():
            members = sorted(value.items())
            return "{" + ",".join(f"{dump(key)}:{dump(member)}" for key, member in members) + "}"
        case Sequence():
            return "[" + ",".join(dump(item) for item in value) + "]"
        case _:
            msg = f"toJSON: json: unsupported type: {type(value).__name__}"
            raise ValueError(msg)
