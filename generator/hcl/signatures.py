"""What a function takes: the declarations by which the evaluator checks and converts arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from generator import records
from generator.hcl import nodes, values
from generator.hcl.values import Type, Value


class FunctionError(Exception):
    """A function cannot give a result; ``argument`` is the index of the one to blame, if any."""

    def __init__(
        self, message: str, argument: int | None = None, *, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.argument = argument
        self.hint = hint


class ImpureCallError(FunctionError):
    """A function is called that would need leave to be impure; no ``try`` hides that."""


@records.record
class Parameter:
    """A parameter, called as go-cty calls it in messages."""

    name: str
    type: Type = values.ANY
    nullable: bool = False


@records.record
class Function:
    """A function of values; the arguments are converted to the parameters' types before."""

    call: Callable[..., Value]
    parameters: tuple[Parameter, ...] = ()
    variadic: Parameter | None = None


@records.record
class SpecialForm:
    """A function that gets its arguments as expressions, with the means to evaluate them."""

    call: Callable[[Sequence[nodes.Expression], Callable[[nodes.Expression], Value]], Value]
    parameters: tuple[Parameter, ...] = ()
    variadic: Parameter | None = None


Callee: TypeAlias = Function | SpecialForm
