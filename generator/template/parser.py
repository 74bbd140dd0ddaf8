"""Tokens of a Go template to trees, one for the text itself and one for each ``define``.

A recursive descent with one list of tokens, after text/template/parse/parse.go, so that the same
mistakes get the same words. Functions must be known here; variables must be declared.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

from generator.template import lexer, mistakes, nodes, numbers, places, quoting
from generator.template.lexer import Kind, Token

# Go allows 10000 parentheses and no end of blocks. Python's own compiler stops at 20 loops in
# loops, 100 levels of indentation and 200 parentheses; a pack that nests deeper is a mistake.
MAX_PARENTHESES = 60
MAX_BLOCKS = 60
MAX_RANGES = 18

_LITERALS = (nodes.Bool, nodes.Dot, nodes.Nil, nodes.Number, nodes.String)

_Branch = TypeVar("_Branch", nodes.If, nodes.With)

_OPERANDS = frozenset(
    (
        Kind.BOOL, Kind.RUNE, Kind.COMPLEX, Kind.DOT, Kind.FIELD, Kind.IDENTIFIER, Kind.NUMBER,
        Kind.NIL, Kind.RAW, Kind.STRING, Kind.VARIABLE, Kind.OPEN,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Closing:
    """An ``end`` or ``else``, which ends a list of statements."""

    keyword: str

    def __str__(self) -> str:
        return f"{{{{{self.keyword}}}}}"


def parse(
    name: str, text: str, file: str, delimiters: tuple[str, str], functions: Collection[str]
) -> dict[str, nodes.Tree]:
    """The trees of a text by name: its own under ``name``, and those it defines."""
    tokens = lexer.tokenize(text, *delimiters)
    return _Parser(name, text, file, tokens, functions).parse()


@dataclass(slots=True)
class _Parser:
    name: str
    text: str
    file: str
    tokens: list[Token]
    functions: Collection[str]
    trees: dict[str, nodes.Tree] = field(default_factory=dict)
    index: int = 0
    furthest: int = 0
    variables: list[str] = field(default_factory=lambda: ["$"])
    cells: set[str] = field(default_factory=set)
    blocks: int = 0
    ranges: int = 0
    parentheses: int = 0
    action_start: int | None = None

    # Tokens.

    def next(self) -> Token:
        token = self.tokens[self.index]
        self.furthest = max(self.furthest, self.index)
        if self.index + 1 < len(self.tokens):
            self.index += 1
        return token

    def next_non_space(self) -> Token:
        token = self.next()
        return self.next() if token.kind is Kind.SPACE else token

    def peek(self) -> Token:
        self.furthest = max(self.furthest, self.index)
        return self.tokens[self.index]

    def peek_non_space(self) -> Token:
        if self.tokens[self.index].kind is Kind.SPACE:
            self.index += 1
        return self.peek()

    def expect(self, context: str, *kinds: Kind) -> Token:
        token = self.next_non_space()
        if token.kind not in kinds:
            raise self.unexpected(token, context)
        return token

    # Errors.

    def error(self, message: str) -> mistakes.Mistake:
        """An error at the furthest token that was looked at, as in Go."""
        offset = self.tokens[self.furthest].offset
        return mistakes.parse_mistake(message, self.name, self.text, offset, self.file)

    def fail(self, message: str) -> NoReturn:
        raise self.error(message)

    def unexpected(self, token: Token, context: str) -> mistakes.Mistake:
        if token.kind is not Kind.ERROR:
            return self.error(f"unexpected {token} in {context}")
        message = token.value
        if self.action_start is not None:
            started = places.line(self.text, self.action_start)
            if started != places.line(self.text, token.offset):
                verb = " started" if message.endswith(" action") else " in action started"
                message += f"{verb} at {self.name}:{started}"
        return self.error(message)

    # Statements.

    def parse(self) -> dict[str, nodes.Tree]:
        body: list[nodes.Statement] = []
        while self.peek().kind is not Kind.EOF:
            start = self.index
            if self.next().kind is Kind.LEFT and self.next_non_space().kind is Kind.DEFINE:
                self.definition()
                continue
            self.index = start
            match self.statement():
                case _Closing() as closing:
                    self.fail(f"unexpected {closing}")
                case statement:
                    body.append(statement)
        self.add(nodes.Tree(self.name, tuple(body), frozenset(self.cells)))
        return self.trees

    def add(self, tree: nodes.Tree) -> None:
        known = self.trees.get(tree.name)
        if known is None or known.empty:
            self.trees[tree.name] = tree
        elif not tree.empty:
            msg = f"template: multiple definition of template {quoting.quote(tree.name)}"
            self.fail(msg)

    def definition(self) -> None:
        context = "define clause"
        name = self.unquoted(self.expect(context, Kind.STRING, Kind.RAW))
        self.expect(context, Kind.RIGHT)
        self.separate_body(name, context)

    def separate_body(self, name: str, context: str) -> None:
        """The body of a ``define`` or ``block``: it sees no variables and no loop around it."""
        around = self.variables, self.cells, self.ranges
        self.variables, self.cells, self.ranges = ["$"], set(), 0
        body, closing = self.body()
        if closing.keyword != "end":
            self.fail(f"unexpected {closing} in {context}")
        tree = nodes.Tree(name, body, frozenset(self.cells))
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
        self.fail("unexpected EOF")

    def statement(self) -> nodes.Statement | _Closing:
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
            case Kind.BLOCK:
                return self.block()
            case Kind.BREAK | Kind.CONTINUE:
                return self.loop_control(start)
            case Kind.ELSE:
                if self.peek_non_space().kind not in (Kind.IF, Kind.WITH):
                    self.expect("else", Kind.RIGHT)
                return _Closing("else")
            case Kind.END:
                self.expect("end", Kind.RIGHT)
                return _Closing("end")
            case Kind.IF:
                return self.chain(nodes.If, "if", Kind.IF)
            case Kind.RANGE:
                return self.range()
            case Kind.TEMPLATE:
                return self.invocation()
            case Kind.WITH:
                return self.chain(nodes.With, "with", Kind.WITH)
            case _:
                self.index = before
                return nodes.Action(start.offset, self.pipeline("command", Kind.RIGHT))

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
        body, closing = self.body()
        self.ranges -= 1
        otherwise = self.otherwise() if closing.keyword == "else" else None
        del self.variables[scope:]
        return nodes.Range(pipe.offset, pipe, body, otherwise)

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

    # Expressions.

    def pipeline(self, context: str, end: Kind) -> nodes.Pipe:
        offset = self.peek_non_space().offset
        variables, assigns = self.targets(context)
        commands: list[nodes.Command] = []
        while (token := self.next_non_space()).kind is not end:
            if token.kind not in _OPERANDS:
                raise self.unexpected(token, context)
            self.index -= 1
            commands.append(self.command())
        if not commands:
            self.fail(f"missing value for {context}")
        for stage, command in enumerate(commands[1:], start=2):
            if isinstance(command.operands[0], _LITERALS):
                self.fail(f"non executable command in pipeline stage {stage}")
        return nodes.Pipe(offset, variables, assigns, tuple(commands))

    def targets(self, context: str) -> tuple[tuple[nodes.Variable, ...], bool]:
        """The variables before ``:=`` or ``=``, and whether they are assigned, not declared."""
        found: list[nodes.Variable] = []
        while self.peek_non_space().kind is Kind.VARIABLE:
            start = self.index
            token = self.next()
            following = self.peek_non_space()
            if following.kind in (Kind.ASSIGN, Kind.DECLARE):
                self.next()
                found.append(self.target(token, context))
                return tuple(found), following.kind is Kind.ASSIGN
            if following.kind is not Kind.CHARACTER or following.value != ",":
                self.index = start
                break
            self.next()
            found.append(self.target(token, context))
            if context != "range" or len(found) > 1:
                self.fail(f"too many declarations in {context}")
            if self.peek_non_space().kind not in (Kind.VARIABLE, Kind.RIGHT, Kind.CLOSE):
                self.fail("range can only initialize variables")
        return tuple(found), False

    def target(self, token: Token, context: str) -> nodes.Variable:
        self.variables.append(token.value)
        if context == "parenthesized pipeline" or token.value == "$":
            self.cells.add(token.value)
        return nodes.Variable(token.offset, token.value)

    def command(self) -> nodes.Command:
        offset = self.peek_non_space().offset
        operands: list[nodes.Operand] = []
        while True:
            self.peek_non_space()
            operand = self.operand()
            if operand is not None:
                operands.append(operand)
            token = self.next()
            if token.kind is Kind.SPACE:
                continue
            if token.kind in (Kind.RIGHT, Kind.CLOSE):
                self.index -= 1
            elif token.kind is not Kind.PIPE:
                raise self.unexpected(token, "operand")
            break
        if not operands:
            self.fail("empty command")
        return nodes.Command(offset, tuple(operands))

    def operand(self) -> nodes.Operand | None:
        term = self.term()
        if term is None or self.peek().kind is not Kind.FIELD:
            return term
        offset = self.peek().offset
        path: list[str] = []
        while self.peek().kind is Kind.FIELD:
            path.append(self.next().value[1:])
        match term:
            case nodes.Field():
                return nodes.Field(offset, (*term.path, *path))
            case nodes.Variable():
                return nodes.Variable(offset, term.name, (*term.path, *path))
            case _ if isinstance(term, _LITERALS):
                self.fail(f"unexpected . after term {quoting.quote(str(term))}")
            case _:
                return nodes.Chain(offset, term, tuple(path))

    def term(self) -> nodes.Operand | None:
        token = self.next_non_space()
        if token.kind in _OPERANDS:
            return self.operand_of(token)
        if token is not self.tokens[-1]:
            self.index -= 1
        return None

    def operand_of(self, token: Token) -> nodes.Operand:
        offset, value = token.offset, token.value
        match token.kind:
            case Kind.IDENTIFIER:
                if value not in self.functions:
                    self.fail(f"function {quoting.quote(value)} not defined")
                return nodes.Identifier(offset, value)
            case Kind.DOT:
                return nodes.Dot(offset)
            case Kind.NIL:
                return nodes.Nil(offset)
            case Kind.VARIABLE:
                if value not in self.variables:
                    self.fail(f"undefined variable {quoting.quote(value)}")
                return nodes.Variable(offset, value)
            case Kind.FIELD:
                return nodes.Field(offset, (value[1:],))
            case Kind.BOOL:
                return nodes.Bool(offset, value == "true")
            case Kind.OPEN:
                return self.parenthesized()
            case Kind.STRING | Kind.RAW:
                return nodes.String(offset, value, self.unquoted(token))
            case _:
                return self.number(token)

    def parenthesized(self) -> nodes.Pipe:
        if self.parentheses >= MAX_PARENTHESES:
            self.fail("max expression depth exceeded")
        self.parentheses += 1
        pipe = self.pipeline("parenthesized pipeline", Kind.CLOSE)
        self.parentheses -= 1
        return pipe

    def number(self, token: Token) -> nodes.Number:
        try:
            value: int | float | complex | None
            if token.kind is Kind.RUNE:
                value = quoting.unquote_character(token.value)
            elif token.kind is Kind.COMPLEX:
                value = numbers.parse_complex(token.value)
            else:
                value = numbers.parse_number(token.value)
        except (numbers.NumberInvalid, quoting.SyntaxInvalid) as invalid:
            raise self.error(str(invalid)) from invalid
        return nodes.Number(token.offset, token.value, value)

    def unquoted(self, token: Token) -> str:
        try:
            return quoting.unquote(token.value)
        except quoting.SyntaxInvalid as invalid:
            raise self.error(str(invalid)) from invalid
