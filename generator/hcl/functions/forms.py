"""``try``, ``can`` and ``convert``: they take expressions, not values (hcl/v2/ext/tryfunc, typeexpr)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from generator.errors import HclError, ImpureError
from generator.hcl import conversion, nodes, types, values
from generator.hcl.signatures import FunctionError, Parameter, SpecialForm
from generator.hcl.values import Value

Evaluate: TypeAlias = Callable[[nodes.Expression], Value]


def try_each(expressions: Sequence[nodes.Expression], evaluate: Evaluate) -> Value:
    """The first expression's value that can be evaluated."""
    if not expressions:
        msg = "at least one argument is required"
        raise FunctionError(msg)
    problems: list[str] = []
    for expression in expressions:
        try:
            return evaluate(expression)
        except ImpureError:
            raise
        except HclError as error:
            summary, _, detail = error.message.partition("; ")
            place = f" (at {error.position})" if error.position else ""
            problems.append(f"- {summary}{place}\n  {detail}\n")
    reasons = "".join(problems)
    msg = (
        f"no expression succeeded:\n{reasons}\n"
        "At least one expression must produce a successful result"
    )
    raise FunctionError(msg)


def can_evaluate(expressions: Sequence[nodes.Expression], evaluate: Evaluate) -> Value:
    try:
        evaluate(expressions[0])
    except ImpureError:
        raise
    except HclError:
        return False
    return True


def convert_to_type(expressions: Sequence[nodes.Expression], evaluate: Evaluate) -> Value:
    value_expression, type_expression = expressions
    wanted = values.without_optional(types.parse_type(type_expression))
    try:
        return conversion.convert(evaluate(value_expression), wanted)
    except conversion.ConversionError as error:
        raise FunctionError(str(error), 0) from None


FUNCTIONS: Final = {
    "can": SpecialForm(can_evaluate, (Parameter("expression"),)),
    "convert": SpecialForm(convert_to_type, (Parameter("value"), Parameter("type"))),
    "try": SpecialForm(try_each, variadic=Parameter("expressions")),
}
