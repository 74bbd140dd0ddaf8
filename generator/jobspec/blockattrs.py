"""Bodies without a schema, as a driver's ``config``: blocks in them become arguments.

Mirrors jobspec2/hclutil/blockattrs.go: all blocks of one type become one list of maps, each label
one more map around it, and a map written out as an argument's value becomes a list of one map.
"""

from __future__ import annotations

from generator.hcl import nodes


def just_attributes(body: nodes.Body) -> dict[str, nodes.Expression]:
    """The body's arguments, with its blocks among them, in source order."""
    found: dict[str, nodes.Expression] = {
        attribute.name: _enlist(attribute.expression) for attribute in body.attributes
    }
    found.update(_blocks_by_type(body))
    return found


def _blocks_by_type(body: nodes.Body) -> dict[str, nodes.Expression]:
    groups: dict[str, list[nodes.Block]] = {}
    for block in body.blocks:
        groups.setdefault(block.type, []).append(block)
    return {type_: _blocks_to_tuple(blocks) for type_, blocks in groups.items()}


def _blocks_to_tuple(blocks: list[nodes.Block]) -> nodes.Tuple:
    return nodes.Tuple(
        source=blocks[0].source,
        start=blocks[0].start,
        end=blocks[-1].end,
        items=tuple(_block_to_object(block) for block in blocks),
    )


def _block_to_object(block: nodes.Block) -> nodes.Object:
    body = block.body
    items = [
        _item(attribute, attribute.name, _enlist(attribute.expression))
        for attribute in body.attributes
    ]
    items += [_item(value, type_, value) for type_, value in _blocks_by_type(body).items()]
    inner = nodes.Object(source=body.source, start=body.start, end=body.end, items=tuple(items))
    for label in reversed(block.label_nodes):
        inner = nodes.Object(
            source=inner.source,
            start=inner.start,
            end=inner.end,
            items=(_item(label, label.value, _list_of(inner)),),
        )
    return inner


def _item(place: nodes.Node, name: str, value: nodes.Expression) -> nodes.ObjectItem:
    key = nodes.Literal(source=place.source, start=place.start, end=place.end, value=name)
    return nodes.ObjectItem(
        source=place.source, start=place.start, end=value.end, key=key, value=value
    )


def _enlist(expression: nodes.Expression) -> nodes.Expression:
    return _list_of(expression) if isinstance(expression, nodes.Object) else expression


def _list_of(value: nodes.Object) -> nodes.Tuple:
    return nodes.Tuple(source=value.source, start=value.start, end=value.end, items=(value,))
