"""The parser's place among the tokens of a template, and its errors."""

from __future__ import annotations

from typing import NoReturn

from generator import records
from generator.template import mistakes, places
from generator.template.lexer import Kind, Token


@records.record(frozen=False)
class Cursor:
    """Tokens read one after the other.

    Go places an error in the line of the furthest token that was looked at; so do we, but where
    one token is to blame the column is that token's.
    """

    name: str
    text: str
    file: str
    tokens: list[Token]
    index: int = 0
    furthest: int = 0
    action_start: int | None = None

    def next(self) -> Token:
        token = self.tokens[self.index]
        if self.index > self.furthest:
            self.furthest = self.index
        if self.index + 1 < len(self.tokens):
            self.index += 1
        return token

    def next_non_space(self) -> Token:
        token = self.next()
        return self.next() if token.kind is Kind.SPACE else token

    def peek(self) -> Token:
        if self.index > self.furthest:
            self.furthest = self.index
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

    def error(
        self, message: str, token: Token | None = None, *, hint: str | None = None
    ) -> mistakes.Mistake:
        """An error at a token, or at the furthest."""
        furthest = self.tokens[self.furthest]
        mistake = mistakes.parse_mistake(
            message,
            self.name,
            self.text,
            (token or furthest).offset,
            self.file,
            line=places.line(self.text, furthest.offset),
        )
        mistake.hint = hint
        return mistake

    def fail(
        self, message: str, token: Token | None = None, *, hint: str | None = None
    ) -> NoReturn:
        raise self.error(message, token, hint=hint)

    def unexpected(self, token: Token, context: str) -> mistakes.Mistake:
        if token.kind is not Kind.ERROR:
            return self.error(f"unexpected {token} in {context}", token)
        message = token.value
        if self.action_start is not None:
            started = places.line(self.text, self.action_start)
            if started != places.line(self.text, token.offset):
                verb = " started" if message.endswith(" action") else " in action started"
                message += f"{verb} at {self.name}:{started}"
        return self.error(message, token)
