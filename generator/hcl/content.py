"""A body held against what may stand in it: known arguments and blocks, those required, their labels.

As hclsyntax's ``Body.Content`` (structure.go), with its words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from generator import records
from generator.errors import HclError
from generator.hcl import nodes, spelling


@records.record
class Schema:
    """What a body may hold: argument -> required, block type -> the names of its labels."""

    arguments: Mapping[str, bool] = records.field(default_factory=dict)
    blocks: Mapping[str, tuple[str, ...]] = records.field(default_factory=dict)


def check(body: nodes.Body, schema: Schema) -> None:
    """Raise at the first item that the schema does not know, or where the body begins for a lack."""
    given = {attribute.name for attribute in body.attributes}
    for name, required in schema.arguments.items():
        if required and name not in given:
            raise missing_argument(body, name)
    missing = [name for name in schema.arguments if name not in given]
    for item in body.items:
        match item:
            case nodes.Attribute() if item.name not in schema.arguments:
                raise unsupported_argument(item, missing, schema.blocks)
            case nodes.Block() if item.type not in schema.blocks:
                raise unsupported_block(item, item.type, schema.arguments, schema.blocks)
            case nodes.Block():
                check_labels(item, schema.blocks[item.type])
            case _:
                pass


def check_labels(block: nodes.Block, names: tuple[str, ...]) -> None:
    """Raise when the block has more or fewer labels than these."""
    given, wanted = len(block.labels), len(names)
    if given < wanted:
        summary = f"Missing {names[given]} for {block.type}"
        detail = f"All {block.type} blocks must have {wanted} labels ({', '.join(names)})."
        raise block.source.error(block.open_brace, summary, detail)
    if given > wanted:
        summary = f"Extraneous label for {block.type}"
        known = f"Only {wanted} labels ({', '.join(names)}) are" if names else "No labels are"
        detail = f"{known} expected for {block.type} blocks."
        raise block.label_nodes[wanted].error(summary, detail)


def missing_argument(body: nodes.Body, name: str) -> HclError:
    """An argument without which the body means nothing is not there."""
    detail = f'The argument "{name}" is required, but no definition was found.'
    return body.error("Missing required argument", detail)


def unsupported_argument(
    attribute: nodes.Attribute, arguments: Collection[str], blocks: Collection[str]
) -> HclError:
    """No argument of this name belongs here; one of the others may be meant."""
    name = attribute.name
    hint = spelling.suggest(name, arguments)
    if not hint and name in blocks:
        hint = f' Did you mean to define a block of type "{name}"?'
    detail = f'An argument named "{name}" is not expected here.{hint}'
    return attribute.error("Unsupported argument", detail)


def unsupported_block(
    place: nodes.Node, kind: str, arguments: Collection[str], blocks: Collection[str]
) -> HclError:
    """No block of this type belongs here; one of the others may be meant."""
    hint = spelling.suggest(kind, blocks)
    if not hint and kind in arguments:
        hint = (
            f' Did you mean to define argument "{kind}"?'
            " If so, use the equals sign to assign it a value."
        )
    detail = f'Blocks of type "{kind}" are not expected here.{hint}'
    return place.error("Unsupported block type", detail)
