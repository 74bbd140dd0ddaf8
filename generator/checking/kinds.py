"""What is known, without running a template, of the values in it.

A kind follows a value from the variable it comes from to the place where it is printed: through
``range`` and ``with``, template variables, helpers' arguments and the functions that hand text on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from generator import declarations
from generator.hcl import types
from generator.variables import PackPath

ELEMENT = "*"


@dataclass(frozen=True, slots=True)
class Context:
    """The context of the pack that the path leads to: what ``var`` takes as its last argument."""

    path: PackPath


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable's value, or what the steps lead to in it; ``*`` is any element."""

    path: PackPath
    name: str
    steps: tuple[str, ...] = ()

    def __str__(self) -> str:
        steps = ("[*]" if step == ELEMENT else f".{step}" for step in self.steps)
        return ".".join((*self.path, self.name)) + "".join(steps)

    def step(self, name: str) -> Reference:
        return Reference(self.path, self.name, (*self.steps, name))


@dataclass(frozen=True, slots=True)
class Constant:
    """A text that the template itself holds."""

    text: str


@dataclass(frozen=True, slots=True)
class Mixed:
    """A text put together: its parts in their order."""

    parts: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Escaped:
    """A value written as a literal of Go, JSON and HCL: its quotes cannot be left."""

    inner: Kind


@dataclass(frozen=True, slots=True)
class Items:
    """A list that the template makes; all that is known is what an element is."""

    element: Kind


@dataclass(frozen=True, slots=True)
class Fields:
    """A map that the template makes with ``dict``."""

    entries: tuple[tuple[str, Kind], ...]


@dataclass(frozen=True, slots=True)
class Plain:
    """A number, a truth value, a digest: no context, and no text that a user chose."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is known."""


Kind: TypeAlias = (
    Context | Reference | Constant | Mixed | Escaped | Items | Fields | Plain | Unknown
)
Declared: TypeAlias = Mapping[PackPath, Mapping[str, declarations.Declaration]]

PLAIN, UNKNOWN = Plain(), Unknown()


# What a template may make ever larger, by loops and by helpers that call themselves.
MAX_SIZE = 200


def size(kind: Kind) -> int:
    """How many parts a kind has."""
    match kind:
        case Reference(_, _, steps):
            return 1 + len(steps)
        case Mixed(parts):
            return 1 + sum(map(size, parts))
        case Fields(entries):
            return 1 + sum(size(value) for _, value in entries)
        case Escaped(inner) | Items(inner):
            return 1 + size(inner)
        case Context() | Constant() | Plain() | Unknown():
            return 1
        case _:
            assert_never(kind)


def bounded(kind: Kind) -> Kind:
    """The kind, or nothing known of it when it has grown out of bounds."""
    return kind if size(kind) <= MAX_SIZE else UNKNOWN


def choose(kinds: Iterable[Kind]) -> Kind:
    """What a value is that may be any of these."""
    found = [kind for kind in dict.fromkeys(kinds) if not isinstance(kind, Constant | Plain)]
    if not found:
        return PLAIN
    if len(found) == 1:
        return found[0]
    return bounded(Mixed(tuple(found))) if all(any(sources(kind)) for kind in found) else UNKNOWN


def element(kind: Kind) -> Kind:
    """What ``range`` makes of a value, one after the other."""
    match kind:
        case Reference():
            return bounded(kind.step(ELEMENT))
        case Items(found):
            return found
        case Constant() | Plain():
            return PLAIN
        case Context() | Mixed() | Escaped() | Fields() | Unknown():
            return UNKNOWN
        case _:
            assert_never(kind)


def sources(kind: Kind) -> Iterator[Reference]:
    """The variables whose text is in a value, but for what is escaped."""
    match kind:
        case Reference():
            yield kind
        case Mixed(parts):
            for part in parts:
                yield from sources(part)
        case Items(found):
            yield from sources(found)
        case Context() | Constant() | Escaped() | Fields() | Plain() | Unknown():
            return
        case _:
            assert_never(kind)


def type_of(reference: Reference, declared: Declared) -> types.Type | None:
    """The type that a value is declared with, or that of the default; None when it may be any."""
    declaration = declared.get(reference.path, {}).get(reference.name)
    if declaration is None:
        return None
    found = declaration.type
    if found is None and declaration.default is not None:
        found = types.type_of(declaration.default)
    for step in reference.steps:
        found = _step(found, step)
    return None if found == types.ANY else found


def _step(type_: types.Type | None, name: str) -> types.Type | None:
    match type_:
        case types.Object(attributes):
            return attributes.get(name)
        case types.Map(inner) | types.List(inner) | types.Set(inner):
            return inner
        case types.Tuple(elements):
            same = all(each == elements[0] for each in elements)
            return elements[0] if elements and same else None
        case _:
            return None


def holds_text(type_: types.Type | None) -> bool:
    """Whether a value of the type can hold any text: not a number, nor a truth value."""
    match type_:
        case types.NUMBER | types.BOOL:
            return False
        case types.List(inner) | types.Set(inner) | types.Map(inner):
            return holds_text(inner)
        case types.Tuple(elements):
            return any(map(holds_text, elements))
        case types.Object(attributes):
            return any(map(holds_text, attributes.values()))
        case _:
            return True
