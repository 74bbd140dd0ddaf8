"""The references in an expression: which names it needs, without evaluating it."""

from __future__ import annotations

from collections.abc import Iterator

from generator import records
from generator.hcl import nodes


def find(node: object, bound: frozenset[str | None] = frozenset()) -> Iterator[nodes.Traversal]:
    """All references, but those to a ``for``'s own variables."""
    if isinstance(node, nodes.Traversal):
        if node.root not in bound:
            yield node
        return
    if isinstance(node, tuple):
        for each in node:
            yield from find(each, bound)
    elif isinstance(node, nodes.Node):
        if isinstance(node, nodes.For):
            yield from find(node.collection, bound)
            bound = bound | {node.key_variable, node.value_variable}
        for name in records.fields(node):
            if not (isinstance(node, nodes.For) and name == "collection"):
                yield from find(getattr(node, name), bound)
