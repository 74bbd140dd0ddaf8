"""The expressions of a template: pipelines, commands, operands. Functions must be known here.

After the second half of text/template/parse/parse.go, so that the same mistakes get the same words.
"""

from __future__ import annotations

from collections.abc import Collection

from generator import records
from generator.golang import quoting
from generator.template import cursor, nodes, numbers, suggestions
from generator.template.lexer import Kind, Token

# Go allows 10000 parentheses. Python's own compiler stops at 200, Jinja's before that.
MAX_PARENTHESES = 60

_OPERANDS = frozenset(
    (
        Kind.BOOL, Kind.RUNE, Kind.COMPLEX, Kind.DOT, Kind.FIELD, Kind.IDENTIFIER, Kind.NUMBER,
        Kind.NIL, Kind.RAW, Kind.STRING, Kind.VARIABLE, Kind.OPEN,
    )
)  # fmt: skip

_LITERALS = (nodes.Bool, nodes.Dot, nodes.Nil, nodes.Number, nodes.String)


@records.record(kw_only=True, frozen=False)
class Expressions(cursor.Cursor):
    """The part of the parser that reads what stands inside an action."""

    functions: Collection[str]
    calls: set[str] = records.field(default_factory=set)
    variables: list[str] = records.field(default_factory=lambda: ["$"])
    declared: set[str] = records.field(default_factory=set)
    cells: set[str] = records.field(default_factory=set)
    parentheses: int = 0

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
        self.declared.add(token.value)
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
        if isinstance(term, _LITERALS):
            self.fail(f"unexpected . after term {quoting.quote(str(term))}")
        match term:
            case nodes.Field():
                return nodes.Field(offset, (*term.path, *path))
            case nodes.Variable():
                return nodes.Variable(offset, term.name, (*term.path, *path))
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
                    hint = suggestions.function(value, self.functions)
                    self.fail(f"function {quoting.quote(value)} not defined", token, hint=hint)
                self.calls.add(value)
                return nodes.Identifier(offset, value)
            case Kind.DOT:
                return nodes.Dot(offset)
            case Kind.NIL:
                return nodes.Nil(offset)
            case Kind.VARIABLE:
                if value not in self.variables:
                    hint = suggestions.variable(value, self.variables, self.declared)
                    self.fail(f"undefined variable {quoting.quote(value)}", token, hint=hint)
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
            raise self.error(str(invalid), token) from invalid
        return nodes.Number(token.offset, token.value, value)

    def unquoted(self, token: Token) -> str:
        try:
            return quoting.unquote(token.value)
        except quoting.SyntaxInvalid as invalid:
            raise self.error(str(invalid), token) from invalid
