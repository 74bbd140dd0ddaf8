"""Expressions to values, in a scope of variables and functions.

Mirrors the Value methods of hclsyntax (expression.go, expression_template.go). There are no unknown
values here: where Nomad leaves a reference to its client, the reference's own text is the value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from generator import limits
from generator.errors import HclError
from generator.hcl import (
    access,
    calls,
    comprehensions,
    conversion,
    escapes,
    mismatches,
    nodes,
    operators,
    scopes,
    unification,
    values,
)
from generator.hcl.comprehensions import iterate
from generator.hcl.scopes import CONSTANTS, Scope
from generator.hcl.values import Value

__all__ = ["CONSTANTS", "Scope", "evaluate", "iterate"]


def evaluate(expression: nodes.Expression, scope: Scope) -> Value:
    """The expression's value; raises HclError."""
    try:
        with limits.metered():
            value = _evaluate(expression, scope)
            if isinstance(value, list | dict):  # else whoever goes through it pays no more
                limits.spend_on(value)
            return value
    except limits.LimitError as limit:
        summary = "Too large"
        raise expression.error(summary, f"{limit.message}.") from None
    except RecursionError:
        detail = "The expression is nested more deeply than can be evaluated here."
        summary = "Nested too deeply"
        raise expression.error(summary, detail) from None


def _evaluate(expression: nodes.Expression, scope: Scope) -> Value:  # noqa: C901 - a case a kind
    match expression:
        case nodes.Literal(value=value):
            return value
        case nodes.Traversal():
            return scopes.look_up(expression, scope)
        case nodes.TemplateWrap(expression=inner) | nodes.Parentheses(expression=inner):
            return _evaluate(inner, scope)
        case nodes.Template(parts=parts):
            return escapes.normalize(_join(_evaluate_part(part, scope) for part in parts))
        case nodes.TemplateJoin():
            return _evaluate_join(expression, scope)
        case nodes.Tuple(items=items):
            return [_evaluate(item, scope) for item in items]
        case nodes.Object():
            return comprehensions.build_object(expression, scope, _evaluate)
        case nodes.Call():
            return calls.call(
                expression, scope.functions, lambda argument: _evaluate(argument, scope)
            )
        case nodes.Unary(operand=operand):
            return operators.apply_unary(expression, _evaluate(operand, scope))
        case nodes.Binary():
            return _evaluate_binary(expression, scope)
        case nodes.Conditional():
            return _evaluate_conditional(expression, scope)
        case nodes.RelativeTraversal(origin=origin, steps=steps):
            found = _evaluate(origin, scope)
            for step in steps:
                found = access.take_step(found, step)
            return found
        case nodes.Index(collection=collection, key=key):
            found = _evaluate(collection, scope)
            return access.get_index(found, _evaluate(key, scope), expression.source, collection.end)
        case nodes.For():
            return comprehensions.build_for(expression, scope, _evaluate)
        case nodes.Splat():
            return comprehensions.build_splat(expression, scope, _evaluate)
        case nodes.SplatItem():
            return scope.item
        case _:
            assert_never(expression)


def _evaluate_part(node: nodes.Expression, scope: Scope) -> str:
    value = _evaluate(node, scope)
    if isinstance(value, str):
        return value
    if value is None:
        detail = "The expression result is null. Cannot include a null value in a string template."
        raise node.error(_INTERPOLATION, detail)
    try:
        return conversion.to_text(value)
    except conversion.ConversionError as error:
        detail = f"Cannot include the given value in a string template: {error}."
        raise node.error(_INTERPOLATION, detail) from None


_INTERPOLATION = "Invalid template interpolation value"


def _evaluate_join(node: nodes.TemplateJoin, scope: Scope) -> str:
    items = comprehensions.build_for(node.items, scope, _evaluate)
    assert isinstance(items, list)
    return _join(map(conversion.to_text, items))


def _join(parts: Iterable[str]) -> str:
    texts = list(parts)
    size = sum(map(len, texts))
    limits.check_text(size)
    limits.spend(size >> 5)
    return "".join(texts)


def _evaluate_binary(node: nodes.Binary, scope: Scope) -> Value:
    """A chain like ``a + b + c`` leans to the left: walked in a loop, it may be of any length."""
    chain = [node]
    while isinstance(chain[-1].left, nodes.Binary):
        chain.append(chain[-1].left)
    value = _evaluate(chain[-1].left, scope)
    for each in reversed(chain):
        value = operators.apply_binary(each, value, _evaluate(each.right, scope))
    return value


def _evaluate_conditional(node: nodes.Conditional, scope: Scope) -> Value:
    """Both results are evaluated, as the type comes from both; only the chosen one's error counts."""
    positive = _attempt(node.positive, scope)
    negative = _attempt(node.negative, scope)
    wanted = _common_type(node, positive, negative, scope)
    condition = _evaluate_condition(node.condition, scope)
    chosen = positive if condition else negative
    if isinstance(chosen, HclError):
        raise chosen
    try:
        return conversion.convert(chosen, wanted)
    except conversion.ConversionError as error:
        which = "true" if condition else "false"
        side = node.positive if condition else node.negative
        detail = f"The {which} result value has the wrong type: {error}."
        raise side.error(_INCONSISTENT, detail) from None


_INCONSISTENT = "Inconsistent conditional result types"


def _attempt(node: nodes.Expression, scope: Scope) -> Value | HclError:
    try:
        return _evaluate(node, scope)
    except HclError as error:
        return error


def _common_type(
    node: nodes.Conditional, positive: Value | HclError, negative: Value | HclError, scope: Scope
) -> values.Type:
    if isinstance(positive, HclError) or isinstance(negative, HclError):
        return values.ANY
    limits.spend_on(positive)
    limits.spend_on(negative)
    first = _type_of(positive, node.positive, scope)
    second = _type_of(negative, node.negative, scope)
    if first == values.ANY or second == values.ANY:
        return second if first == values.ANY else first
    common = unification.unify([first, second], unsafe=True)
    if common is None:
        difference = mismatches.describe_difference(first, second)
        detail = f"The true and false result expressions must have consistent types. {difference}."
        raise node.positive.error(_INCONSISTENT, detail)
    return common


def _type_of(value: Value, node: nodes.Expression, scope: Scope) -> values.Type:
    return scopes.type_of_null(node, scope) if value is None else values.type_of(value)


def _evaluate_condition(node: nodes.Expression, scope: Scope) -> bool:
    value = _evaluate(node, scope)
    if value is None:
        summary = "Null condition"
        detail = "The condition value is null. Conditions must either be true or false."
        raise node.error(summary, detail)
    try:
        return conversion.convert(value, values.BOOL) is True
    except conversion.ConversionError:
        summary = "Incorrect condition type"
        detail = "The condition expression must be of type bool."
        raise node.error(summary, detail) from None
