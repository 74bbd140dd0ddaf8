"""The errors that a body can hold, worded as HCL's diagnostics, with a hint at what was meant."""

from __future__ import annotations

from generator.errors import JobspecError
from generator.hcl import nodes, spelling
from generator.jobspec import jsonsyntax
from generator.jobspec.schema import fields


def problem(
    source: nodes.Source, offset: int, message: str, *, hint: str | None = None
) -> JobspecError:
    """An error at a place of the job file."""
    return JobspecError(message, source.position(offset), source=source.text, hint=hint)


def unsupported_argument(attribute: nodes.Attribute, schema: fields.Schema) -> JobspecError:
    """No argument of this name belongs here."""
    name = attribute.name
    hint = spelling.suggest(name, schema.attributes)
    if not hint and name in schema.blocks:
        hint = f' Did you mean to define a block of type "{name}"?'
    message = f'Unsupported argument; An argument named "{name}" is not expected here.{hint}'
    return problem(attribute.source, attribute.start, message)


def unsupported_property(
    source: nodes.Source, name: jsonsyntax.Text, schema: fields.Schema
) -> JobspecError:
    """No argument and no block of this name belongs here, in a JSON file."""
    hint = spelling.suggest(name.value, (*schema.attributes, *schema.blocks))
    detail = f'No argument or block type is named "{name.value}".{hint}'
    return problem(source, name.start, f"Extraneous JSON object property; {detail}")


def unsupported_block(
    source: nodes.Source, offset: int, type_: str, schema: fields.Schema
) -> JobspecError:
    """No block of this type belongs here."""
    hint = spelling.suggest(type_, schema.blocks)
    if not hint and type_ in schema.attributes:
        hint = (
            f' Did you mean to define argument "{type_}"? '
            "If so, use the equals sign to assign it a value."
        )
    message = f'Unsupported block type; Blocks of type "{type_}" are not expected here.{hint}'
    return problem(source, offset, message)


def duplicate_block(block: nodes.Block, first: nodes.Node) -> JobspecError:
    """A block that may stand once stands here again."""
    type_ = block.type
    message = (
        f"Duplicate {type_} block; Only one {type_} block is allowed. "
        f"Another was defined at {first.position}."
    )
    return problem(block.source, block.start, message)


def missing_argument(body: nodes.Body, name: str) -> JobspecError:
    """An argument without which the block means nothing is not there."""
    message = (
        f'Missing required argument; The argument "{name}" is required, '
        "but no definition was found."
    )
    return problem(body.source, body.start, message)


def check_labels(block: nodes.Block, names: tuple[str, ...]) -> None:
    """Raise when the block has more or fewer labels than these."""
    given = block.label_nodes
    if len(given) < len(names):
        wanted = f"must have {len(names)} labels ({', '.join(names)})"
        message = f"Missing {names[len(given)]} for {block.type}; All {block.type} blocks {wanted}."
        raise problem(block.source, block.open_brace, message)
    if len(given) > len(names):
        wanted = f"Only {len(names)} labels ({', '.join(names)}) are" if names else "No labels are"
        message = f"Extraneous label for {block.type}; {wanted} expected for {block.type} blocks."
        raise problem(block.source, given[len(names)].start, message)
