"""The statements of a macro that is being made, its local variables, and its operations."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import nodes as jinja
from jinja2 import parser as jinja_parser

from generator import records
from generator.template import nodes, signatures, sites


def at(node: nodes.Node) -> sites.Place:
    """The place of a node, for errors."""
    return sites.Place(node.offset, str(node))


@records.record
class Variable:
    """Where a variable lives: a free identifier, or a cell of the frame by name."""

    home: jinja.InternalName | str
    boxed: bool


class Macro:
    """A macro in the making: statements and outputs so far, scopes of variables, dot and frame."""

    def __init__(
        self,
        cells: frozenset[str],
        names: jinja_parser.Parser,
        known: Mapping[str, signatures.Signature],
        found: list[sites.Site],
    ) -> None:
        self.cell_names = cells
        self.names = names
        self.signatures = known
        self.sites = found
        self.cells = 0
        self.statements: list[jinja.Node] = []
        self.output: list[jinja.Expr] = []
        self.scopes: list[dict[str, Variable]] = [{}]
        self.frame = self.local(jinja.Name("frame", "load", lineno=1))
        self.dot: jinja.Expr = self.local(jinja.Name("dot", "load", lineno=1))
        self.dot_boxed = False
        self.declare("$", self.dot)

    def local(self, value: jinja.Expr) -> jinja.InternalName:
        """A new local with a value."""
        name = self.names.free_identifier(lineno=1)
        self.add(jinja.Assign(name, value, lineno=1))
        return name

    def flush(self) -> None:
        """End the run of outputs: what follows is another statement."""
        if self.output:
            self.statements.append(jinja.Output(self.output, lineno=1))
            self.output = []

    def add(self, *statements: jinja.Node) -> None:
        self.flush()
        self.statements += statements

    def declare(self, name: str, value: jinja.Expr, *, boxed: bool = False) -> jinja.Expr:
        home: jinja.InternalName | str
        if name in self.cell_names:
            home = self.cell()
        elif name == "$":
            assert isinstance(value, jinja.InternalName)
            self.scopes[-1][name] = Variable(value, boxed)
            return value
        else:
            home = self.names.free_identifier(lineno=1)
        self.scopes[-1][name] = Variable(home, boxed)
        return self.put(home, value)

    def cell(self) -> str:
        self.cells += 1
        return f"cell{self.cells}"

    def put(self, home: jinja.InternalName | str, value: jinja.Expr) -> jinja.Expr:
        if isinstance(home, str):
            stored = self.operation("store", jinja.Const(home, lineno=1), value)
            self.add(jinja.ExprStmt(stored, lineno=1))
            return self.operation("load", jinja.Const(home, lineno=1))
        self.add(jinja.Assign(home, value, lineno=1))
        return home

    def find(self, name: str) -> Variable | None:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    def site(self, site: sites.Site) -> jinja.Const:
        self.sites.append(site)
        return jinja.Const(len(self.sites) - 1, lineno=1)

    def operation(self, name: str, *arguments: jinja.Expr) -> jinja.Filter:
        return jinja.Filter(self.frame, name, list(arguments), [], None, None, lineno=1)

    def failure(self, place: nodes.Node, message: str, *evaluated: jinja.Expr) -> jinja.Expr:
        return self.operation("fail", self.site(sites.Failure(at(place), message)), *evaluated)
