"""Type constraints as they are written in ``type = …``, and values made to fit them.

Mirrors hcl/v2/ext/typeexpr. The types themselves and what converts to what are in ``values``,
``unification`` and ``conversion``; this module is what others use of all that.
"""

from __future__ import annotations

import typing
from collections.abc import Callable

from generator.errors import HclError, Position, suggest
from generator.hcl import conversion, evaluator, nodes, values
from generator.hcl.values import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    List,
    Map,
    Object,
    Set,
    Tuple,
    Type,
    Value,
    type_of,
)

__all__ = [
    "ANY",
    "BOOL",
    "NUMBER",
    "STRING",
    "List",
    "Map",
    "Object",
    "Set",
    "Tuple",
    "Type",
    "Value",
    "apply_defaults",
    "convert",
    "parse_type",
    "type_of",
]

_SUMMARY = "Invalid type specification"
_PRIMITIVES = {"string": STRING, "number": NUMBER, "bool": BOOL}
_COLLECTIONS: typing.Final[dict[str, Callable[[Type], Type]]] = {
    "list": List,
    "set": Set,
    "map": Map,
}
_ARGUMENTS = {
    "list": "the element type",
    "set": "the element type",
    "map": "the element type",
    "object": "the attribute types and values as a map",
    "tuple": "the element types as a list",
}


def convert(value: Value, wanted: Type, position: Position | None = None) -> Value:
    """The value as one of the wanted type; the error's text is go-cty's, without its end stop."""
    try:
        return conversion.convert(value, wanted)
    except conversion.ConversionError as error:
        raise HclError(str(error), position) from None


def apply_defaults(value: Value, type_: Type) -> Value:
    """Fill in what ``optional(type, default)`` says where an attribute is absent or null."""
    if not _has_defaults(type_):
        return value
    filled = _fill_in(value, type_)
    if isinstance(value, values.TypedList | values.TypedSet | values.TypedMap):
        kind = type(type_of(value))
        assert kind is List or kind is Set or kind is Map
        try:  # elements that still agree stay a collection
            return conversion.convert(filled, kind(ANY))
        except conversion.ConversionError:
            return filled
    return filled


def _fill_in(value: Value, type_: Type) -> Value:
    match type_:
        case List(element) | Set(element) if isinstance(value, list):
            return [apply_defaults(item, element) for item in value]
        case Tuple(elements) if isinstance(value, list) and len(elements) == len(value):
            return [apply_defaults(*pair) for pair in zip(value, elements, strict=True)]
        case Map(element) if isinstance(value, dict):
            return {name: apply_defaults(item, element) for name, item in value.items()}
        case Object(attributes, _, defaults) if isinstance(value, dict):
            filled = dict(value)
            for name, default in defaults.items():
                if filled.get(name) is None:
                    filled[name] = default
            return {
                name: apply_defaults(item, attributes.get(name, ANY))
                for name, item in filled.items()
            }
        case values.Primitive() | List() | Set() | Map() | Tuple() | Object():
            return value
        case _:
            typing.assert_never(type_)


def _has_defaults(type_: Type) -> bool:
    match type_:
        case values.Primitive():
            return False
        case List(element) | Set(element) | Map(element):
            return _has_defaults(element)
        case Tuple(elements):
            return any(map(_has_defaults, elements))
        case Object(attributes, _, defaults):
            return bool(defaults) or any(map(_has_defaults, attributes.values()))
        case _:
            typing.assert_never(type_)


def parse_type(expression: nodes.Expression, *, exact: bool = False) -> Type:
    """The type that an expression names.

    ``exact`` is how Nomad reads a job's variables: there ``any`` and ``optional`` are errors. In a
    pack's variables both are allowed.
    """
    return _Reader(exact=exact).read(expression)


