"""What names mean: the variables and functions that an expression may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from generator import records
from generator.errors import HclError
from generator.hcl import access, nodes, signatures, spelling, values
from generator.hcl.values import Value

_NOTHING: Final = values.Object({})


@records.record
class Scope:
    """What names mean in an expression.

    With ``keep_unknown`` a reference to a variable that is not there is its own source text as
    ``${…}``, to be resolved by Nomad's client (types.config.go, UndefinedVariable); else it is an
    error. None as ``variables`` or ``functions`` means that there may be none at all. ``declared`` are
    the types of what may be null: a null in itself has none here, but in HCL it can have one.
    """

    variables: Mapping[str, Value] | None = None
    functions: Mapping[str, signatures.Callee] | None = None
    keep_unknown: bool = False
    item: Value = None
    declared: values.Object = _NOTHING

    def with_variables(self, variables: Mapping[str, Value]) -> Scope:
        """The scope with more variables, which hide others of the same names."""
        return records.replace(self, variables={**(self.variables or {}), **variables})


CONSTANTS: Final = Scope()


def type_of_null(node: nodes.Expression, scope: Scope) -> values.Type:
    """The type of a null that an expression gave, as far as it was declared."""
    while isinstance(node, nodes.Parentheses | nodes.TemplateWrap):
        node = node.expression
    if not isinstance(node, nodes.Traversal):
        return values.ANY
    found = scope.declared.attributes.get(node.root)
    for step in node.steps:
        match found, step:
            case values.Object(attributes=attributes), nodes.GetAttribute(name=name):
                found = attributes.get(name)
            case values.Map(element=element) | values.List(element=element), _:
                found = element
            case _:
                return values.ANY
    return found or values.ANY


def look_up(node: nodes.Traversal, scope: Scope) -> Value:
    """What a reference stands for."""
    variables = scope.variables
    if variables is not None and node.root in variables:
        value = variables[node.root]
        try:
            for step in node.steps:
                value = access.take_step(value, step)
        except HclError as error:
            error.hint = error.hint or _meant(node, variables)
            raise
        return value
    if scope.keep_unknown:
        return _runtime_reference(node)
    if variables is None:
        summary, detail = "Variables not allowed", "Variables may not be used here."
    else:
        summary = "Unknown variable"
        hint = spelling.suggest(node.root, sorted(variables))
        detail = f'There is no variable named "{node.root}".{hint}'
    raise node.error(summary, detail)


def _meant(node: nodes.Traversal, variables: Mapping[str, Value]) -> str | None:
    """Which name there is that is like the one that is not there, or the same in another place."""
    first = node.steps[0]
    found = variables[node.root]
    if not isinstance(first, nodes.GetAttribute) or not isinstance(found, dict):
        return None
    if first.name in found:
        return None
    for root, value in variables.items():
        if isinstance(value, dict) and first.name in value:
            return f"did you mean {root}.{first.name}?"
    near = spelling.nearest(first.name, sorted(found))
    return f"did you mean {node.root}.{near}?" if near else None


def _runtime_reference(node: nodes.Traversal) -> str:
    """The reference as the client shall read it, with ``${`` and ``}`` around it.

    Where the source has them, Nomad copies from there, and when more closing braces follow it
    copies too much; so do we.
    """
    text, start, end = node.source.text, node.start, node.end
    while start and text[start - 1] == " ":
        start -= 1
    if not text.startswith("${", max(0, start - 2)):
        return f"${{{node.text}}}"
    result = text[start - 2 : end]
    for index in range(end + 1, len(text)):
        if text[index] == "}":
            result += text[end:index]
        elif text[index] != " ":
            return result + "}"
    return result
