"""Records as plain values that can be kept on disk, and back again."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping, Sequence

from generator import diskcache, records

TYPE_CHECKING = False
if TYPE_CHECKING:
    Kept = typing.TypeVar("Kept")

Parts: typing.TypeAlias = "Callable[[typing.Any], tuple[object, ...]]"

_TUPLE = -1


class PlainForm:
    """Takes values of certain classes apart to what ``marshal`` takes, and puts them together.

    ``parts`` tells for classes that are no records what they are made of.
    """

    def __init__(self, classes: Sequence[type], parts: Mapping[type, Parts] | None = None) -> None:
        self._parts = parts or {}
        self._classes = (*classes, *self._parts)
        self._numbers = {made: number for number, made in enumerate(self._classes)}

    def flatten(self, value: typing.Any) -> typing.Any:
        """Plain values alone; an object is a tuple that begins with the number of its class."""
        made = type(value)
        if made is str or value is None:
            return value
        number = self._numbers.get(made)
        if number is not None:
            parts = self._parts[made](value) if made in self._parts else _fields(value)
            return (number, *map(self.flatten, parts))
        if made is tuple:
            return (_TUPLE, *map(self.flatten, value))
        if made is list:
            return [self.flatten(item) for item in value]
        if made is dict:
            return {name: self.flatten(item) for name, item in value.items()}
        return value

    def build(self, plain: typing.Any) -> typing.Any:
        """What was flattened."""
        made = type(plain)
        if made is tuple:
            number, *parts = plain
            built = [self.build(part) for part in parts]
            if number == _TUPLE:
                return tuple(built)
            made = self._classes[number]
            if made in self._parts:
                return made(*built)
            return made(**dict(zip(records.fields(made), built, strict=True)))
        if made is list:
            return [self.build(item) for item in plain]
        if made is dict:
            return {name: self.build(item) for name, item in plain.items()}
        return plain

    def recall(
        self,
        cache: diskcache.DiskCache | None,
        key: tuple[object, ...],
        make: Callable[[], Kept],
    ) -> Kept:
        """What was kept under a key, or else is made now, and kept."""
        if cache is None:
            return make()
        found = cache.read(key)
        if found is not None:
            kept: Kept = self.build(found)
            return kept
        made = make()
        cache.write(key, self.flatten(made))
        return made


def _fields(value: typing.Any) -> tuple[object, ...]:
    return tuple(getattr(value, name) for name in records.fields(value))
