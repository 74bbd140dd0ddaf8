"""Values of HCL to what the API takes: converted by kind, shorthands resolved, nulls dropped.

Mirrors jobspec2/hcl_conversions.go and parse_map.go; the conversions themselves are go-cty's.
"""

from __future__ import annotations

from typing import cast

from generator.errors import HclError, JobspecError
from generator.golang import durations
from generator.hcl import evaluator, nodes, numbers, scopes, types, values
from generator.jobspec import problems, tree
from generator.jobspec.schema.fields import Kind

_INT64 = (-(2**63), 2**63 - 1)
_BOUNDS: dict[Kind, tuple[int, int]] = {
    Kind.INT: _INT64,
    Kind.INT8: (-(2**7), 2**7 - 1),
    Kind.UINT8: (0, 2**8 - 1),
    Kind.UINT16: (0, 2**16 - 1),
    Kind.UINT32: (0, 2**32 - 1),
    Kind.UINT64: (0, 2**64 - 1),
}
_TYPES: dict[Kind, types.Type] = {
    Kind.TEXT: types.STRING,
    Kind.FLAG: types.BOOL,
    Kind.NUMBER: types.NUMBER,
    Kind.TEXTS: types.List(types.STRING),
    Kind.PORTS: types.List(types.NUMBER),
    Kind.TEXT_MAP: types.Map(types.STRING),
    **dict.fromkeys(_BOUNDS, types.NUMBER),
}

# The order in which Nomad looks at the shorthands: the last one that is given counts.
_CONSTRAINT_SHORTHANDS = ("version", "semver", "regexp", "set_contains")
_AFFINITY_SHORTHANDS = (
    "version",
    "semver",
    "regexp",
    "set_contains_any",
    "set_contains_all",
    "set_contains",
)


def decode_expression(expression: nodes.Expression, kind: Kind, scope: scopes.Scope) -> tree.Json:
    """The value of an argument of this kind; None where it is null."""
    value = evaluator.evaluate(expression, scope)
    if kind is Kind.TEXT and isinstance(value, str):
        return value
    if kind is Kind.DURATION:
        return _to_duration(value, expression)
    try:
        converted = types.convert(value, _TYPES[kind])
    except HclError as error:
        raise unsuitable(expression, error.message) from None
    match converted:
        case list():
            bounds = _BOUNDS[Kind.UINT16] if kind is Kind.PORTS else None
            return [_to_element(item, bounds, expression) for item in converted]
        case dict():
            return {name: _to_element(converted[name], None, expression) for name in converted}
        case bool() | str() | None:
            return converted
        case int() | float():
            # The plus makes of HCL's kinds of numbers Python's own.
            return (
                _to_whole(converted, _BOUNDS[kind], expression) if kind in _BOUNDS else +converted
            )


def unsuitable(expression: nodes.Expression, problem: str) -> JobspecError:
    """The value of an expression is not what is wanted here."""
    message = f"Unsuitable value type; Unsuitable value: {problem}"
    return problems.problem(expression.source, expression.start, message)


def to_constraint(given: tree.Object) -> tree.Object:
    """A constraint's arguments to its three fields; the shorthands are decodeConstraint's."""
    result = _to_comparison(given, _CONSTRAINT_SHORTHANDS)
    if (distinct := given.get("distinct_hosts")) is not None:
        result["Operand"] = "distinct_hosts"
        result["RTarget"] = "true" if distinct else "false"
    if property_ := given.get("distinct_property"):
        result["Operand"] = "distinct_property"
        result["LTarget"] = property_
    result["Operand"] = result["Operand"] or "="
    return result


def to_affinity(given: tree.Object) -> tree.Object:
    """An affinity's arguments to its fields; the weight is cut to eight bits, as decodeAffinity."""
    result = _to_comparison(given, _AFFINITY_SHORTHANDS)
    result["Operand"] = result["Operand"] or "="
    if (weight := given.get("Weight")) is not None:
        whole = min(max(int(cast("float", weight)), _INT64[0]), _INT64[1])
        result["Weight"] = (whole + 128) % 256 - 128
    return result


def _to_comparison(given: tree.Object, shorthands: tuple[str, ...]) -> tree.Object:
    result: tree.Object = {
        field: given.get(field, "") for field in ("LTarget", "RTarget", "Operand")
    }
    for name in shorthands:
        if value := given.get(name):
            result["Operand"] = name
            result["RTarget"] = value
    return result


def decode_any(expression: nodes.Expression, scope: scopes.Scope) -> tree.Json:
    """The value of an argument that may be of any type."""
    try:
        return to_interface(evaluator.evaluate(expression, scope))
    except OverflowError:
        raise unsuitable(expression, "the number is too large for JSON") from None


def to_interface(value: types.Value) -> tree.Json:
    """A value of no certain type, as interfaceFromCtyValue; nulls are dropped from containers.

    A map of maps comes out as the list of its elements there, and so it does here.
    """
    match value:
        case values.TypedMap(element=values.Map() | values.Object()):
            return [to_interface(value[name]) for name in sorted(value)]
        case list():
            return [to_interface(item) for item in value if item is not None]
        case dict():
            return {name: to_interface(item) for name, item in value.items() if item is not None}
        case bool() | str() | None:
            return value
        case int():
            return +value if _INT64[0] <= value <= _INT64[1] else float(value)
        case float():
            is_int64 = value.is_integer() and _INT64[0] <= value <= _INT64[1]
            return int(value) if is_int64 else float(value)


def _to_duration(value: types.Value, expression: nodes.Expression) -> int:
    match value:
        case None:
            message = "Unsuitable value; Unsuitable duration value: nil"
            raise problems.problem(expression.source, expression.start, message)
        case str():
            try:
                return durations.parse(value)
            except ValueError as error:
                message = f"Unsuitable value type; Unsuitable duration value: {error}"
                hint = 'a duration is a number and a unit, as "90s", "5m", "1h30m"'
                raise problems.problem(
                    expression.source, expression.start, message, hint=hint
                ) from None
        case bool() | list() | dict():
            name = values.friendly_name(types.type_of(value))
            raise unsuitable(expression, f"expected a string but found {name}")
        case int() | float():
            return _to_whole(value, _INT64, expression)


def _to_element(
    item: types.Value, bounds: tuple[int, int] | None, expression: nodes.Expression
) -> tree.Json:
    if item is None:
        raise unsuitable(expression, "null value is not allowed")
    if bounds is not None:
        return _to_whole(cast("float", item), bounds, expression)
    return cast("str", item)


def _cut(value: float) -> float:
    """A number for an unsigned field: big.Float.Uint64 calls it exact if its bits fit into 64."""
    mantissa, _ = numbers.split(value)
    return numbers.truncate(value) if value >= 1 and mantissa.bit_length() <= 64 else value


def _to_whole(value: float, bounds: tuple[int, int], expression: nodes.Expression) -> int:
    low, high = bounds
    if isinstance(value, numbers.Float64) and value.is_integer():
        value = int(value)
    if low == 0 and not isinstance(value, int):
        value = _cut(value)
    if isinstance(value, int) and low <= value <= high:
        return +value
    suffix = " inclusive" if low == 0 else ""
    problem = f"value must be a whole number, between {low} and {high}{suffix}"
    raise unsuitable(expression, problem)
