"""Every place of a build request where somebody can put a text, found by walking the request's model.

A place has a name like ``services[].env{}``: ``[]`` is an element of a list, ``{}`` the value of a map and ``{key}`` a
key of it; what has no dot is a field of the request itself. Fields of one kind of value (numbers, switches, words of a
list) are places too: a text is to be refused there.
"""

from __future__ import annotations

import copy
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pydantic

from server.request import BuildRequest

ITEM = "[]"
VALUE = "{}"
KEY = "{key}"


@dataclass(frozen=True, slots=True)
class Place:
    """A place for a text; ``closed`` says that its type takes no free text at all."""

    steps: tuple[str, ...]
    closed: bool

    @property
    def name(self) -> str:
        """How tables call it."""
        name = ""
        for step in self.steps:
            separator = "." if name and step not in (ITEM, VALUE, KEY) else ""
            name += separator + step
        return name

    @property
    def field(self) -> str:
        """The field of the request that it belongs to."""
        return self.steps[0]

    def put(self, request: Mapping[str, Any], text: str) -> dict[str, Any]:
        """Return the request with the text in this place: the only one there, if the place is in a list or a map."""
        changed = copy.deepcopy(dict(request))
        _put(changed, self.steps, text)
        return changed


def _put(holder: dict[str, Any], steps: tuple[str, ...], text: str) -> None:
    """Set what the steps lead to; the first of them is a key of the holder."""
    step, *rest = steps
    holder[step] = _with(holder.get(step), tuple(rest), text)


def _with(value: Any, steps: tuple[str, ...], text: str) -> Any:
    """Return a value with the text at the end of the steps, made anew where it has not the shape for them."""
    if not steps:
        return text
    step, rest = steps[0], steps[1:]
    match step:
        case "[]":
            first = value[0] if isinstance(value, list) and value else None
            return [_with(first, rest, text)]
        case "{}":
            key, first = _first(value)
            return {key: _with(first, rest, text)}
        case "{key}":
            _, first = _first(value)
            return {text: first}
        case _:
            holder = dict(value) if isinstance(value, dict) else {}
            _put(holder, steps, text)
            return holder


def _first(value: Any) -> tuple[str, Any]:
    if isinstance(value, dict) and value:
        return next(iter(value.items()))
    return "name", "value"


def places(model: type[pydantic.BaseModel] = BuildRequest) -> Iterator[Place]:
    """All places of a model, in the order of its fields."""
    for name, field in model.model_fields.items():
        yield from _places_of(field.annotation, (name,))


def _places_of(annotation: Any, steps: tuple[str, ...]) -> Iterator[Place]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    match origin:
        case _ if origin is Annotated:
            yield from _places_of(arguments[0], steps)
        case _ if origin in (Union, types.UnionType):
            yield from _of_union(arguments, steps)
        case _ if origin is Literal:
            yield Place(steps, closed=True)
        case _ if origin in (tuple, list, frozenset, set):
            yield from _places_of(arguments[0], (*steps, ITEM))
        case _ if origin in (dict, Mapping) or origin is typing.Mapping:
            yield Place((*steps, KEY), closed=False)
            yield from _places_of(arguments[1], (*steps, VALUE))
        case None if isinstance(annotation, type):
            yield from _of_class(annotation, steps)
        case _:
            msg = f"{steps}: no hostile text can be put into a {annotation}"
            raise TypeError(msg)


def _of_union(members: tuple[Any, ...], steps: tuple[str, ...]) -> Iterator[Place]:
    """Each member's places; a word of a list or a number beside a free text is no place of its own."""
    found = [
        place
        for member in members
        if member is not type(None)
        for place in _places_of(member, steps)
    ]
    free = {place.steps for place in found if not place.closed}
    seen: set[tuple[str, ...]] = set()
    for place in found:
        if place.steps not in seen and not (place.closed and place.steps in free):
            seen.add(place.steps)
            yield place


def _of_class(cls: type, steps: tuple[str, ...]) -> Iterator[Place]:
    if issubclass(cls, pydantic.BaseModel):
        for name, field in cls.model_fields.items():
            yield from _places_of(field.annotation, (*steps, name))
    else:
        yield Place(steps, closed=not issubclass(cls, (str, pydantic.SecretStr)))


def spellings(place: Place) -> tuple[str, ...]:
    """The names that an error may call the place's field by: as it is in Python, and as callers write it."""
    field = BuildRequest.model_fields[place.field]
    return (place.field, *filter(None, (field.alias,)))
