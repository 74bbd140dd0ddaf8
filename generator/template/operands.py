"""Expressions of a Go template to Jinja2 expressions, and the variables they use.

Each operation of a compiled template is a Jinja filter of the frame. Variables are free
identifiers, that is, plain locals of the macro, so that ``=`` reaches out of a loop as it does in
Go; each declaration has its own, so that an inner one hides an outer one. Only a variable that is
given its value inside parentheses, where Python takes no statement, is a cell of the frame.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import assert_never

from jinja2 import nodes as jinja

from generator import records
from generator.template import macros, nodes, sites


@records.record
class _Passed:
    """What a method gets: expressions, and what is known of each."""

    expressions: tuple[jinja.Expr, ...]
    arguments: tuple[sites.Argument, ...]


_NOTHING = _Passed((), ())


class Operands(macros.Macro):
    """The part of a macro's translation that makes expressions."""

    def assign(self, variable: nodes.Variable, pipe: nodes.Pipe, value: jinja.Expr) -> jinja.Expr:
        known = self.find(variable.name)
        if known is None:
            message = f"undefined variable: {variable.name}"
            self.add(jinja.ExprStmt(self.failure(last_place(pipe), message, value), lineno=1))
            return value
        return self.put(known.home, value)

    def commands(self, pipe: nodes.Pipe) -> jinja.Expr:
        """The value of a pipeline, without what its variables do."""
        place: nodes.Node = pipe
        value: jinja.Expr | None = None
        for command in pipe.commands:
            value = self.command(command, place, value)
            place = last_place(command)
        assert value is not None
        return value

    def command(
        self, command: nodes.Command, before: nodes.Node, piped: jinja.Expr | None
    ) -> jinja.Expr:
        first = command.operands[0]
        given = len(command.operands) > 1 or piped is not None
        extra = [] if piped is None else [piped]
        match first:
            case nodes.Identifier():
                return self.call(first, command, command.operands[1:], piped)
            case nodes.Field() | nodes.Chain() | nodes.Variable() if not _bare(first):
                arguments, last = self.arguments(first, command.operands[1:], piped)
                expressions = [*(self.operand(each) for each in command.operands[1:]), *extra]
                passed = arguments + ((last,) if last else ())
                return self.operand(first, _Passed(tuple(expressions), passed))
            case nodes.Nil() if not given:
                return self.failure(first, "nil is not a command")
            case _ if given:
                place = before if isinstance(first, nodes.Pipe) else first
                return self.failure(place, f"can't give argument to non-function {first}", *extra)
            case _:
                return self.operand(first)

    def operand(
        self,
        operand: nodes.Operand,
        passed: _Passed = _NOTHING,
    ) -> jinja.Expr:
        match operand:
            case nodes.Dot():
                return self.dot
            case nodes.Nil() | nodes.Bool() | nodes.String() | nodes.Number():
                return self.constant(operand)
            case nodes.Identifier():
                return self.call(operand, operand, (), None)
            case nodes.Pipe():
                return self.nested(operand)
            case nodes.Field():
                return self.look_up(operand, operand.path, self.dot, self.dot_boxed, passed)
            case nodes.Variable():
                return self.variable(operand, passed)
            case nodes.Chain():
                if isinstance(operand.operand, nodes.Nil):
                    return self.failure(operand, f"indirection through explicit nil in {operand}")
                place = last_place(operand.operand)
                boxed = not isinstance(operand.operand, nodes.Pipe)
                value = self.operand(operand.operand)
                return self.look_up(place, operand.path, value, boxed, passed)
            case _:
                assert_never(operand)

    def look_up(
        self,
        place: nodes.Node,
        path: tuple[str, ...],
        value: jinja.Expr,
        boxed: bool,
        passed: _Passed,
    ) -> jinja.Expr:
        site = self.site(sites.Lookup(macros.at(place), path, boxed, passed.arguments))
        return self.operation("look_up", site, value, *passed.expressions)

    def constant(self, literal: nodes.Nil | nodes.Bool | nodes.String | nodes.Number) -> jinja.Expr:
        match literal:
            case nodes.Nil():
                return jinja.Const(None, lineno=1)
            case nodes.String():
                return jinja.Const(literal.text, lineno=1)
            case nodes.Number(value=None):
                return self.failure(literal, f"{literal} overflows int")
            case _:
                return jinja.Const(literal.value, lineno=1)

    def variable(self, operand: nodes.Variable, passed: _Passed) -> jinja.Expr:
        known = self.find(operand.name)
        if known is None:
            return self.failure(operand, f"undefined variable: {operand.name}")
        value: jinja.Expr
        match known.home:
            case str() as cell:
                value = self.operation("load", jinja.Const(cell, lineno=1))
            case local:
                value = local
        if not operand.path:
            return value
        return self.look_up(operand, operand.path, value, known.boxed, passed)

    def nested(self, pipe: nodes.Pipe) -> jinja.Expr:
        """A pipeline in parentheses: its variables live in cells, as no statement can stand here."""
        value = self.commands(pipe)
        for variable in pipe.variables:
            if pipe.assigns:
                known = self.find(variable.name)
                if known is None:
                    message = f"undefined variable: {variable.name}"
                    return self.failure(last_place(pipe), message, value)
                home = str(known.home)
            else:
                home = self.cell()
                self.scopes[-1][variable.name] = macros.Variable(home, boxed=False)
            value = self.operation("store", jinja.Const(home, lineno=1), value)
        return value

    def call(
        self,
        name: nodes.Identifier,
        node: nodes.Node,
        operands: Sequence[nodes.Operand],
        piped: jinja.Expr | None,
    ) -> jinja.Expr:
        signature = self.signatures[name.name]
        miscounted = signature.miscounted(name.name, len(operands), piped=piped is not None)
        if miscounted:
            return self.failure(name, miscounted, *([] if piped is None else [piped]))
        if name.name in ("and", "or"):
            return self.logic(name.name, [self.operand(each) for each in operands], piped)
        arguments, last = self.arguments(name, operands, piped)
        bound = sum(1 for _ in itertools.takewhile(_is_literal, arguments))
        site = sites.Call(
            place=macros.at(node),
            name=name.name,
            arguments=arguments,
            piped=last,
            bound=bound,
        )
        number = self.site(site)
        expressions = [self.operand(each) for each in operands[bound:]]
        if piped is None:
            return self.operation("call", number, *expressions)
        return self.operation("feed", number, piped, *expressions)

    def arguments(
        self, name: nodes.Operand, operands: Sequence[nodes.Operand], piped: jinja.Expr | None
    ) -> tuple[tuple[sites.Argument, ...], sites.Argument | None]:
        """What is passed, and what is piped: that has its errors where the last argument is."""
        found = tuple(_argument(each, boxed=self.is_boxed(each)) for each in operands)
        if piped is None:
            return found, None
        return found, sites.Argument(place=found[-1].place if found else macros.at(name))

    def is_boxed(self, operand: nodes.Operand) -> bool:
        """Whether a nil from here is one that Go took out of a container."""
        match operand:
            case nodes.Pipe():
                return False
            case nodes.Dot():
                return self.dot_boxed
            case nodes.Variable() if not operand.path:
                known = self.find(operand.name)
                return known is not None and known.boxed
            case _:
                return True

    def logic(self, name: str, operands: list[jinja.Expr], piped: jinja.Expr | None) -> jinja.Expr:
        """``and`` and ``or`` stop at the first value that decides, as Python's do."""
        combine = jinja.And if name == "and" else jinja.Or
        if piped is None:
            return _combined(combine, operands)
        if not operands:
            return piped
        # The piped value is evaluated first and used last.
        cell = jinja.Const(self.cell(), lineno=1)
        chosen = _combined(combine, [*operands, self.operation("load", cell)])
        return jinja.And(self.operation("hold", cell, piped), chosen, lineno=1)


