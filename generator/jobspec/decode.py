"""HCL body -> API-shaped dict, by walking the schema tables, as gohcl walks the structs' tags.

Errors come in source order, one at a time: the first one is raised.
"""

from __future__ import annotations

from typing import assert_never, cast

from generator.errors import GeneratorError, ImpureError
from generator.hcl import nodes, scopes
from generator.jobspec import blockattrs, conversions, dynblock, problems, scaling, tree
from generator.jobspec.schema import fields
from generator.jobspec.schema.fields import Form, Kind, Repeat


def decode_body(body: nodes.Body, schema: fields.Schema, scope: scopes.Scope) -> tree.Object:
    """What the API shows of a block with this body."""
    match schema.form:
        case Form.STRUCT | Form.GROUP | Form.TASK:
            return _decode_struct(body, schema, scope)
        case Form.CONSTRAINT:
            return conversions.to_constraint(_decode_struct(body, schema, scope))
        case Form.AFFINITY:
            return conversions.to_affinity(_decode_struct(body, schema, scope))
        case Form.TEXT_MAP:
            return _decode_map(body, Kind.TEXT, scope)
        case Form.TEXTS_MAP:
            return _decode_map(body, Kind.TEXTS, scope)
        case Form.FREE | Form.CONSTANTS:
            return _decode_free(body, scope)
        case _:
            assert_never(schema.form)


def _decode_struct(body: nodes.Body, schema: fields.Schema, scope: scopes.Scope) -> tree.Object:
    result = dict(schema.preset)
    given: dict[str, nodes.Attribute] = {}
    found: dict[str, list[dynblock.Occurrence]] = {}
    for item in body.items:
        if isinstance(item, nodes.Attribute):
            given[item.name] = item
            _decode_attribute(item, schema, scope, result)
            continue
        for occurrence in dynblock.expand(item, schema, scope):
            found.setdefault(occurrence.block.type, []).append(occurrence)
    for name in schema.required:
        if name not in given:
            raise problems.missing_argument(body, name)
    for name, occurrences in found.items():
        if name in given:
            raise problems.duplicate_block(occurrences[0].block, given[name])
        nested = schema.blocks[name]
        result[nested.field] = _decode_blocks(nested, occurrences)
    if "scaling" in found:
        _complete_scaling(schema.form, [each.block for each in found["scaling"]], result)
    return result


def _complete_scaling(form: Form, blocks: list[nodes.Block], result: tree.Object) -> None:
    if form is Form.GROUP:
        scaling.complete_group_policy(cast("tree.Object", result["Scaling"]), blocks[0])
    else:
        policies = cast("list[tree.Object]", result["ScalingPolicies"])
        scaling.complete_task_policies(policies, blocks)


def _decode_attribute(
    item: nodes.Attribute, schema: fields.Schema, scope: scopes.Scope, result: tree.Object
) -> None:
    attribute = schema.attributes.get(item.name)
    if attribute is not None:
        value = conversions.decode_expression(item.expression, attribute.kind, scope)
        if value is None and not attribute.nullable:
            raise conversions.unsuitable(item.expression, "null value is not allowed")
        if value is not None:
            result[attribute.field] = value
        return
    nested = schema.blocks.get(item.name)
    if nested is None or not nested.assignable:
        raise problems.unsupported_argument(item, schema)
    value = conversions.decode_expression(item.expression, Kind.TEXT_MAP, scope)
    if value is not None:
        result[nested.field] = value


def _decode_blocks(nested: fields.Nested, occurrences: list[dynblock.Occurrence]) -> tree.Json:
    match nested.repeat:
        case Repeat.ONCE:
            if len(occurrences) > 1:
                raise problems.duplicate_block(occurrences[1].block, occurrences[0].block)
            return _decode_occurrence(nested, occurrences[0])
        case Repeat.LAST:
            return [_decode_occurrence(nested, each) for each in occurrences][-1]
        case Repeat.LIST:
            return [_decode_occurrence(nested, each) for each in occurrences]
        case Repeat.BY_LABEL:
            return {each.block.labels[0]: _decode_occurrence(nested, each) for each in occurrences}
        case _:
            assert_never(nested.repeat)


def _decode_occurrence(nested: fields.Nested, occurrence: dynblock.Occurrence) -> tree.Object:
    decode = _decode_leniently if nested.lenient else decode_body
    value = decode(occurrence.block.body, nested.schema, occurrence.scope)
    if nested.label is not None:
        value[nested.label] = occurrence.block.labels[0]
    return value


def _decode_leniently(body: nodes.Body, schema: fields.Schema, scope: scopes.Scope) -> tree.Object:
    """What can be made of a body; only what is any map counts whole, as Nomad reads it later."""
    result = dict(schema.preset)
    for item in body.items:
        try:
            if isinstance(item, nodes.Attribute):
                _decode_attribute(item, schema, scope, result)
                continue
            for occurrence in dynblock.expand(item, schema, scope):
                found = schema.blocks[occurrence.block.type]
                result[found.field] = _decode_occurrence(found, occurrence)
        except ImpureError:
            raise
        except GeneratorError:
            nested = schema.blocks.get(item.type) if isinstance(item, nodes.Block) else None
            if nested is not None and nested.schema.form is Form.FREE:
                raise
    return result


def _decode_map(body: nodes.Body, kind: Kind, scope: scopes.Scope) -> tree.Object:
    result: tree.Object = {}
    for name, expression in blockattrs.just_attributes(body).items():
        value = conversions.decode_expression(expression, kind, scope)
        if value is None and kind is Kind.TEXT:
            raise conversions.unsuitable(expression, "null value is not allowed")
        if value is not None:
            result[name] = value
    return result


def _decode_free(body: nodes.Body, scope: scopes.Scope) -> tree.Object:
    found = {
        name: conversions.decode_any(expression, scope)
        for name, expression in blockattrs.just_attributes(body).items()
    }
    return {name: value for name, value in found.items() if value is not None}
