"""A function call: find the function, check and convert the arguments, tell what went wrong.

Mirrors FunctionCallExpr.Value (hclsyntax/expression.go) and Function.Call (go-cty).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

from generator import limits
from generator.errors import HclError, ImpureError
from generator.hcl import conversion, escapes, nodes, signatures, spelling
from generator.hcl.values import Value

Evaluate: TypeAlias = Callable[[nodes.Expression], Value]


def call(
    node: nodes.Call, functions: Mapping[str, signatures.Callee] | None, evaluate: Evaluate
) -> Value:
    """The value of a call; arguments are evaluated with ``evaluate``."""
    function = _find(node, functions)
    if isinstance(function, signatures.SpecialForm):
        expressions = _expand(node, evaluate) if node.expand_final else node.arguments
        _check_count(node, function, expressions)
        try:
            return function.call(expressions, evaluate)
        except signatures.FunctionError as error:
            raise _failure(node, function, error, expressions) from None
    places, arguments = _evaluate_arguments(node, function, evaluate)
    for index, argument in enumerate(arguments):
        if argument is None and not _parameter(function, index).nullable:
            raise _invalid(places[index], _parameter(function, index), "argument must not be null")
    try:
        result = function.call(*arguments)
        _pay(result)
        return escapes.normalize(result) if isinstance(result, str) else result
    except signatures.FunctionError as error:
        raise _failure(node, function, error, places) from None
    except OverflowError as error:
        detail = f'Call to function "{node.name}" failed: {error}.'
        raise node.error(_CALL_FAILED, detail) from None


_CALL_FAILED = "Error in function call"
_IMPURE_HINT = "--allow-impure turns it on; then two runs may give different jobs"
_INVALID_ARGUMENT = "Invalid function argument"


# What Terraform has, and how it is said here.
_ELSEWHERE = {
    "endswith": "trimsuffix(text, suffix) != text says whether a text ends so",
    "one": "write list[0]",
    "regex": "regex_replace(text, pattern, replacement) is the only function of patterns",
    "startswith": "trimprefix(text, prefix) != text says whether a text begins so",
    "templatefile": "a task's template block renders files, when the task starts",
    "timestamp": "a job file cannot ask for the time",
    "tobool": "write convert(value, bool)",
    "tolist": "write convert(value, list(any))",
    "tomap": "write convert(value, map(any))",
    "tonumber": "write convert(value, number)",
    "toset": "write convert(value, set(any))",
    "tostring": "write convert(value, string)",
    "uuid": "write uuidv5(namespace, name)",
}


def _find(node: nodes.Call, functions: Mapping[str, signatures.Callee] | None) -> signatures.Callee:
    if functions is None:
        summary, detail = "Function calls not allowed", "Functions may not be called here."
        raise node.error(summary, detail)
    if node.name in functions:
        return functions[node.name]
    namespace, separator, _ = node.name.rpartition("::")
    if separator:
        detail = f'There are no functions in namespace "{namespace}::".'
    else:
        near = spelling.suggest(node.name, sorted(functions))
        detail = f'There is no function named "{node.name}".{near}'
    message = f"Call to unknown function; {detail}"
    hint = _ELSEWHERE.get(node.name)
    raise HclError(message, node.position, source=node.source.text, hint=hint)


def _evaluate_arguments(
    node: nodes.Call, function: signatures.Function, evaluate: Evaluate
) -> tuple[list[nodes.Expression], list[Value]]:
    """The arguments, of their parameters' types, and for each the expression to blame."""
    places = [*node.arguments]
    spread: list[Value] = []
    if node.expand_final:
        place = places.pop()
        spread = _spread(place, evaluate(place))
        _check_count(node, function, places + [place] * len(spread))
    else:
        _check_count(node, function, places)
    converted = [
        _convert(place, evaluate(place), _parameter(function, index))
        for index, place in enumerate(places)
    ]
    for value in spread:
        place = node.arguments[-1]
        converted.append(_convert(place, value, _parameter(function, len(converted))))
        places.append(place)
    return places, converted


def _expand(node: nodes.Call, evaluate: Evaluate) -> tuple[nodes.Expression, ...]:
    """The arguments of a special form, with what ``...`` makes of the last one."""
    *first, last = node.arguments
    spread = (
        nodes.Literal(source=last.source, start=last.start, end=last.end, value=cast("str", value))
        for value in _spread(last, evaluate(last))
    )
    return (*first, *spread)


def _spread(place: nodes.Expression, value: Value) -> list[Value]:
    """The elements that ``...`` makes arguments of."""
    if isinstance(value, list):
        return value
    detail = "The expanding argument (indicated by ...) must be of a tuple, list, or set type."
    if value is None:
        detail = "The expanding argument (indicated by ...) must not be null."
    summary = "Invalid expanding argument value"
    raise place.error(summary, detail)


def _check_count(
    node: nodes.Call, function: signatures.Callee, arguments: Sequence[nodes.Expression]
) -> None:
    parameters = function.parameters
    if len(arguments) < len(parameters):
        least = " at least" if function.variadic else ""
        missing = parameters[len(arguments)].name
        summary = "Not enough function arguments"
        detail = (
            f'Function "{node.name}" expects{least} {len(parameters)} argument(s). Missing value '
            f'for "{missing}".'
        )
        raise node.source.error(node.end - 1, summary, detail)
    if function.variadic is None and len(arguments) > len(parameters):
        summary = "Too many function arguments"
        detail = f'Function "{node.name}" expects only {len(parameters)} argument(s).'
        first_extra = arguments[len(parameters)]
        raise node.source.error(nodes.start_of(first_extra), summary, detail)


def _parameter(function: signatures.Callee, index: int) -> signatures.Parameter:
    if index < len(function.parameters):
        return function.parameters[index]
    assert function.variadic is not None
    return function.variadic


def _convert(place: nodes.Expression, argument: Value, parameter: signatures.Parameter) -> Value:
    _pay(argument)
    try:
        return conversion.convert(argument, parameter.type)
    except conversion.ConversionError as error:
        raise _invalid(place, parameter, str(error)) from None


def _pay(value: Value) -> None:
    """Spend what it costs to go through a value."""
    if isinstance(value, str):
        limits.spend(1 + (len(value) >> 1))
    else:
        limits.spend_on(value)


def _invalid(place: nodes.Expression, parameter: signatures.Parameter, reason: str) -> HclError:
    detail = f'Invalid value for "{parameter.name}" parameter: {reason}.'
    return place.source.error(nodes.start_of(place), _INVALID_ARGUMENT, detail)


def _failure(
    node: nodes.Call,
    function: signatures.Callee,
    error: signatures.FunctionError,
    places: Sequence[nodes.Expression],
) -> HclError:
    if error.argument is None or error.argument >= len(places):
        is_impure = isinstance(error, signatures.ImpureCallError)
        kind, hint = (ImpureError, _IMPURE_HINT) if is_impure else (HclError, error.hint)
        message = f'{_CALL_FAILED}; Call to function "{node.name}" failed: {error}.'
        return kind(message, node.position, source=node.source.text, hint=hint)
    return _invalid(places[error.argument], _parameter(function, error.argument), str(error))
