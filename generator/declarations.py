"""variables.hcl of a pack -> its declared variables: name, type, default.

As nomad-pack's decoder reads them (internal/pkg/variable/decoder/decode.go): constants only, and
of two declarations of one name the later counts.
"""

from __future__ import annotations

from generator import hcl, records
from generator.errors import HclError, Position, VariableError
from generator.hcl import content, evaluator, nodes, types, values

_FILE = content.Schema(blocks={"variable": ("name",)})
_VARIABLE = content.Schema({"description": False, "default": False, "type": False})


@records.record(kw_only=True)
class Declaration:
    """A variable: with None as default it needs a value, with None as type it takes any."""

    name: str
    type: types.Type | None
    description: str
    default: types.Value


def parse(text: str, file: str) -> dict[str, Declaration]:
    """Read the text of a variables.hcl."""
    body = hcl.parse(text, file)
    content.check(body, _FILE)
    return {block.labels[0]: _declaration(block) for block in body.blocks}


def mismatch(reason: str, position: Position | None = None, source: str = "") -> VariableError:
    """What nomad-pack says to a value that does not become one of the declared type."""
    msg = f"This variable value is not compatible with the variable's type constraint: {reason}."
    return VariableError(msg, position, source=source)


def _declaration(block: nodes.Block) -> Declaration:
    content.check(block.body, _VARIABLE)
    name = block.labels[0]
    if not _is_identifier(name):
        detail = (
            "Name must start with a letter or underscore and may contain only letters, digits,"
            " underscores, and dashes."
        )
        summary = "Invalid variable name"
        raise block.error(summary, detail)
    given = {attribute.name: attribute.expression for attribute in block.body.attributes}
    declared = types.parse_type(given["type"]) if "type" in given else None
    return Declaration(
        name=name,
        type=declared,
        description=_description(given["description"]) if "description" in given else "",
        default=_default(given["default"], declared) if "default" in given else None,
    )


def _is_identifier(name: str) -> bool:
    return not name.startswith("-") and name.replace("-", "_").isidentifier()


def _description(expression: nodes.Expression) -> str:
    value = evaluator.evaluate(expression, evaluator.CONSTANTS)
    if not isinstance(value, str):
        kind = values.friendly_name(values.type_of(value))
        detail = f"The description attribute is expected to be of type string, got {kind}"
        summary = "Invalid type for description"
        raise expression.error(summary, detail)
    return value


def _default(expression: nodes.Expression, declared: types.Type | None) -> types.Value:
    """The default, converted unless it looks like the type already; ``{}`` may stay ``{}``."""
    value = evaluator.evaluate(expression, evaluator.CONSTANTS)
    if declared is None or value is None:
        return value
    value = types.apply_defaults(value, declared)
    given = types.type_of(value)
    same_name = values.friendly_name(given) == values.friendly_name(declared)
    if same_name and not (isinstance(given, types.Object) and given.attributes):
        return value
    try:
        return types.convert(value, declared)
    except HclError as error:
        raise mismatch(error.message, expression.position, expression.source.text) from None
