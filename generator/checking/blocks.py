"""The places in a pack's HCL files that findings point at: declarations and dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator import errors, hcl, pack, reading
from generator.hcl import nodes
from generator.variables import PackPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A variable's block: the pack that declares it, its name, and the place of the name.

    ``defaulted`` says that it gives a default, be it null.
    """

    path: PackPath
    name: str
    position: errors.Position
    described: bool
    defaulted: bool


def variables(root: pack.Pack) -> list[Declared]:
    """The blocks of variables in a pack that could be loaded, and in its dependencies."""
    return [
        Declared(
            path=path,
            name=block.labels[0],
            position=block.label_nodes[0].position,
            described=any(item.name == "description" for item in block.body.attributes),
            defaulted=any(item.name == "default" for item in block.body.attributes),
        )
        for path, found in root.walk()
        for block in read(found, pack.VARIABLES)
    ]


def read(of: pack.Pack, name: str) -> Iterator[nodes.Block]:
    """The blocks of one of the pack's files."""
    yield from hcl.parse(reading.read_text(of.folder / name), of.place(name)).blocks
