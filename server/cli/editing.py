"""Putting one entry into a configuration file that belongs to somebody: all else stays byte for byte as it was. Pure.

The file is changed as text, never written anew from what was read. Whether that came out right is then checked by
reading both: the new one has to say what the old one did and the entry, and nothing else.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_BLANK = re.compile(r"[ \t\r\n]*")
_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
_TRAILING = re.compile(r"(?:[ \t\r]*(?:\n[ \t]*(?:#[^\n]*)?)+)\Z")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class NotEditable(ValueError):
    """The file is not of its format, or written in a way that cannot be added to; the message says why."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of a JSON object: its name, and where it and its value stand in the text."""

    name: str
    start: int
    value: int
    end: int


def put_json(text: str, path: tuple[str, ...], value: Any) -> str:
    """Return a JSON text in which the place that the names lead to has a value; objects on the way are made.

    Raises:
        NotEditable: it is no JSON (comments are none), or something on the way is no object.
    """
    if not text.strip():
        return json.dumps(_nest(path, value), indent=2, ensure_ascii=False) + "\n"
    before = _read_json(text)
    if _merged(before, path, value) == before:
        return text
    unit = _indentation(text)
    edited = _put(text, _skip(text, 0), path, value, unit, depth=1)
    edited = _keep_line_ends(text, edited)
    if _read_json(edited) != _merged(before, path, value):
        msg = "it cannot be added to without changing what else it says"
        raise NotEditable(msg)
    return edited


def get_json(text: str, path: tuple[str, ...]) -> Any:
    """Return what stands at a place, None if there is nothing.

    Raises:
        NotEditable: it is no JSON.
    """
    found = _read_json(text) if text.strip() else {}
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _put(text: str, start: int, path: tuple[str, ...], value: Any, unit: str, depth: int) -> str:
    first, *rest = path
    members = list(_members(text, start))
    known = next((each for each in members if each.name == first), None)
    if known is None:
        new = _render(first, _nest(tuple(rest), value), unit, depth)
        return _insert(text, start, members, new, unit, depth)
    if rest:
        if text[known.value] != "{":
            msg = f"{first} in it is no object"
            raise NotEditable(msg)
        return _put(text, known.value, tuple(rest), value, unit, depth + 1)
    rendered = _render(first, value, unit, depth)
    return text[: known.start] + rendered + text[known.end :]


def _insert(text: str, start: int, members: list[_Member], new: str, unit: str, depth: int) -> str:
    if not members:
        end = _skip(text, start + 1)
        outer = unit * (depth - 1)
        return f"{text[: start + 1]}\n{unit * depth}{new}\n{outer}{text[end:]}"
    last = members[-1]
    # What stands before the first member stands before each: a new line and spaces, or a space.
    before = text[start + 1 : members[0].start]
    return f"{text[: last.end]},{before or ' '}{new}{text[last.end :]}"


def _members(text: str, start: int) -> Iterator[_Member]:
    """Find the members of the object that begins at a place; the text is known to be JSON."""
    decoder = json.JSONDecoder()
    at = _skip(text, start + 1)
    while text[at] != "}":
        name, end = decoder.raw_decode(text, at)
        value = _skip(text, _skip(text, end) + 1)
        _, after = decoder.raw_decode(text, value)
        yield _Member(name, at, value, after)
        at = _skip(text, after)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    assert match is not None
    return match.end()


def _render(name: str, value: Any, unit: str, depth: int) -> str:
    lines = json.dumps(value, indent=unit, ensure_ascii=False).split("\n")
    return f"{json.dumps(name, ensure_ascii=False)}: " + f"\n{unit * depth}".join(lines)


def _indentation(text: str) -> str:
    """Return what the file indents its first level with."""
    match = re.search(r"\{\r?\n([ \t]+)\"", text)
    return match[1] if match else "  "


def _read_json(text: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            msg = f"it has {twice} twice"
            raise NotEditable(msg)
        return dict(pairs)

    try:
        content = json.loads(
            text, object_pairs_hook=unique, parse_float=str, parse_constant=_refuse_constant
        )
    except NotEditable:
        raise
    except (ValueError, RecursionError) as error:
        msg = f"it is not JSON ({error})"
        raise NotEditable(msg) from error
    if not isinstance(content, dict):
        msg = "it is no JSON object"
        raise NotEditable(msg)
    return content


def _refuse_constant(name: str) -> None:
    msg = f"{name} is no JSON"
    raise ValueError(msg)


def _keep_line_ends(before: str, after: str) -> str:
    """Return a text with the line ends of the one it was made from."""
    if "\r\n" not in before:
        return after
    return re.sub(r"(?<!\r)\n", "\r\n", after)


def put_toml(text: str, path: tuple[str, ...], entry: Mapping[str, Any]) -> str:
    """Return a TOML text with a table, in place of the one of that name if there is one.

    Raises:
        NotEditable: it is no TOML, or has the table in a form other than under a header of its own.
    """
    before = _read_toml(text)
    if _merged(before, path, dict(entry)) == before:
        return text
    header = f"[{'.'.join(map(_quote_key, path))}]"
    lines = [header, *(f"{_quote_key(name)} = {_toml(value)}" for name, value in entry.items())]
    new = "\n".join(lines) + "\n"
    own = re.compile(rf"^[ \t]*\[[ \t]*{_header_names(path)}[ \t]*\][^\n]*$", re.MULTILINE)
    if found := own.search(text):
        following = _HEADER.search(text, found.end())
        end = following.start() if following else len(text)
        # Comments below its last line are about what follows.
        body = _TRAILING.sub("", text[found.start() : end])
        edited = text[: found.start()] + new.rstrip("\n") + text[found.start() + len(body) :]
    else:
        body = text if not text or text.endswith("\n") else text + "\n"
        edited = body + ("\n" if body.strip() else "") + new
    edited = _keep_line_ends(text, edited)
    try:
        after = _read_toml(edited)
    except NotEditable as error:
        after, reason = None, str(error)
    else:
        reason = "what else it says would change"
    if after != _merged(before, path, dict(entry)):
        msg = f"it has {'.'.join(path)} in a form that cannot be replaced ({reason})"
        raise NotEditable(msg)
    return edited


def _read_toml(text: str) -> Any:
    try:
        return tomllib.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        msg = f"it is not TOML ({error})"
        raise NotEditable(msg) from error


def _header_names(path: tuple[str, ...]) -> str:
    parts = [rf"(?:{re.escape(name)}|\"{re.escape(name)}\"|'{re.escape(name)}')" for name in path]
    return r"[ \t]*\.[ \t]*".join(parts)


def _quote_key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _toml(name)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_quote_key(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # Strings of JSON are strings of TOML, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _nest(path: tuple[str, ...], value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


def _merged(content: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return what was read with the value in its place."""
    if not path:
        return value
    first, *rest = path
    inner = content.get(first, {})
    if not isinstance(inner, dict):
        inner = {}
    return {**content, first: _merged(inner, tuple(rest), value)}
