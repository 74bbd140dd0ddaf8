"""A body's parts by name, once it is sure that all of them belong there: hcl.Body.Content."""

from __future__ import annotations

from generator import records
from generator.hcl import nodes
from generator.jobspec import problems
from generator.jobspec.schema import fields


@records.record
class Content:
    """The arguments by name, the blocks by type; every type of the schema has its list."""

    arguments: dict[str, nodes.Attribute]
    blocks: dict[str, list[nodes.Block]]


def read_content(body: nodes.Body, schema: fields.Schema) -> Content:
    """Sort a body's items by the schema; what it does not know is an error."""
    found = Content({}, {name: [] for name in schema.blocks})
    for item in body.items:
        if isinstance(item, nodes.Attribute):
            if item.name not in schema.attributes:
                raise problems.unsupported_argument(item, schema)
            found.arguments[item.name] = item
            continue
        nested = schema.blocks.get(item.type)
        if nested is None:
            raise problems.unsupported_block(item, item.type, schema)
        problems.check_labels(item, (fields.LABEL,) if nested.label else ())
        found.blocks[item.type].append(item)
    for name in schema.required:
        if name not in found.arguments:
            raise problems.missing_argument(body, name)
    return found


def just_arguments(body: nodes.Body) -> tuple[nodes.Attribute, ...]:
    """The arguments of a body that may hold no block, of whatever name."""
    if body.blocks:
        block = body.blocks[0]
        message = f'Unexpected "{block.type}" block; Blocks are not allowed here.'
        raise problems.problem(block.source, block.start, message)
    return body.attributes
