"""What operators do with values (hclsyntax/expression_ops.go and the functions it calls)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Final

from generator import limits
from generator.errors import HclError
from generator.hcl import conversion, nodes, numbers, values
from generator.hcl.values import Value

_ARITHMETIC: Final[dict[str, Callable[[numbers.Number, numbers.Number], Value]]] = {
    "+": numbers.add,
    "-": numbers.subtract,
    "*": numbers.multiply,
    "/": numbers.divide,
    "%": numbers.modulo,
}
_COMPARISONS: Final[dict[str, Callable[[int, int], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def apply_unary(node: nodes.Unary, value: Value) -> Value:
    wanted = values.BOOL if node.operator == "!" else values.NUMBER
    operand = _operand(value, wanted, node.operand, "unary")
    _refuse_null(node, operand)
    if node.operator == "!":
        return not operand
    assert isinstance(operand, int | float)
    return numbers.negate(operand)


def apply_binary(node: nodes.Binary, left: Value, right: Value) -> Value:
    """The operator's result for two operands, both evaluated already: nothing is short cut."""
    match node.operator:
        case "==" | "!=" if not isinstance(left, str | int | float | None):
            limits.spend_on(left)
            return values.are_equal(left, right) == (node.operator == "==")
        case "==":
            return values.are_equal(left, right)
        case "!=":
            return not values.are_equal(left, right)
        case "&&" | "||":
            first = _operand(left, values.BOOL, node.left, "left")
            second = _operand(right, values.BOOL, node.right, "right")
            _refuse_null(node, first, second)
            return bool((first and second) if node.operator == "&&" else (first or second))
        case _:
            return _calculate(node, left, right)


def _calculate(node: nodes.Binary, left: Value, right: Value) -> Value:
    first = _operand(left, values.NUMBER, node.left, "left")
    second = _operand(right, values.NUMBER, node.right, "right")
    _refuse_null(node, first, second)
    assert isinstance(first, int | float)
    assert isinstance(second, int | float)
    if node.operator in _COMPARISONS:
        return _COMPARISONS[node.operator](numbers.compare(first, second), 0)
    if second == 0 and node.operator == "%":
        return first  # nothing is left of a division by infinitely little
    if second == 0 and node.operator == "/":
        # go-cty has an infinite number here, that no job can hold.
        both = "can't divide zero by zero or infinity by infinity"
        raise _failed(node, "division by zero" if first else both)
    try:
        return _ARITHMETIC[node.operator](first, second)
    except OverflowError as error:
        raise _failed(node, str(error)) from None


def _operand(value: Value, wanted: values.Type, node: nodes.Expression, side: str) -> Value:
    try:
        return conversion.convert(value, wanted)
    except conversion.ConversionError as error:
        detail = f"Unsuitable value for {side} operand: {error}."
        raise node.error(_INVALID, detail) from None


_INVALID = "Invalid operand"


def _refuse_null(node: nodes.Unary | nodes.Binary, *operands: Value) -> None:
    if None in operands:
        raise _failed(node, "argument must not be null")


def _failed(node: nodes.Unary | nodes.Binary, reason: str) -> HclError:
    return node.error("Operation failed", f"Error during operation: {reason}.")
