"""Values built from many: objects, ``for`` expressions and splats.

The second part of the evaluator, which gives itself along as the means to evaluate what is inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from generator import limits, records
from generator.hcl import conversion, nodes, scopes, unification, values
from generator.hcl.scopes import Scope
from generator.hcl.values import Value

Evaluate: TypeAlias = Callable[[nodes.Expression, Scope], Value]


def build_object(node: nodes.Object, scope: Scope, evaluate: Evaluate) -> dict[str, Value]:
    result: dict[str, Value] = {}
    for item in node.items:
        key = item.key
        if isinstance(key, nodes.Literal) and isinstance(key.value, str):
            name = key.value
        else:
            name = _evaluate_key(item, scope, evaluate)
        result[name] = evaluate(item.value, scope)
    return result


def _evaluate_key(item: nodes.ObjectItem, scope: Scope, evaluate: Evaluate) -> str:
    key = item.key
    if isinstance(key, nodes.Traversal):
        summary = "Ambiguous attribute key"
        detail = (
            "If this expression is intended to be a reference, wrap it in parentheses. If it's "
            "instead intended as a literal name containing periods, wrap it in quotes to create a "
            "string literal."
        )
        raise key.error(summary, detail)
    value = evaluate(key, scope)
    if value is None:
        summary, detail = "Null value as key", "Can't use a null value as a key."
        raise item.value.error(summary, detail)
    try:
        return conversion.to_text(value)
    except conversion.ConversionError as error:
        summary, detail = "Incorrect key type", f"Can't use this value as a key: {error}."
        raise key.error(summary, detail) from None


def iterate(value: list[Value] | dict[str, Value]) -> Iterator[tuple[Value, Value]]:
    """Keys and elements in go-cty's order: maps and objects by key; a set's keys are its elements."""
    if isinstance(value, dict):
        for name in sorted(value):
            yield name, value[name]
    elif isinstance(value, values.TypedSet):
        for item in value:
            yield item, item
    else:
        yield from enumerate(value)


def build_for(node: nodes.For, scope: Scope, evaluate: Evaluate) -> Value:
    collection = evaluate(node.collection, scope)
    if collection is None:
        summary = "Iteration over null value"
        detail = "A null value cannot be used as the collection in a 'for' expression."
        raise node.collection.error(summary, detail)
    if not isinstance(collection, list | dict):
        summary = "Iteration over non-iterable value"
        name = values.friendly_name(values.type_of(collection))
        detail = f"A value of type {name} cannot be used as the collection in a 'for' expression."
        raise node.collection.error(summary, detail)
    scopes = _element_scopes(node, collection, scope, evaluate)
    if node.key is None:
        return [evaluate(node.value, inner) for inner in scopes]
    return _collect_object(node, node.key, scopes, evaluate)


def _element_scopes(
    node: nodes.For, collection: list[Value] | dict[str, Value], scope: Scope, evaluate: Evaluate
) -> Iterator[Scope]:
    """The scope of each element that the condition lets through."""
    inside = [each for each in (node.key, node.value, node.condition) if each is not None]
    # As long as an expression is, so much may be done for each turn.
    turn = 8 + (sum(each.end - each.start for each in inside) >> 1)
    for key, value in iterate(collection):
        limits.spend(turn)
        variables = {node.value_variable: value}
        if node.key_variable is not None:
            variables = {node.key_variable: key, node.value_variable: value}
        inner = scope.with_variables(variables)
        if node.condition is None or _is_included(node.condition, inner, evaluate):
            yield inner


def _is_included(condition: nodes.Expression, scope: Scope, evaluate: Evaluate) -> bool:
    value = evaluate(condition, scope)
    if value is None:
        summary = "Condition is null"
        detail = "The value of the 'if' clause must not be null."
        raise condition.error(summary, detail)
    try:
        return conversion.convert(value, values.BOOL) is True
    except conversion.ConversionError as error:
        summary = "Invalid 'for' condition"
        detail = f"The 'if' clause value is invalid: {error}."
        raise condition.error(summary, detail) from None


def _collect_object(
    node: nodes.For, key: nodes.Expression, scopes: Iterable[Scope], evaluate: Evaluate
) -> dict[str, Value]:
    single: dict[str, Value] = {}
    groups: dict[str, list[Value]] = {}
    for scope in scopes:
        name = _evaluate_for_key(key, scope, evaluate)
        value = evaluate(node.value, scope)
        if node.group:
            groups.setdefault(name, []).append(value)
        elif name in single:
            summary = "Duplicate object key"
            detail = (
                f"Two different items produced the key \"{name}\" in this 'for' expression. If "
                "duplicates are expected, use the ellipsis (...) after the value expression to "
                "enable grouping by key."
            )
            raise key.error(summary, detail)
        else:
            single[name] = value
    return {**groups} if node.group else single


def _evaluate_for_key(key: nodes.Expression, scope: Scope, evaluate: Evaluate) -> str:
    value = evaluate(key, scope)
    try:
        if value is not None:
            return conversion.to_text(value)
        detail = "Key expression in 'for' expression must not produce a null value."
    except conversion.ConversionError as error:
        detail = f"The key expression produced an invalid result: {error}."
    summary = "Invalid object key"
    raise key.error(summary, detail)


def build_splat(node: nodes.Splat, scope: Scope, evaluate: Evaluate) -> Value:
    """``each`` for every element; a value that is no sequence counts as a sequence of one."""
    origin = evaluate(node.origin, scope)
    if origin is None:
        match scopes.type_of_null(node.origin, scope):
            case values.List() | values.Set() | values.Tuple():
                summary = "Splat of null value"
                detail = (
                    "Splat expressions (with the * symbol) cannot be applied to null sequences."
                )
                raise node.origin.error(summary, detail)
            case _:
                return []
    items = origin if isinstance(origin, list) else [origin]
    limits.spend(len(items) * (8 + (node.each.end - node.each.start >> 1)))
    results = [evaluate(node.each, records.replace(scope, item=item)) for item in items]
    if not isinstance(origin, values.TypedList | values.TypedSet):
        return results
    limits.spend_on(results)
    element = unification.unify([values.type_of(each) for each in results], unsafe=False)
    return values.TypedList(results, values.ANY if element is None else element)