def _combined(combine: type[jinja.And] | type[jinja.Or], operands: list[jinja.Expr]) -> jinja.Expr:
    """All operands under one operator, in a tree that is as flat as it can be."""
    if len(operands) == 1:
        return operands[0]
    half = len(operands) // 2
    return combine(
        _combined(combine, operands[:half]), _combined(combine, operands[half:]), lineno=1
    )


def _argument(operand: nodes.Operand, *, boxed: bool) -> sites.Argument:
    kind, value = _literal(operand)
    place = macros.at(last_place(operand))
    return sites.Argument(place=place, text=str(operand), kind=kind, value=value, boxed=boxed)


def _literal(operand: nodes.Operand) -> tuple[str, str | bool | int | float | complex | None]:
    """The kind of a literal and its value, empty and None for anything else."""
    match operand:
        case nodes.String(text=text):
            return sites.STRING, text
        case nodes.Bool(value=truth):
            return sites.BOOL, truth
        case nodes.Number(value=number):
            return sites.NUMBER, number
        case nodes.Nil():
            return sites.NIL, None
        case _:
            return "", None


def _is_literal(argument: sites.Argument) -> bool:
    return argument.literal


def _bare(operand: nodes.Field | nodes.Chain | nodes.Variable) -> bool:
    """Whether no field is looked up: then there is no method either that arguments may go to."""
    return not operand.path


def last_place(node: nodes.Node | nodes.Pipe) -> nodes.Node:
    """The node that Go evaluates last in this one: there it places errors that come after."""
    match node:
        case nodes.Pipe():
            return last_place(node.commands[-1])
        case nodes.Command():
            return last_place(node.operands[-1])
        case nodes.Chain():
            return last_place(node.operand)
        case _:
            return node
