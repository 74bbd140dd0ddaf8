"""The ``validation`` blocks of a variable: rules that its value has to keep.

Mirrors jobspec2/types.variables.go (decodeVariableValidationBlock, validateValue).
"""

from __future__ import annotations

from generator import records
from generator.errors import HclError
from generator.hcl import evaluator, functions, nodes, references, scopes, types
from generator.jobspec import content, conversions, problems
from generator.jobspec.schema import file
from generator.jobspec.schema.fields import Kind


@records.record
class Assignment:
    """A value that was given to a variable; ``origin`` is Nomad's word for where."""

    value: types.Value
    origin: str
    expression: nodes.Expression


@records.record(kw_only=True)
class Rule:
    """A condition that holds for the variable's value, and what to say when it does not."""

    condition: nodes.Expression
    message: str
    block: nodes.Block


def read(name: str, block: nodes.Block) -> Rule:
    """The rule that a ``validation`` block of the variable of this name is."""
    given = content.read_content(block.body, file.VALIDATION)
    condition = given.arguments["condition"].expression
    _check_references(name, condition)
    text = given.arguments["error_message"].expression
    message = conversions.decode_expression(text, Kind.TEXT, scopes.CONSTANTS)
    _check_message(message, text)
    return Rule(condition=condition, message=str(message), block=block)


def check(rule: Rule, name: str, assignment: Assignment) -> None:
    """Raise when the value breaks the rule."""
    scope = scopes.Scope({"var": {name: assignment.value}}, functions.FUNCTIONS)
    condition = rule.condition
    value = evaluator.evaluate(condition, scope)
    summary = "Invalid variable validation result"
    if value is None:
        detail = "Validation condition expression must return either true or false, not null."
        raise condition.error(summary, detail)
    try:
        holds = types.convert(value, types.BOOL)
    except HclError as error:
        detail = f"Invalid validation condition result value: {error.message}."
        raise condition.error(summary, detail) from None
    if not holds:
        rule_range = rule.block.source.range(rule.block.start, rule.block.open_brace - 1)
        message = (
            f"Invalid value for {assignment.origin} variable; {rule.message}\n\n"
            f"This was checked by the validation rule at {rule_range}."
        )
        expression = assignment.expression
        raise problems.problem(expression.source, expression.start, message)


def _check_references(name: str, condition: nodes.Expression) -> None:
    """A condition is about its own variable and nothing else."""
    good = False
    for reference in references.find(condition):
        first = reference.steps[0] if reference.steps else None
        if reference.root != "var" or first is None or getattr(first, "name", None) != name:
            message = (
                f'Invalid reference in variable validation; The condition for variable "{name}" '
                f"can only refer to the variable itself, using var.{name}."
            )
            raise problems.problem(reference.source, reference.start, message)
        good = True
    if not good:
        message = (
            f'Invalid variable validation condition; The condition for variable "{name}" must '
            f"refer to var.{name} in order to test incoming values."
        )
        raise problems.problem(condition.source, condition.start, message)


def _check_message(message: object, expression: nodes.Expression) -> None:
    """The message ends up among Nomad's own, and has to read like them."""
    summary = "Invalid validation error message"
    if not isinstance(message, str) or not message:
        detail = "An empty string is not a valid nor useful error message."
        raise problems.problem(expression.source, expression.start, f"{summary}; {detail}")
    first = message[0]
    if (first.isalpha() and not first.isupper()) or message[-1] not in ".?!":
        detail = (
            "Validation error message must be at least one full sentence starting with an "
            "uppercase letter ( if the alphabet permits it ) and ending with a period or question "
            "mark."
        )
        raise problems.problem(expression.source, expression.start, f"{summary}; {detail}")
