"""sprig's defaults, choices and questions about types: defaults.go, reflect.go."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.template import values
from generator.template.sprig import casting


def default(fallback: object, *given: object) -> object:
    return given[0] if given and given[0] else fallback


def empty(value: object) -> bool:
    return not value


def coalesce(*items: object) -> object:
    return next((each for each in items if each), None)


def all_(*items: object) -> bool:
    return all(items)


def any_(*items: object) -> bool:
    return any(items)


def ternary(chosen: object, other: object, condition: bool) -> object:
    return chosen if condition else other


def type_of(value: object) -> str:
    return values.type_name(value)


def type_is(name: str, value: object) -> bool:
    return name == values.type_name(value)


def type_is_like(name: str, value: object) -> bool:
    return values.type_name(value) in (name, f"*{name}")


def kind_of(value: object) -> str:
    return values.kind_name(value)


def kind_is(name: str, value: object) -> bool:
    return name == values.kind_name(value)


def deep_equal(first: object, other: object) -> bool:
    return casting.equal(first, other)


def hello() -> str:
    return "Hello!"


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "all": all_,
    "any": any_,
    "coalesce": coalesce,
    "deepEqual": deep_equal,
    "default": default,
    "empty": empty,
    "hello": hello,
    "kindIs": kind_is,
    "kindOf": kind_of,
    "ternary": ternary,
    "typeIs": type_is,
    "typeIsLike": type_is_like,
    "typeOf": type_of,
}
