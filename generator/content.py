"""Read a body against a schema: only known arguments and blocks, the required ones, their labels.

As hclsyntax's ``Body.Content`` (structure.go), with its words. Made for the two small languages of
a pack's own files, metadata.hcl and variables.hcl.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.errors import HclError
from generator.hcl import nodes


@dataclass(frozen=True, slots=True)
class Schema:
    """What a body may hold: argument -> required, block type -> the names of its labels."""

    arguments: Mapping[str, bool] = field(default_factory=dict)
    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def check(body: nodes.Body, schema: Schema) -> None:
    """Raise at the first item that the schema does not know, or where the body begins for a lack."""
    given = {attribute.name for attribute in body.attributes}
    for name, required in schema.arguments.items():
        if required and name not in given:
            detail = f'The argument "{name}" is required, but no definition was found.'
            summary = "Missing required argument"
            raise body.error(summary, detail)
    for item in body.items:
        match item:
            case nodes.Attribute() if item.name not in schema.arguments:
                raise _unknown_argument(item, schema, given)
            case nodes.Block() if item.type not in schema.blocks:
                raise _unknown_block(item, schema)
            case nodes.Block():
                _check_labels(item, schema.blocks[item.type])
            case _:
                pass


def _unknown_argument(attribute: nodes.Attribute, schema: Schema, given: set[str]) -> HclError:
    detail = f'An argument named "{attribute.name}" is not expected here.'
    near = _nearest(attribute.name, [name for name in schema.arguments if name not in given])
    if near:
        detail += f' Did you mean "{near}"?'
    elif attribute.name in schema.blocks:
        detail += f' Did you mean to define a block of type "{attribute.name}"?'
    return attribute.error("Unsupported argument", detail)


def _unknown_block(block: nodes.Block, schema: Schema) -> HclError:
    detail = f'Blocks of type "{block.type}" are not expected here.'
    near = _nearest(block.type, list(schema.blocks))
    if near:
        detail += f' Did you mean "{near}"?'
    elif block.type in schema.arguments:
        detail += (
            f' Did you mean to define argument "{block.type}"?'
            " If so, use the equals sign to assign it a value."
        )
    return block.error("Unsupported block type", detail)


def _check_labels(block: nodes.Block, names: tuple[str, ...]) -> None:
    given, wanted = len(block.labels), len(names)
    if given < wanted:
        summary = f"Missing {names[given]} for {block.type}"
        detail = f"All {block.type} blocks must have {wanted} labels ({', '.join(names)})."
        raise block.source.error(block.open_brace, summary, detail)
    if given > wanted:
        summary = f"Extraneous label for {block.type}"
        detail = f"No labels are expected for {block.type} blocks."
        if names:
            known = ", ".join(names)
            detail = f"Only {wanted} labels ({known}) are expected for {block.type} blocks."
        raise block.label_nodes[wanted].error(summary, detail)


def _nearest(given: str, names: list[str]) -> str | None:
    """The first name fewer than three edits away, as hclsyntax's didyoumean.go."""
    return next((name for name in names if _distance(given, name) < 3), None)


def _distance(left: str, right: str) -> int:
    """The Levenshtein distance, row by row."""
    row = list(range(len(right) + 1))
    for index, character in enumerate(left, start=1):
        above = row
        row = [index]
        for column, other in enumerate(right, start=1):
            replaced = above[column - 1] + (character != other)
            row.append(min(replaced, above[column] + 1, row[-1] + 1))
    return row[-1]
