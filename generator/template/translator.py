"""Trees of a Go template to one Jinja2 tree: a macro for each, with dot and the frame as arguments.

Nothing is looked up by name in Jinja's context, and every operation takes the frame, which no
constant folding can know: nothing is called while a template is compiled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from jinja2 import nodes as jinja
from jinja2 import parser as jinja_parser
from jinja2 import sandbox

from generator import records
from generator.template import generation, macros, nodes, operands, signatures, sites


@records.record
class Translation:
    """Macros named by number for the trees in their order, and what their sites mean."""

    template: jinja.Template
    sites: tuple[sites.Site, ...]


def macro_name(index: int) -> str:
    return f"tree{index}"


def translate(
    trees: Iterable[nodes.Tree],
    known: Mapping[str, signatures.Signature],
    environment: sandbox.SandboxedEnvironment,
) -> Translation:
    """Translate all trees that come from one text; ``known`` are the functions it calls."""
    names = jinja_parser.Parser(environment, "")
    found: list[sites.Site] = []
    macros: list[jinja.Node] = [
        _Macro(tree.cells, names, known, found).translate(macro_name(index), tree.body)
        for index, tree in enumerate(trees)
    ]
    return Translation(jinja.Template(macros, lineno=1), tuple(found))


class _Macro(operands.Operands):
    """The translation of one tree."""

    def translate(self, name: str, body: nodes.Body) -> jinja.Macro:
        for statement in body:
            self.statement(statement)
        self.flush()
        arguments = [jinja.Name(each, "param", lineno=1) for each in ("dot", "frame")]
        return jinja.Macro(name, arguments, [], generation.hide(self.statements), lineno=1)

    def body(self, statements: nodes.Body, prologue: Sequence[jinja.Node] = ()) -> list[jinja.Node]:
        """A list of statements, with its own scope, as Jinja's."""
        around = self.statements, self.output
        self.statements, self.output = [*prologue], []
        self.scopes.append({})
        for statement in statements:
            self.statement(statement)
        self.scopes.pop()
        self.flush()
        found = self.statements
        self.statements, self.output = around
        return found

    def statement(self, node: nodes.Statement) -> None:
        match node:
            case nodes.Text():
                self.output.append(jinja.TemplateData(node.text, lineno=1))
            case nodes.Action():
                value = self.commands(node.pipe)
                if node.pipe.variables:
                    self.bind(node.pipe, value)
                else:
                    self.output.append(value)
            case nodes.If():
                self.condition(node)
            case nodes.With():
                self.scopes.append({})
                self.with_(node)
                self.scopes.pop()
            case nodes.Range():
                self.scopes.append({})
                self.range(node)
                self.scopes.pop()
            case nodes.Invocation():
                dot = self.value(node.pipe) if node.pipe else jinja.Const(None, lineno=1)
                invocation = sites.Invocation(macros.at(node), node.name)
                self.output.append(self.operation("invoke", self.site(invocation), dot))
            case nodes.Break():
                self.add(jinja.Break(lineno=1))
            case nodes.Continue():
                self.add(jinja.Continue(lineno=1))
            case _:
                assert_never(node)

    def value(self, pipe: nodes.Pipe) -> jinja.Expr:
        """A statement's pipeline: its variables get their value before it is used."""
        value = self.commands(pipe)
        return self.bind(pipe, value) if pipe.variables else value

    def bind(self, pipe: nodes.Pipe, value: jinja.Expr) -> jinja.Expr:
        for variable in pipe.variables:
            value = self.give(variable, pipe, value)
        return value

    def give(
        self, variable: nodes.Variable, pipe: nodes.Pipe, value: jinja.Expr, *, boxed: bool = False
    ) -> jinja.Expr:
        if pipe.assigns:
            return self.assign(variable, pipe, value)
        return self.declare(variable.name, value, boxed=boxed)

    def condition(self, node: nodes.If) -> None:
        """An ``if`` with its ``else if``s: a chain, which must not nest ever deeper in Python."""
        depth = len(self.scopes)
        self.scopes.append({})
        first = jinja.If(self.value(node.pipe), self.body(node.body), [], [], lineno=1)
        self.add(first)
        otherwise = node.otherwise
        while otherwise is not None:
            match otherwise:
                case (nodes.If() as following,) if not following.pipe.variables:
                    test = self.commands(following.pipe)
                    self.scopes.append({})
                    body = self.body(following.body)
                    first.elif_.append(jinja.If(test, body, [], [], lineno=1))
                    otherwise = following.otherwise
                case _:
                    first.else_ = self.body(otherwise)
                    break
        del self.scopes[depth:]

    def with_(self, node: nodes.With) -> None:
        dot = self.local(self.value(node.pipe))
        around = self.dot, self.dot_boxed
        self.dot, self.dot_boxed = dot, False
        body = self.body(node.body)
        self.dot, self.dot_boxed = around
        otherwise = self.body(node.otherwise) if node.otherwise is not None else []
        self.add(jinja.If(dot, body, [], otherwise, lineno=1))

    def range(self, node: nodes.Range) -> None:
        pipe = node.pipe
        value = self.commands(pipe)
        if pipe.assigns or node.otherwise is not None:
            # Go gives the variables the whole value first: what comes after can see it.
            value = self.bind(pipe, value)
        place = macros.at(operands.last_place(pipe))
        site = sites.Entries(place, len(pipe.variables), node.weight)
        items: jinja.Expr = self.operation("entries", self.site(site), value)
        otherwise: list[jinja.Node] | None = None
        if node.otherwise is not None:
            # Jinja's own else also runs after a loop that was left in its first round.
            items = self.local(items)
            otherwise = self.body(node.otherwise)
        loop = self.loop(node, items)
        if otherwise is not None:
            loop = jinja.If(items, [loop], [], otherwise, lineno=1)
        self.add(loop)

    def loop(self, node: nodes.Range, items: jinja.Expr) -> jinja.Stmt:
        element = self.names.free_identifier(lineno=1)
        taken: list[jinja.Expr] = [element]
        target: jinja.Expr = element
        if len(node.pipe.variables) > 1:
            taken.insert(0, self.names.free_identifier(lineno=1))
            target = jinja.Tuple(taken, "store", lineno=1)
        around = self.dot, self.dot_boxed, self.statements, self.output
        self.dot, self.dot_boxed, self.statements, self.output = element, True, [], []
        for variable, value in zip(node.pipe.variables, taken, strict=False):
            self.give(variable, node.pipe, value, boxed=True)
        prologue = self.statements
        self.statements, self.output = around[2:]
        body = self.body(node.body, prologue)
        self.dot, self.dot_boxed = around[:2]
        return jinja.For(target, items, generation.hide(body), [], None, False, lineno=1)
