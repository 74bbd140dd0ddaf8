"""The variables and locals of a job file: what ``var.x`` and ``local.y`` are.

Mirrors jobspec2/types.variables.go and the variables' part of types.config.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator import hcl, records
from generator.errors import HclError, JobspecError
from generator.hcl import cursor, evaluator, jsonsyntax, nodes, scopes, spelling, types
from generator.jobspec import content, conversions, jsonbody, problems, validations
from generator.jobspec.schema import fields, file
from generator.jobspec.schema.fields import Kind

_ENVIRONMENT_PREFIX = "NOMAD_VAR_"
_DETAILS = "https://developer.hashicorp.com/nomad/docs/job-specification/hcl2/variables"


@records.record(kw_only=True)
class Variable:
    """A declared variable; without ``type`` it takes any value."""

    name: str
    place: nodes.Node
    type: types.Type | None = None
    assignment: validations.Assignment | None = None
    rules: tuple[validations.Rule, ...] = ()


def declare(declarations: content.Content) -> dict[str, Variable]:
    """The variables that a file declares, with their defaults."""
    found: dict[str, Variable] = {}
    blocks = declarations.blocks["variables"] + declarations.blocks["variable"]
    for block in sorted(blocks, key=lambda each: each.start):
        for variable in _declared_by(block):
            if variable.name in found:
                message = (
                    f"Duplicate variable; Duplicate {variable.name} variable definition found."
                )
                raise problems.problem(variable.place.source, variable.place.start, message)
            found[variable.name] = variable
    return found


def _declared_by(block: nodes.Block) -> list[Variable]:
    if block.type == "variable":
        return [_declare(block)]
    return [_declare_plain(attribute) for attribute in content.just_arguments(block.body)]


def _declare_plain(attribute: nodes.Attribute) -> Variable:
    value = evaluator.evaluate(attribute.expression, scopes.CONSTANTS)
    assignment = validations.Assignment(value, "default", attribute.expression)
    type_ = types.type_of(value)
    return Variable(name=attribute.name, place=attribute, type=type_, assignment=assignment)


def _declare(block: nodes.Block) -> Variable:
    given = content.read_content(block.body, file.VARIABLE)
    label = block.label_nodes[0]
    _check_name(label)
    if description := given.arguments.get("description"):
        conversions.decode_expression(description.expression, Kind.TEXT, scopes.CONSTANTS)
    variable = Variable(name=label.value, place=block)
    if type_ := given.arguments.get("type"):
        variable = records.replace(variable, type=types.parse_type(type_.expression, exact=True))
    if default := given.arguments.get("default"):
        variable = _assign_default(variable, default.expression)
    rules = tuple(validations.read(variable.name, each) for each in given.blocks["validation"])
    return records.replace(variable, rules=rules)


def _check_name(label: nodes.Label) -> None:
    name = label.value
    if name.startswith("-") or not name.replace("-", "_").isidentifier():
        message = (
            "Invalid variable name; A name must start with a letter or underscore and may contain "
            "only letters, digits, underscores, and dashes."
        )
        raise problems.problem(label.source, label.start, message)


def _assign_default(variable: Variable, expression: nodes.Expression) -> Variable:
    value = evaluator.evaluate(expression, scopes.CONSTANTS)
    if variable.type is None:
        type_ = types.type_of(value)
        return records.replace(
            variable, type=type_, assignment=validations.Assignment(value, "default", expression)
        )
    summary = "Invalid default value for variable; This default value is"
    value = _convert(value, variable.type, expression, summary)
    return records.replace(
        variable, assignment=validations.Assignment(value, "default", expression)
    )


def assign_environment(variables: dict[str, Variable], environment: Mapping[str, str]) -> None:
    """Take over the values that an environment gives as ``NOMAD_VAR_name``; others are ignored."""
    for key, text in environment.items():
        name = key.removeprefix(_ENVIRONMENT_PREFIX)
        variable = variables.get(name)
        if name == key or variable is None:
            continue
        expression = _read_given(variable, text, f"<value for var.{name} from env>")
        value = evaluator.evaluate(expression, scopes.CONSTANTS)
        variables[name] = _assign(variable, value, "env", expression)


def assign_definitions(
    variables: dict[str, Variable], text: str, name: str, *, strict: bool = False
) -> None:
    """Take over the values that a text of definitions gives; others than declared are ignored.

    That is so with Nomad's API; ``strict`` is its command line, which refuses those.
    """
    source = cursor.read_source(text, name)
    body = (
        jsonbody.read_body(source, fields.CONSTANTS)
        if jsonsyntax.is_json(text)
        else hcl.parse(text, name)
    )
    for block in body.blocks:
        if block.type == "variable":
            message = (
                "Variable declaration in a .var file; A .var file is used to assign values to "
                "variables that have already been declared in job files, not to declare new "
                "variables."
            )
            raise problems.problem(block.source, block.start, message)
    for attribute in content.just_arguments(body):
        variable = variables.get(attribute.name)
        if variable is None and strict:
            raise _undefined(attribute, variables)
        value = evaluator.evaluate(attribute.expression, scopes.CONSTANTS)
        if variable is not None:
            variables[attribute.name] = _assign(variable, value, "varfile", attribute.expression)


def _undefined(attribute: nodes.Attribute, variables: Mapping[str, Variable]) -> JobspecError:
    name = attribute.name
    hint = spelling.suggest(name, sorted(variables))
    message = (
        f'Undefined variable; A "{name}" variable was set but was not found in known variables. To '
        f'declare variable "{name}", place this block in your job files.{hint}'
    )
    return problems.problem(attribute.source, attribute.start, message)


def assign_arguments(variables: dict[str, Variable], arguments: Mapping[str, str]) -> None:
    """Take over values as a command line gives them: bare text for strings and numbers."""
    for name, text in arguments.items():
        variable = variables.get(name)
        if variable is None:
            hint = spelling.suggest(name, sorted(variables))
            message = (
                f'Undefined -var variable; A "{name}" variable was passed in the command line but '
                f"was not found in known variables.{hint}"
            )
            raise JobspecError(message)
        expression = _read_given(variable, text, f"<value for var.{name} from arguments>")
        value = evaluator.evaluate(expression, scopes.CONSTANTS)
        variables[name] = _assign(variable, value, "cmd", expression)


def _read_given(variable: Variable, text: str, file: str) -> nodes.Expression:
    """A text from outside a file as an expression: expressionFromVariableDefinition."""
    if variable.type not in (None, types.STRING, types.NUMBER):
        return hcl.parse_expression(text, file)
    source = cursor.read_source(text, file)
    return nodes.Literal(source=source, start=0, end=len(text), value=text)


def _assign(
    variable: Variable, value: types.Value, origin: str, expression: nodes.Expression
) -> Variable:
    if variable.type is not None:
        summary = (
            f"Invalid argument value for -var variable; The received arg value for {variable.name} is"
            if origin == "cmd"
            else f"Invalid value for variable; The value for {variable.name} is"
        )
        value = _convert(value, variable.type, expression, summary)
    return records.replace(variable, assignment=validations.Assignment(value, origin, expression))


def _convert(
    value: types.Value, type_: types.Type, expression: nodes.Expression, summary: str
) -> types.Value:
    try:
        return types.convert(value, type_)
    except HclError as error:
        message = f"{summary} not compatible with the variable's type constraint: {error.message}."
        raise problems.problem(expression.source, expression.start, message) from None


def types_of(variables: Mapping[str, Variable]) -> types.Type:
    """The type of ``var``: of every variable that has one."""
    return types.Object({each.name: each.type for each in variables.values() if each.type})


def values_of(variables: Mapping[str, Variable]) -> dict[str, types.Value]:
    """The value of every variable, after its rules were asked."""
    return {name: _value_of(variable) for name, variable in variables.items()}


def _value_of(variable: Variable) -> types.Value:
    assignment = variable.assignment
    if assignment is None:
        message = (
            f'Unset variable "{variable.name}"; A used variable must be set or have a default '
            f"value; see {_DETAILS} for details."
        )
        raise problems.problem(variable.place.source, variable.place.start, message)
    for rule in variable.rules:
        validations.check(rule, variable.name, assignment)
    return assignment.value
