"""The errors that a body can hold, worded as HCL's diagnostics, with a hint at what was meant."""

from __future__ import annotations

from generator.errors import HclError, JobspecError
from generator.hcl import content, jsonsyntax, nodes, spelling
from generator.jobspec.schema import fields

_API_NAMES = ("Job", "ID", "Name", "Type", "TaskGroups", "Datacenters", "Region", "Namespace")


def problem(
    source: nodes.Source, offset: int, message: str, *, hint: str | None = None
) -> JobspecError:
    """An error at a place of the job file."""
    return JobspecError(message, source.position(offset), source=source.text, hint=hint)


def unsupported_argument(attribute: nodes.Attribute, schema: fields.Schema) -> JobspecError:
    """No argument of this name belongs here."""
    error = content.unsupported_argument(attribute, sorted(schema.attributes), schema.blocks)
    return _of_a_job(error, hint=_where(attribute.name, error))


def unsupported_block(place: nodes.Node, kind: str, schema: fields.Schema) -> JobspecError:
    """No block of this type belongs here."""
    error = content.unsupported_block(place, kind, schema.attributes, sorted(schema.blocks))
    return _of_a_job(error, hint=_where(kind, error))


def unsupported_property(
    source: nodes.Source, name: jsonsyntax.Text, schema: fields.Schema
) -> JobspecError:
    """No argument and no block of this name belongs here, in a JSON file."""
    hint = spelling.suggest(name.value, sorted((*schema.attributes, *schema.blocks)))
    detail = f'No argument or block type is named "{name.value}".{hint}'
    is_api_job = "job" in schema.blocks and name.value in _API_NAMES
    return problem(
        source,
        name.start,
        f"Extraneous JSON object property; {detail}",
        hint="a job in the JSON of Nomad's API is read with --json" if is_api_job else None,
    )


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
    return _of_a_job(content.missing_argument(body, name))


def check_labels(block: nodes.Block, names: tuple[str, ...]) -> None:
    """Raise when the block has more or fewer labels than these."""
    try:
        content.check_labels(block, names)
    except HclError as error:
        raise _of_a_job(error) from None


def _where(name: str, error: HclError) -> str | None:
    """Where else a name belongs, if nothing like it belongs where it stands."""
    if "Did you mean" in error.message:
        return None
    from generator.jobspec.schema import places

    found = places.of(name)
    return f"{name} belongs into: {', '.join(found)}" if found else None


def _of_a_job(error: HclError, hint: str | None = None) -> JobspecError:
    return JobspecError(error.message, error.position, source=error.source, hint=hint or error.hint)
