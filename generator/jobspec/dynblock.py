"""``dynamic`` blocks: each becomes as many blocks of its type as its ``for_each`` has elements.

Mirrors hcl/v2/ext/dynblock. A body that has no table (a driver's ``config``) is never expanded.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator import limits, records
from generator.hcl import evaluator, nodes, scopes, types, values
from generator.jobspec import conversions, problems
from generator.jobspec.schema import fields
from generator.jobspec.schema.fields import Kind

_DYNAMIC = "dynamic"


@records.record
class Occurrence:
    """A block as it counts, and the scope that its expressions are evaluated in."""

    block: nodes.Block
    scope: scopes.Scope


@records.record(kw_only=True)
class _Specification:
    for_each: nodes.Expression
    iterator: str
    labels: tuple[nodes.Expression, ...]
    content: nodes.Body


def expand(block: nodes.Block, schema: fields.Schema, scope: scopes.Scope) -> Iterator[Occurrence]:
    """The blocks that a block stands for: itself, or what a ``dynamic`` block makes."""
    nested = schema.blocks.get(block.type)
    if nested is None and block.type == _DYNAMIC:
        yield from _expand_dynamic(block, schema, scope)
        return
    if nested is None:
        raise problems.unsupported_block(block, block.type, schema)
    problems.check_labels(block, _label_names(nested))
    yield Occurrence(block, scope)


def _expand_dynamic(
    block: nodes.Block, schema: fields.Schema, scope: scopes.Scope
) -> Iterator[Occurrence]:
    problems.check_labels(block, ("type",))
    label = block.label_nodes[0]
    nested = schema.blocks.get(label.value)
    if nested is None:
        raise problems.unsupported_block(label, label.value, schema)
    specification = _read_specification(block, nested)
    turn = 50 + (specification.content.end - specification.content.start)
    for key, value in _elements(specification.for_each, scope):
        limits.spend(turn)
        inner = scope.with_variables({specification.iterator: {"key": key, "value": value}})
        labels = tuple(_evaluate_label(each, inner) for each in specification.labels)
        made = nodes.Block(
            source=block.source,
            start=block.start,
            end=block.end,
            type=label.value,
            label_nodes=labels,
            body=specification.content,
            open_brace=block.open_brace,
        )
        yield Occurrence(made, inner)


def _read_specification(block: nodes.Block, nested: fields.Nested) -> _Specification:
    given = {attribute.name: attribute for attribute in block.body.attributes}
    wanted = ("for_each", "labels") if nested.label else ("for_each",)
    for attribute in given.values():
        if attribute.name not in (*wanted, "iterator"):
            raise problems.unsupported_argument(attribute, _DYNAMIC_SCHEMA)
    for name in wanted:
        if name not in given:
            raise problems.missing_argument(block.body, name)
    return _Specification(
        for_each=given["for_each"].expression,
        iterator=_iterator_name(given["iterator"].expression)
        if "iterator" in given
        else nested.name,
        labels=_label_expressions(given["labels"].expression, nested) if nested.label else (),
        content=_only_content(block),
    )


def _only_content(block: nodes.Block) -> nodes.Body:
    contents = block.body.blocks
    for each in contents:
        if each.type != "content":
            raise problems.unsupported_block(each, each.type, _DYNAMIC_SCHEMA)
        problems.check_labels(each, ())
    if not contents:
        message = (
            'Missing dynamic content block; A dynamic block must have a nested block of type "content" '
            "to describe the body of each generated block."
        )
        raise problems.problem(block.source, block.body.start, message)
    if len(contents) > 1:
        message = (
            "Extraneous dynamic content block; "
            "Only one nested content block is allowed for each dynamic block."
        )
        raise problems.problem(block.source, contents[1].start, message)
    return contents[0].body


def _iterator_name(expression: nodes.Expression) -> str:
    if isinstance(expression, nodes.Traversal) and not expression.steps:
        return expression.root
    message = "Invalid dynamic iterator name; Dynamic iterator must be a single variable name."
    raise problems.problem(expression.source, expression.start, message)


def _label_expressions(
    expression: nodes.Expression, nested: fields.Nested
) -> tuple[nodes.Expression, ...]:
    if not isinstance(expression, nodes.Tuple):
        message = "Invalid expression; A static list expression is required."
        raise problems.problem(expression.source, expression.start, message)
    if len(expression.items) != 1:
        amount = (
            "Extraneous dynamic block label"
            if expression.items
            else "Insufficient dynamic block labels"
        )
        message = f'{amount}; Blocks of type "{nested.name}" require 1 label(s).'
        raise problems.problem(expression.source, expression.start, message)
    return expression.items


def _elements(
    expression: nodes.Expression, scope: scopes.Scope
) -> Iterator[tuple[types.Value, types.Value]]:
    """The keys and values that a ``for_each`` walks over, in go-cty's order."""
    value = evaluator.evaluate(expression, scope)
    match value:
        case list() | dict():
            yield from evaluator.iterate(value)
        case None:
            detail = "Cannot use a null value in for_each."
            raise problems.problem(
                expression.source, expression.start, f"Invalid dynamic for_each value; {detail}"
            )
        case _:
            name = values.friendly_name(types.type_of(value))
            detail = f"Cannot use a {name} value in for_each. An iterable collection is required."
            raise problems.problem(
                expression.source, expression.start, f"Invalid dynamic for_each value; {detail}"
            )


def _label_names(nested: fields.Nested) -> tuple[str, ...]:
    return (fields.LABEL,) if nested.label else ()


def _evaluate_label(expression: nodes.Expression, scope: scopes.Scope) -> nodes.Label:
    value = conversions.decode_expression(expression, Kind.TEXT, scope)
    if not isinstance(value, str):
        message = "Invalid dynamic block label; Cannot use a null value as a dynamic block label."
        raise problems.problem(expression.source, expression.start, message)
    return nodes.Label(
        source=expression.source, start=expression.start, end=expression.end, value=value
    )


_DYNAMIC_SCHEMA = fields.table(
    fields.optional("for_each", "for_each", Kind.TEXTS),
    fields.optional("iterator", "iterator", Kind.TEXT),
    fields.optional("labels", "labels", Kind.TEXTS),
    fields.many("content", "content", fields.FREE),
)
