"""A reading place in the tokens of one text: what the parsers of all parts of the grammar share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from generator import limits
from generator.errors import HclError
from generator.hcl import nodes, scanner

# Go's stack grows and HCL has no limit. Ours is far above what a job needs, and low enough that
# reading and evaluating stay clear of Python's recursion limit wherever they are called.
MAX_DEPTH: Final = 100

_INVALID_KINDS: Final = frozenset("&|^~`';") | {scanner.QUOTED_NEWLINE, scanner.INVALID}


class Cursor:
    """Reads tokens one after another; comments are gone, line ends only count where asked for."""

    __slots__ = ("depth", "index", "kinds", "newlines", "source", "tokens")

    def __init__(self, source: nodes.Source, tokens: list[scanner.Token]) -> None:
        self.source = source
        self.tokens = _without_comments(tokens)
        self.kinds = [token.kind for token in self.tokens]
        self.index = 0
        self.newlines = True
        self.depth = 0
        if not _INVALID_KINDS.isdisjoint(self.kinds):
            _refuse_invalid(source, self.tokens)

    def peek(self) -> str:
        """The kind of the next token."""
        kinds = self.kinds
        if not self.newlines:
            while kinds[self.index] is scanner.NEWLINE:
                self.index += 1
        return kinds[self.index]

    def peek_token(self) -> scanner.Token:
        self.peek()
        return self.tokens[self.index]

    def read(self) -> scanner.Token:
        """The next token; at the end of the file, that end again and again."""
        self.peek()
        token = self.tokens[self.index]
        if token.kind is not scanner.END:
            self.index += 1
        return token

    def peek_keyword(self, keyword: str) -> bool:
        return self.peek() is scanner.IDENTIFIER and self.tokens[self.index].text == keyword

    @property
    def last_end(self) -> int:
        """Where the token that was read last ends."""
        return self.tokens[self.index - 1].end if self.index else 0

    @contextmanager
    def nested(self, *, newlines: bool) -> Iterator[None]:
        """Inside of brackets: line ends count or not, and one level deeper."""
        before = self.newlines
        self.newlines = newlines
        yield
        self.newlines = before

    def descend(self) -> None:
        """Go one level deeper; ``depth`` is set back by who called."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            detail = f"Blocks and expressions may be nested {MAX_DEPTH} levels deep at most."
            raise self.error(self.peek_token(), "Nested too deeply", detail)

    def error(self, token: scanner.Token, summary: str, detail: str) -> HclError:
        return self.source.error(token.start, summary, detail)


def read_source(text: str, file: str) -> nodes.Source:
    """A text as spans need it: without byte order mark, with the places where lines start."""
    limits.check_source(text, file)
    text = scanner.strip_mark(text)
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return nodes.Source(file, text, tuple(starts))


def _without_comments(tokens: list[scanner.Token]) -> list[scanner.Token]:
    """Drop comments; one that takes its line's end with it leaves a NEWLINE, as in peeker.go."""
    kept: list[scanner.Token] = []
    for token in tokens:
        if token.kind is not scanner.COMMENT:
            kept.append(token)
        elif token.text.endswith("\n"):
            kept.append(scanner.Token(scanner.NEWLINE, token.start, token.text))
    return kept


_SINGLE_QUOTES = 'Single quotes are not valid. Use double quotes (") to enclose strings.'
_CURLY_QUOTES = (
    '"Curly quotes" are not valid here. These can sometimes be inadvertently introduced when '
    "sharing code via documents or discussion forums. It might help to replace the character with "
    'a "straight quote".'
)
_BITWISE = "Bitwise operators are not supported."
_REASONS: Final = {
    "&": ("Unsupported operator", f'{_BITWISE} Did you mean boolean AND ("&&")?'),
    "|": ("Unsupported operator", f'{_BITWISE} Did you mean boolean OR ("||")?'),
    "~": ("Unsupported operator", f'{_BITWISE} Did you mean boolean NOT ("!")?'),
    "^": ("Unsupported operator", _BITWISE),
    "`": (
        "Invalid character",
        'The "`" character is not valid. To create a multi-line string, use the "heredoc" syntax, '
        'like "<<EOT".',
    ),
    "'": ("Invalid character", _SINGLE_QUOTES),
    ";": (
        "Invalid character",
        'The ";" character is not valid. Use newlines to separate arguments and blocks, and commas '
        "to separate items in collection values.",
    ),
    scanner.QUOTED_NEWLINE: (
        "Invalid multi-line string",
        "Quoted strings may not be split over multiple lines. To produce a multi-line string, "
        'either use the \\n escape to represent a newline character or use the "heredoc" '
        "multi-line template syntax.",
    ),
}


def _refuse_invalid(source: nodes.Source, tokens: list[scanner.Token]) -> None:
    """Report the first token that HCL never has (token.go, checkInvalidTokens)."""
    token = next(token for token in tokens if token.kind in _INVALID_KINDS)
    if token.kind is not scanner.INVALID:
        summary, detail = _REASONS[token.kind]
    elif token.text in ("“", "”"):
        summary, detail = "Invalid character", _CURLY_QUOTES
    else:
        summary, detail = "Invalid character", "This character is not used within the language."
    raise source.error(token.start, summary, detail)
