"""The tokens of a string or template to a flat list of parts, white space trimmed.

The first step of parser_template.go: here ``~`` and the indentation of ``<<-`` take effect, on
single tokens as there; which directive closes which is the second step's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, TypeAlias

from generator import records
from generator.errors import HclError
from generator.golang import letters
from generator.hcl import cursor, escapes, nodes, scanner, spelling

_DIRECTIVES: Final = ("if", "for", "else", "endif", "endfor")

ParseExpression: TypeAlias = Callable[[cursor.Cursor], nodes.Expression]


@records.record(frozen=False)
class Text:
    value: str
    start: int
    end: int


@records.record
class Interpolation:
    expression: nodes.Expression


@records.record
class If:
    condition: nodes.Expression
    start: int
    end: int


@records.record
class For:
    key_variable: str | None
    value_variable: str
    collection: nodes.Expression
    start: int
    end: int


@records.record
class Closer:
    """``else``, ``endif`` or ``endfor``."""

    name: str
    start: int
    end: int


Part: TypeAlias = Text | Interpolation | If | For | Closer


def read(
    tokens: cursor.Cursor, parse_expression: ParseExpression, opening: scanner.Token, closer: str
) -> list[Part]:
    """The parts up to and including the token that closes the template."""
    parts = _PartsReader(tokens, parse_expression).read(closer)
    if opening.text.startswith("<<-"):
        _remove_indentation(parts)
    return _join_texts(parts)


class _PartsReader:
    """Tokens to parts, with the ``~`` trimming done."""

    def __init__(self, tokens: cursor.Cursor, parse_expression: ParseExpression) -> None:
        self.tokens = tokens
        self.parse_expression = parse_expression
        self.first = tokens.peek_token()
        self.parts: list[Part] = []
        self.trim_next = False

    def read(self, closer: str) -> list[Part]:
        tokens = self.tokens
        after_text = False
        while (token := tokens.read()).kind is not closer:
            trim, self.trim_next = self.trim_next, False
            if token.kind in (scanner.QUOTED_TEXT, scanner.PLAIN_TEXT):
                value = escapes.resolve(token, tokens.source)
                value = value.lstrip(letters.SPACES) if trim else value
                self.parts.append(Text(value, token.start, token.end))
                after_text = True
                continue
            if token.kind not in (scanner.INTERPOLATION, scanner.DIRECTIVE):
                detail = "No closing marker was found for the string."
                raise tokens.error(token, "Unterminated template string", detail)
            if after_text and token.text.endswith("~"):
                last = self.parts[-1]
                if isinstance(last, Text):
                    last.value = last.value.rstrip(letters.SPACES)
            after_text = False
            with tokens.nested(newlines=False):
                if token.kind is scanner.INTERPOLATION:
                    self._read_interpolation(closer)
                else:
                    self._read_directive(token)
        return self.parts

    def _read_interpolation(self, closer: str) -> None:
        self.parts.append(Interpolation(self.parse_expression(self.tokens)))
        token = self.tokens.read()
        if token.kind is not scanner.SEQUENCE_END:
            raise self._unclosed(token, closer)
        self.trim_next = token.text == "~}"

    def _unclosed(self, token: scanner.Token, closer: str) -> HclError:
        unclosed = "Unclosed template interpolation sequence"
        before = "There is no closing brace for this interpolation sequence before the end of the "
        advice = "This might be caused by incorrect nesting inside the given expression."
        if token.kind is scanner.END:
            return self.tokens.error(self.first, unclosed, f"{before}file. {advice}")
        quotes = (scanner.OPEN_QUOTE, scanner.CLOSE_QUOTE)
        if token.kind in quotes and closer is scanner.CLOSE_QUOTE:
            return self.tokens.error(self.first, unclosed, f"{before}quoted template. {advice}")
        if token.kind == ":":
            detail = (
                "Template interpolation doesn't expect a colon at this location. Did you intend "
                "this to be a literal sequence to be processed as part of another language? If so, "
                'you can escape it by starting with "$${" instead of just "${".'
            )
        else:
            detail = (
                "Expected a closing brace to end the interpolation expression, but found extra "
                "characters.\n\nThis can happen when you include interpolation syntax for another "
                "language, such as shell scripting, but forget to escape the interpolation start "
                "token. If this is an embedded sequence for another language, escape it by "
                'starting with "$${" instead of just "${".'
            )
        summary = "Extra characters after interpolation expression"
        return self.tokens.error(token, summary, detail)

    def _read_directive(self, opening: scanner.Token) -> None:
        tokens = self.tokens
        keyword = tokens.read()
        if keyword.kind is not scanner.IDENTIFIER:
            detail = (
                'A template directive keyword ("if", "for", etc) is expected at the beginning of '
                "a %{ sequence."
            )
            raise tokens.error(keyword, "Invalid template directive", detail)
        part: Callable[[int, int], Part]
        match keyword.text:
            case "if":
                part = functools.partial(If, self.parse_expression(tokens))
            case "for":
                part = functools.partial(For, *self._read_for())
            case "else" | "endif" | "endfor":
                part = functools.partial(Closer, keyword.text)
            case unknown:
                hint = spelling.suggest(unknown, sorted(_DIRECTIVES))
                detail = f'"{unknown}" is not a valid template control keyword.{hint}'
                raise tokens.error(keyword, "Invalid template control keyword", detail)
        closing = tokens.read()
        if closing.kind is not scanner.SEQUENCE_END:
            summary = f"Extra characters in {keyword.text} marker"
            detail = "Expected a closing brace to end the sequence, but found extra characters."
            raise tokens.error(closing, summary, detail)
        self.parts.append(part(opening.start, closing.end))
        self.trim_next = closing.text == "~}"

    def _read_for(self) -> tuple[str | None, str, nodes.Expression]:
        key: str | None = None
        value = self._read_variable("variable name after 'for'")
        if self.tokens.peek() == ",":
            self.tokens.read()
            key, value = value, self._read_variable("value variable name after comma")
        if not self.tokens.peek_keyword("in"):
            detail = "For directive requires 'in' keyword after names."
            raise self.tokens.error(self.tokens.read(), "Invalid 'for' directive", detail)
        self.tokens.read()
        return key, value, self.parse_expression(self.tokens)

    def _read_variable(self, what: str) -> str:
        token = self.tokens.read()
        if token.kind is not scanner.IDENTIFIER:
            detail = f"For directive requires {what}."
            raise self.tokens.error(token, "Invalid 'for' directive", detail)
        return token.text


def _remove_indentation(parts: list[Part]) -> None:
    """Take the smallest indentation of any line off all lines, as flushHeredocTemplateParts."""
    smallest: int | None = None
    starting: list[Text] = []
    at_line_start = True
    for part in parts:
        if at_line_start:
            at_line_start = False
            spaces = 0
            if isinstance(part, Text):
                rest = part.value.lstrip(letters.SPACES)
                if rest or not part.value.endswith("\n"):  # a blank line does not count
                    spaces = len(part.value) - len(rest)
                    starting.append(part)
                    smallest = spaces if smallest is None else min(smallest, spaces)
            else:
                smallest = 0
        if isinstance(part, Text) and part.value.endswith("\n"):
            at_line_start = True
    for text in starting:
        text.value = text.value[smallest or 0 :]


def _join_texts(parts: list[Part]) -> list[Part]:
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Text) and isinstance(last, Text):
            joined[-1] = Text(last.value + part.value, last.start, part.end)
        else:
            joined.append(part)
    return joined
