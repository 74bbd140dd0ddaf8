"""From a file's bytes to a tree of values that know their place, by a part of YAML that holds no surprises.

Mappings, sequences and scalars are read as YAML 1.2's core schema has it, so that ``on``, ``off``, ``12:30`` and
dates are texts. Tags, anchors and aliases, several documents and keys that are there twice are refused: they
make objects, exponential sizes, or a file that means something else than it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

import yaml
from yaml import events

from server.buildfile.problems import BuildFileError, Problem, show

# Bytes of a file; collections within collections, of which a request has at most four; values and keys, which take
# the most of the time.
SIZE_LIMIT = 64 * 1024
_DEPTH_LIMIT = 16
_NODE_LIMIT = 10_000

Scalar: TypeAlias = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    word: value
    for names, value in (
        ("|~|null|Null|NULL", None),
        ("true|True|TRUE", True),
        ("false|False|FALSE", False),
    )
    for word in names.split("|")
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_DIGITS = 18  # of the largest numbers that are read exactly; no field takes one as large


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A scalar; ``text`` is how it is written, ``plain`` that it has no quotes."""

    line: int
    column: int
    value: Scalar
    text: str
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A list of values."""

    line: int
    column: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Keys, all of them texts and each there once, with their values."""

    line: int
    column: int
    entries: tuple[tuple[Leaf, Node], ...]


Node: TypeAlias = Leaf | Sequence | Mapping


def read(content: bytes) -> Mapping:
    """Read a file that holds one mapping.

    Raises:
        BuildFileError: it is too large, no UTF-8, no YAML, or has what is not read.
    """
    if len(content) > SIZE_LIMIT:
        refuse(1, 1, f"the file has more than {SIZE_LIMIT} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        refuse(line, 1, "the file is not text in UTF-8")
    try:
        node = _Composer(text).compose()
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        column = error.position - before.rfind("\n")
        refuse(before.count("\n") + 1, column, "a character that YAML does not allow")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = ", ".join(part for part in (error.context, error.problem) if part)
        refuse(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, f"no YAML: {told}")
    except (ValueError, OverflowError):
        # The scanner takes any number for a character's and any digits for a version.
        refuse(1, 1, "no YAML: an escape or a directive has a number that is too large")
    if not isinstance(node, Mapping):
        refuse(node.line, node.column, "the file must be a mapping of fields to values")
    return node


def refuse(line: int, column: int, message: str) -> NoReturn:
    """Raise the one problem that ends the reading."""
    raise BuildFileError((Problem(line, column, "", message),))


class _Composer:
    """Walks the events of a text once; depth and size of what it makes are bounded by the text's."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[events.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._room = _NODE_LIMIT

    def compose(self) -> Node:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), events.StreamEndEvent):
            refuse(1, 1, "the file is empty")
        node = self._compose_node(next(self._events), 1)
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, events.StreamEndEvent):
            refuse(*_place(after), "a second document: a build file is one")
        return node

    def _compose_node(self, event: events.Event, depth: int) -> Node:
        line, column = _place(event)
        if isinstance(event, events.AliasEvent) or getattr(event, "anchor", None) is not None:
            refuse(line, column, "anchors and aliases (&, *) are not read: write the value out")
        if getattr(event, "tag", None) is not None:
            refuse(line, column, "tags (!) are not read")
        self._room -= 1
        if self._room < 0:
            refuse(line, column, f"more than {_NODE_LIMIT} keys and values")
        if depth > _DEPTH_LIMIT:
            refuse(line, column, f"more than {_DEPTH_LIMIT} collections within collections")
        if isinstance(event, events.ScalarEvent):
            return _read_scalar(event)
        if isinstance(event, events.SequenceStartEvent):
            items = tuple(self._compose_until(events.SequenceEndEvent, depth))
            return Sequence(line=line, column=column, items=items)
        nodes = list(self._compose_until(events.MappingEndEvent, depth))
        entries: dict[str, tuple[Leaf, Node]] = {}
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            entry = _require_key(key)
            if entry.text in entries:
                refuse(key.line, key.column, f"{show(entry.text, 80)} is there twice")
            entries[entry.text] = (entry, value)
        return Mapping(line=line, column=column, entries=tuple(entries.values()))

    def _compose_until(self, end: type[events.Event], depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield self._compose_node(event, depth + 1)


def _place(event: events.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _require_key(node: Node) -> Leaf:
    if not isinstance(node, Leaf):
        refuse(node.line, node.column, "a list or mapping as a key")
    if not isinstance(node.value, str):
        refuse(
            node.line, node.column, f"the key {show(node.text, 80)!r} is no text: put it in quotes"
        )
    return node


def _read_scalar(event: events.ScalarEvent) -> Leaf:
    line, column = _place(event)
    try:
        # JSON, which is read as well, writes what is beyond 16 bits as two escapes.
        text = event.value.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        refuse(line, column, "half of a surrogate pair, which is no text")
    plain = event.style is None
    value = _resolve(text) if plain else text
    return Leaf(line=line, column=column, value=value, text=text, plain=plain)


def _resolve(text: str) -> Scalar:
    """Read a scalar without quotes, as YAML 1.2's core schema does."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) <= _DIGITS:
        return int(text, 0) if text.startswith("0x") or text.startswith("0o") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf"))
    return text
