"""Trees of a Go template to one Jinja2 tree: a macro for each, with dot and the frame as arguments.

Nothing is looked up by name in Jinja's context. Variables are free identifiers, that is, plain
locals of the macro, so that ``=`` reaches out of a loop as it does in Go; each declaration has its
own, so that an inner one hides an outer one. Every operation takes the frame, which no constant
folding can know: nothing is called while a template is compiled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from jinja2 import nodes as jinja
from jinja2 import parser as jinja_parser
from jinja2 import sandbox

from generator.template import execution, nodes


@dataclass(frozen=True, slots=True)
class Translation:
    """Macros named by number for the trees in their order, and what their sites mean."""

    template: jinja.Template
    sites: tuple[execution.Site, ...]


def macro_name(index: int) -> str:
    return f"tree{index}"


def translate(
    trees: Iterable[nodes.Tree], environment: sandbox.SandboxedEnvironment
) -> Translation:
    """Translate all trees that come from one text."""
    names = jinja_parser.Parser(environment, "")
    sites: list[execution.Site] = []
    macros: list[jinja.Node] = [
        _Macro(tree, names, sites).translate(macro_name(index)) for index, tree in enumerate(trees)
    ]
    template = jinja.Template(macros, lineno=1)
    template.set_environment(environment)
    return Translation(template, tuple(sites))


@dataclass(frozen=True, slots=True)
class _Variable:
    """Where a variable lives: a free identifier, or a cell of the frame by name."""

    home: jinja.InternalName | str
    boxed: bool


class _Macro:
    """The translation of one tree."""

    def __init__(
        self, tree: nodes.Tree, names: jinja_parser.Parser, sites: list[execution.Site]
    ) -> None:
        self.tree = tree
        self.names = names
        self.sites = sites
        self.cells = 0
        self.statements: list[jinja.Node] = []
        self.output: list[jinja.Expr] = []
        self.scopes: list[dict[str, _Variable]] = [{}]
        self.frame = self.local(jinja.Name("frame", "load", lineno=1))
        self.dot: jinja.Expr = self.local(jinja.Name("dot", "load", lineno=1))
        self.dot_boxed = False
        self.declare("$", self.dot)

    def translate(self, name: str) -> jinja.Macro:
        for statement in self.tree.body:
            self.statement(statement)
        self.flush()
        arguments = [jinja.Name(each, "param", lineno=1) for each in ("dot", "frame")]
        return jinja.Macro(name, arguments, [], self.statements, lineno=1)

    def local(self, value: jinja.Expr) -> jinja.InternalName:
        """A new local with a value."""
        name = self.names.free_identifier(lineno=1)
        self.add(jinja.Assign(name, value, lineno=1))
        return name

    # Statements.

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

    def flush(self) -> None:
        if self.output:
            self.statements.append(jinja.Output(self.output, lineno=1))
            self.output = []

    def add(self, *statements: jinja.Node) -> None:
        self.flush()
        self.statements += statements

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
                self.output.append(self.operation("invoke", self.site(node), dot))
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
        site = execution.Entries(_last_place(pipe), len(pipe.variables))
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
        return jinja.For(target, items, body, [], None, False, lineno=1)

    # Variables.

    def declare(self, name: str, value: jinja.Expr, *, boxed: bool = False) -> jinja.Expr:
        home: jinja.InternalName | str
        if name in self.tree.cells:
            home = self.cell()
        elif name == "$":
            assert isinstance(value, jinja.InternalName)
            self.scopes[-1][name] = _Variable(value, boxed)
            return value
        else:
            home = self.names.free_identifier(lineno=1)
        self.scopes[-1][name] = _Variable(home, boxed)
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

    def assign(self, variable: nodes.Variable, pipe: nodes.Pipe, value: jinja.Expr) -> jinja.Expr:
        known = self.find(variable.name)
        if known is None:
            return self.failure(_last_place(pipe), f"undefined variable: {variable.name}", value)
        return self.put(known.home, value)

    def find(self, name: str) -> _Variable | None:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    # Expressions.

    def commands(self, pipe: nodes.Pipe) -> jinja.Expr:
        """The value of a pipeline, without what its variables do."""
        place: nodes.Node = pipe
        value: jinja.Expr | None = None
        for command in pipe.commands:
            value = self.command(command, place, value)
            place = _last_place(command)
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
                arguments = [self.operand(each) for each in command.operands[1:]]
                return self.operand(first, [*arguments, *extra])
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
        extra: Sequence[jinja.Expr] = (),
    ) -> jinja.Expr:
        match operand:
            case nodes.Dot():
                return self.dot
            case nodes.Nil():
                return jinja.Const(None, lineno=1)
            case nodes.Bool():
                return jinja.Const(operand.value, lineno=1)
            case nodes.String():
                return jinja.Const(operand.text, lineno=1)
            case nodes.Number():
                if operand.value is None:
                    return self.failure(operand, f"{operand} overflows int")
                return jinja.Const(operand.value, lineno=1)
            case nodes.Identifier():
                return self.call(operand, operand, (), None)
            case nodes.Pipe():
                return self.nested(operand)
            case nodes.Field():
                site = execution.Lookup(operand, operand.path, self.dot_boxed)
                return self.operation("look_up", self.site(site), self.dot, *extra)
            case nodes.Variable():
                return self.variable(operand, extra)
            case nodes.Chain():
                if isinstance(operand.operand, nodes.Nil):
                    return self.failure(operand, f"indirection through explicit nil in {operand}")
                place = _last_place(operand.operand)
                boxed = not isinstance(operand.operand, nodes.Pipe)
                site = execution.Lookup(place, operand.path, boxed)
                return self.operation(
                    "look_up", self.site(site), self.operand(operand.operand), *extra
                )
            case _:
                assert_never(operand)

    def variable(self, operand: nodes.Variable, extra: Sequence[jinja.Expr]) -> jinja.Expr:
        known = self.find(operand.name)
        if known is None:
            return self.failure(operand, f"undefined variable: {operand.name}", *extra)
        value: jinja.Expr
        match known.home:
            case str() as cell:
                value = self.operation("load", jinja.Const(cell, lineno=1))
            case local:
                value = local
        if not operand.path:
            return value
        site = execution.Lookup(operand, operand.path, known.boxed)
        return self.operation("look_up", self.site(site), value, *extra)

    def nested(self, pipe: nodes.Pipe) -> jinja.Expr:
        """A pipeline in parentheses: its variables live in cells, as no statement can stand here."""
        value = self.commands(pipe)
        for variable in pipe.variables:
            if pipe.assigns:
                known = self.find(variable.name)
                if known is None:
                    message = f"undefined variable: {variable.name}"
                    return self.failure(_last_place(pipe), message, value)
                home = str(known.home)
            else:
                home = self.cell()
                self.scopes[-1][variable.name] = _Variable(home, boxed=False)
            value = self.operation("store", jinja.Const(home, lineno=1), value)
        return value

    def call(
        self,
        name: nodes.Identifier,
        node: nodes.Node,
        operands: Sequence[nodes.Operand],
        piped: jinja.Expr | None,
    ) -> jinja.Expr:
        if name.name in ("and", "or") and (operands or piped is not None):
            return self.logic(name.name, [self.operand(each) for each in operands], piped)
        arguments = tuple(
            execution.Argument(_last_place(each), each, self.is_boxed(each)) for each in operands
        )
        last = arguments[-1].place if arguments else name
        site = execution.Call(
            node=node,
            name_node=name,
            arguments=arguments,
            piped=None if piped is None else execution.Argument(last, None, boxed=False),
        )
        number = self.site(site)
        expressions = [self.operand(each) for each in operands]
        if piped is None:
            return self.operation("call", number, *expressions)
        return self.operation("feed", number, piped, *expressions)

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

    # Sites.

    def site(self, site: execution.Site) -> jinja.Const:
        self.sites.append(site)
        return jinja.Const(len(self.sites) - 1, lineno=1)

    def operation(self, name: str, *arguments: jinja.Expr) -> jinja.Filter:
        return jinja.Filter(self.frame, name, list(arguments), [], None, None, lineno=1)

    def failure(self, place: nodes.Node, message: str, *evaluated: jinja.Expr) -> jinja.Expr:
        return self.operation("fail", self.site(execution.Failure(place, message)), *evaluated)


def _combined(combine: type[jinja.And] | type[jinja.Or], operands: list[jinja.Expr]) -> jinja.Expr:
    result = operands[-1]
    for operand in reversed(operands[:-1]):
        result = combine(operand, result, lineno=1)
    return result


def _bare(operand: nodes.Field | nodes.Chain | nodes.Variable) -> bool:
    """Whether no field is looked up: then there is no method either that arguments may go to."""
    return not operand.path


def _last_place(node: nodes.Node | nodes.Pipe) -> nodes.Node:
    """The node that Go evaluates last in this one: there it places errors that come after."""
    match node:
        case nodes.Pipe():
            return _last_place(node.commands[-1])
        case nodes.Command():
            return _last_place(node.operands[-1])
        case nodes.Chain():
            return _last_place(node.operand)
        case _:
            return node
