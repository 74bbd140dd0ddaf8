"""Tokens of a Go template to trees, one for the text itself and one for each ``define``.

A recursive descent after text/template/parse/parse.go; this half reads the statements.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from typing import TypeVar

from generator import records
from generator.golang import quoting
from generator.template import expressions, lexer, nodes, places
from generator.template.lexer import Kind, Token

# Go knows no end of blocks. Python's own compiler stops at 20 loops in loops and 100 levels of
# indentation; a pack that nests as deep as this is a mistake.
MAX_BLOCKS = 60
MAX_RANGES = 18
# What Python compiles in a second: ten thousand lines of ten tokens each.
MAX_TOKENS = 100_000
MAX_DEFINITIONS = 1_000

_Branch = TypeVar("_Branch", nodes.If, nodes.With)


@records.record
class _Closing:
    """An ``end`` or ``else``, which ends a list of statements."""

    keyword: str

    def __str__(self) -> str:
        return f"{{{{{self.keyword}}}}}"


@records.record
class Parsed:
    """The trees of a text by name, its own and those it defines; and the functions they call."""

    trees: Mapping[str, nodes.Tree]
    calls: frozenset[str]


def parse(
    name: str, text: str, file: str, delimiters: tuple[str, str], functions: Collection[str]
) -> Parsed:
    """Read a text that has a name; ``file`` is what errors call it."""
    # Every other token at least is one of those that count.
    tokens = lexer.tokenize(text, *delimiters, 2 * MAX_TOKENS + 2)
    reading = _Parser(name=name, text=text, file=file, tokens=tokens, functions=functions)
    if len(tokens) > MAX_TOKENS:
        said = (token for token in tokens if token.kind not in (Kind.SPACE, Kind.TEXT))
        if last := next(itertools.islice(said, MAX_TOKENS, None), None):
            reading.fail(f"a template may have {MAX_TOKENS} words and signs in its actions", last)
    trees = reading.parse()
    return Parsed(trees, frozenset(reading.calls))


@records.record(kw_only=True, frozen=False)
class _Parser(expressions.Expressions):
    trees: dict[str, nodes.Tree] = records.field(default_factory=dict)
    blocks: int = 0
    ranges: int = 0
    statements: int = 0
    opened: list[Token] = records.field(default_factory=list)

    def parse(self) -> dict[str, nodes.Tree]:
        body: list[nodes.Statement] = []
        while self.peek().kind is not Kind.EOF:
            start = self.index
            if self.next().kind is Kind.LEFT:
                keyword = self.next_non_space()
                if keyword.kind is Kind.DEFINE:
                    self.definition(keyword)
                    continue
            self.index = start
            match self.statement():
                case _Closing() as closing:
                    self.fail(f"unexpected {closing}")
                case statement:
                    body.append(statement)
        self.add(nodes.Tree(self.name, tuple(body), frozenset(self.cells), self.statements))
        return self.trees

    def add(self, tree: nodes.Tree) -> None:
        known = self.trees.get(tree.name)
        if known is None or known.empty:
            if len(self.trees) >= MAX_DEFINITIONS:
                self.fail(f"a text may define {MAX_DEFINITIONS} templates")
            self.trees[tree.name] = tree
        elif not tree.empty:
            msg = f"template: multiple definition of template {quoting.quote(tree.name)}"
            self.fail(msg)

    def definition(self, start: Token) -> None:
        self.opened.append(start)
        context = "define clause"
        name = self.unquoted(self.expect(context, Kind.STRING, Kind.RAW))
        self.expect(context, Kind.RIGHT)
        self.separate_body(name, context)
        self.opened.pop()

    def separate_body(self, name: str, context: str) -> None:
        """The body of a ``define`` or ``block``: it sees no variables and no loop around it."""
        around = self.variables, self.cells, self.ranges
        before = self.statements
        self.variables, self.cells, self.ranges = ["$"], set(), 0
        body, closing = self.body()
        if closing.keyword != "end":
            self.fail(f"unexpected {closing} in {context}")
        tree = nodes.Tree(name, body, frozenset(self.cells), self.statements - before)
        self.variables, self.cells, self.ranges = around
        self.add(tree)

    def body(self) -> tuple[nodes.Body, _Closing]:
        if self.blocks >= MAX_BLOCKS:
            self.fail(f"blocks are nested more than {MAX_BLOCKS} deep")
        self.blocks += 1
        found: list[nodes.Statement] = []
        while self.peek().kind is not Kind.EOF:
            match self.statement():
                case _Closing() as closing:
                    self.blocks -= 1
                    return tuple(found), closing
                case statement:
                    found.append(statement)
        msg = "unexpected EOF"
        raise self.error(msg, hint=self.unclosed())

    def unclosed(self) -> str:
        """Which block has no end: the innermost that is open."""
        start = self.opened[-1]
        place = places.position(self.text, start.offset, self.file)
        return f"the {start.value} at line {place.line}, column {place.column} has no [[ end ]]"

    def statement(self) -> nodes.Statement | _Closing:
        self.statements += 1
        token = self.next_non_space()
        if token.kind is Kind.TEXT:
            return nodes.Text(token.offset, token.value)
        if token.kind is not Kind.LEFT:
            raise self.unexpected(token, "input")
        self.action_start = token.offset
        action = self.action()
        self.action_start = None
        return action

    def action(self) -> nodes.Statement | _Closing:
        start = self.peek_non_space()
        before = self.index
        self.next()
        match start.kind:
            case Kind.BLOCK | Kind.IF | Kind.RANGE | Kind.WITH:
                self.opened.append(start)
                opened = self.opening(start.kind)
                self.opened.pop()
                return opened
            case Kind.BREAK | Kind.CONTINUE:
                return self.loop_control(start)
            case Kind.ELSE:
                if self.peek_non_space().kind not in (Kind.IF, Kind.WITH):
                    self.expect("else", Kind.RIGHT)
                return _Closing("else")
            case Kind.END:
                self.expect("end", Kind.RIGHT)
                return _Closing("end")
            case Kind.TEMPLATE:
                return self.invocation()
            case _:
                self.index = before
                return nodes.Action(start.offset, self.pipeline("command", Kind.RIGHT))

    def opening(self, kind: Kind) -> nodes.Statement:
        """What has a body up to an ``end``."""
        match kind:
            case Kind.BLOCK:
                return self.block()
            case Kind.IF:
                return self.chain(nodes.If, "if", kind)
            case Kind.RANGE:
                return self.range()
            case _:
                return self.chain(nodes.With, "with", kind)

    def loop_control(self, token: Token) -> nodes.Break | nodes.Continue:
        written = f"{{{{{token.value}}}}}"
        self.expect(written, Kind.RIGHT)
        if not self.ranges:
            self.fail(f"{written} outside {{{{range}}}}")
        make = nodes.Break if token.kind is Kind.BREAK else nodes.Continue
        return make(token.offset)

    def range(self) -> nodes.Range:
        scope = len(self.variables)
        pipe = self.pipeline("range", Kind.RIGHT)
        if self.ranges >= MAX_RANGES:
            self.fail(f"ranges are nested more than {MAX_RANGES} deep")
        self.ranges += 1
        before = self.statements
        body, closing = self.body()
        weight = self.statements - before
        self.ranges -= 1
        otherwise = self.otherwise() if closing.keyword == "else" else None
        del self.variables[scope:]
        return nodes.Range(pipe.offset, pipe, body, otherwise, weight)

    def chain(self, make: type[_Branch], keyword: str, kind: Kind) -> _Branch:
        """An ``if`` or ``with`` and all that follow it by ``else if`` or ``else with``."""
        scope = len(self.variables)
        links: list[tuple[nodes.Pipe, nodes.Body]] = []
        otherwise: nodes.Body | None = None
        while True:
            pipe = self.pipeline(keyword, Kind.RIGHT)
            body, closing = self.body()
            links.append((pipe, body))
            if closing.keyword == "end":
                break
            if self.peek_non_space().kind is not kind:
                otherwise = self.otherwise()
                break
            self.next()
        del self.variables[scope:]
        pipe, body = links.pop()
        branch = make(pipe.offset, pipe, body, otherwise)
        for pipe, body in reversed(links):
            branch = make(pipe.offset, pipe, body, (branch,))
        return branch

    def otherwise(self) -> nodes.Body:
        body, closing = self.body()
        if closing.keyword != "end":
            self.fail(f"expected end; found {closing}")
        return body

    def block(self) -> nodes.Invocation:
        context = "block clause"
        token = self.next_non_space()
        name = self.template_name(token, context)
        pipe = self.pipeline(context, Kind.RIGHT)
        self.separate_body(name, context)
        return nodes.Invocation(token.offset, name, pipe)

    def invocation(self) -> nodes.Invocation:
        context = "template clause"
        token = self.next_non_space()
        name = self.template_name(token, context)
        if self.peek_non_space().kind is Kind.RIGHT:
            self.next()
            return nodes.Invocation(token.offset, name, None)
        return nodes.Invocation(token.offset, name, self.pipeline(context, Kind.RIGHT))

    def template_name(self, token: Token, context: str) -> str:
        if token.kind not in (Kind.STRING, Kind.RAW):
            raise self.unexpected(token, context)
        return self.unquoted(token)