class _Reader:
    """typeexpr's getType, as a constraint with defaults or as an exact type."""

    def __init__(self, *, exact: bool) -> None:
        self.exact = exact

    def read(self, expression: nodes.Expression) -> Type:
        keyword = _keyword(expression)
        if keyword is not None:
            return self._read_keyword(expression, keyword)
        if not isinstance(expression, nodes.Call):
            detail = (
                "A type specification is either a primitive type keyword (bool, number, string) or "
                "a complex type constructor call, like list(string)."
            )
            raise expression.error(_SUMMARY, detail)
        return self._read_call(expression)

    def _read_keyword(self, expression: nodes.Expression, keyword: str) -> Type:
        if keyword in _PRIMITIVES:
            return _PRIMITIVES[keyword]
        if keyword == "any" and not self.exact:
            return ANY
        if keyword == "any":
            detail = (
                'The keyword "any" cannot be used in this type specification: an exact type is '
                "required."
            )
        elif keyword in _ARGUMENTS:
            detail = _needs_argument(keyword)
        else:
            detail = f'The keyword "{keyword}" is not a valid type specification.'
            error = expression.error(_SUMMARY, detail)
            error.hint = suggest(keyword, [*_PRIMITIVES, "any", *_ARGUMENTS])
            raise error
        raise expression.error(_SUMMARY, detail)

    def _read_call(self, call: nodes.Call) -> Type:
        name = call.name
        if name in _PRIMITIVES:
            detail = f'Primitive type keyword "{name}" does not expect arguments.'
            raise call.error(_SUMMARY, detail)
        if name == "any":
            detail = 'Type constraint keyword "any" does not expect arguments.'
            raise call.error(_SUMMARY, detail)
        if name in _ARGUMENTS and len(call.arguments) != 1:
            raise call.error(_SUMMARY, _needs_argument(name))
        if name in _COLLECTIONS:
            return _COLLECTIONS[name](self.read(call.arguments[0]))
        if name == "object":
            return self._read_object(call.arguments[0])
        if name == "tuple":
            return self._read_tuple(call.arguments[0])
        detail = f'Keyword "{name}" is not a valid type constructor.'
        if name == "optional":
            detail = 'Keyword "optional" is valid only as a modifier for object type attributes.'
        raise call.error(_SUMMARY, detail)

    def _read_tuple(self, argument: nodes.Expression) -> Type:
        if not isinstance(argument, nodes.Tuple):
            detail = "Tuple type constructor requires a list of element types."
            raise argument.error(_SUMMARY, detail)
        return Tuple(tuple(self.read(item) for item in argument.items))

    def _read_object(self, argument: nodes.Expression) -> Type:
        if not isinstance(argument, nodes.Object):
            detail = (
                "Object type constructor requires a map whose keys are attribute names and whose "
                "values are the corresponding attribute types."
            )
            raise argument.error(_SUMMARY, detail)
        attributes: dict[str, Type] = {}
        optional: set[str] = set()
        defaults: dict[str, Value] = {}
        for item in argument.items:
            name = _attribute_name(item)
            if name in attributes:
                detail = "Object constructor map keys must be unique."
                raise item.key.error(_SUMMARY, detail)
            inner, default = item.value, None
            if isinstance(inner, nodes.Call) and inner.name == "optional":
                inner, default = self._read_optional(inner)
                optional.add(name)
            attributes[name] = self.read(inner)
            if default is not None:
                defaults[name] = _read_default(default, attributes[name])
        return Object(attributes, frozenset(optional), defaults)

    def _read_optional(self, call: nodes.Call) -> tuple[nodes.Expression, nodes.Expression | None]:
        """The type expression in ``optional(…)`` and the default's."""
        if not call.arguments:
            detail = "Optional attribute modifier requires the attribute type as its argument."
        elif self.exact:
            detail = (
                "Optional attribute modifier is only for type constraints, not for exact types."
            )
        elif len(call.arguments) > 2:
            detail = (
                "Optional attribute modifier expects at most two arguments: the attribute type, "
                "and a default value."
            )
        else:
            default = call.arguments[1] if len(call.arguments) == 2 else None
            return call.arguments[0], default
        raise call.error(_SUMMARY, detail)


def _read_default(expression: nodes.Expression, wanted: Type) -> Value:
    value = evaluator.evaluate(expression, evaluator.CONSTANTS)
    try:
        return conversion.convert(value, wanted)
    except conversion.ConversionError as error:
        summary = "Invalid default value for optional attribute"
        detail = (
            f"This default value is not compatible with the attribute's type constraint: {error}."
        )
        raise expression.error(summary, detail) from None


def _needs_argument(name: str) -> str:
    return f"The {name} type constructor requires one argument specifying {_ARGUMENTS[name]}."


def _keyword(expression: nodes.Expression) -> str | None:
    """The name that an expression is, if it is nothing but a name (hcl.ExprAsKeyword)."""
    if isinstance(expression, nodes.Traversal) and not expression.steps:
        return expression.root
    if isinstance(expression, nodes.Literal) and expression.text in ("true", "false", "null"):
        return expression.text
    return None


def _attribute_name(item: nodes.ObjectItem) -> str:
    """A bare name as key; in quotes it would be no name."""
    key = item.key
    if isinstance(key, nodes.Literal) and isinstance(key.value, str) and key.text[:1] not in '"<':
        return key.value
    detail = "Object constructor map keys must be attribute names."
    raise key.error(_SUMMARY, detail)
