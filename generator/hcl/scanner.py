"""HCL text to tokens; only spaces and tabs are left out. The scanner of parser and formatter.

The states and rules are those of hclsyntax/scan_tokens.rl, whose odd corners the formatter has to
repeat to give hclwrite's bytes. Each state is one compiled expression; where two rules of the
original overlap, the longer match comes first here. Text that is not HCL gives INVALID tokens,
never an error: the parser reports them, the formatter leaves them as they are.
"""

from __future__ import annotations

import operator
import typing
from collections.abc import Callable

from generator import limits, patterns
from generator.golang import letters

# Kinds. Brackets, operators and the other symbols are their own kind: "{", "==", "...".
NEWLINE: typing.Final = "newline"
IDENTIFIER: typing.Final = "identifier"
NUMBER: typing.Final = "number"
COMMENT: typing.Final = "comment"
OPEN_QUOTE: typing.Final = "open quote"
CLOSE_QUOTE: typing.Final = "close quote"
OPEN_HEREDOC: typing.Final = "open heredoc"
CLOSE_HEREDOC: typing.Final = "close heredoc"
QUOTED_TEXT: typing.Final = "quoted text"  # may hold backslash escapes
PLAIN_TEXT: typing.Final = "plain text"  # a heredoc's: never has escapes
QUOTED_NEWLINE: typing.Final = "quoted newline"
INTERPOLATION: typing.Final = "${"
DIRECTIVE: typing.Final = "%{"
SEQUENCE_END: typing.Final = "sequence end"
INVALID: typing.Final = "invalid"
END: typing.Final = "end of file"

# ASCII letters, digits, "_" and "-", and all that is not ASCII, to be looked at closer. Written as
# what it is not: Python compiles large ranges slowly.
_NAME = r"[^\x00-@\[-^`{-\x7f][^\x00-,./:-@\[-^`{-\x7f]*"

_MAIN = patterns.later(
    r"[ \t]*(?:"
    r"(\r?\n)"
    rf"|({_NAME})"
    r"|([0-9]+(?:(?:\.+(?=[0-9]|[eE][+-]?[0-9])|[eE][+-]?[0-9])[0-9]*){0,1000})"
    r"|([#][^\n]*\n?|//[^\n]*\n?|/\*(?s:.*?)\*/)"
    r"|(\")"
    r"|([{}]|~\})"
    rf"|(<<-?{_NAME}\r?\n)"
    r"|(==|!=|>=|<=|&&|\|\||::|\.\.\.|=>|[\[\]().,*/%+\-=<>!?:&|~^;`'])"
    r"|((?s:[^ \t]))"
    r")"
)
_MAIN_KINDS = (
    "",
    NEWLINE,
    IDENTIFIER,
    NUMBER,
    COMMENT,
    OPEN_QUOTE,
    "{}",
    OPEN_HEREDOC,
    "",
    INVALID,
)
_QUOTE_GROUP, _BRACE_GROUP, _HEREDOC_GROUP, _SYMBOL_GROUP = 5, 6, 7, 8
_NAME_GROUPS = (2, _HEREDOC_GROUP)

_STRING = patterns.later(
    r"((?:\\[^\r\n]|[^$%\"\\\r\n]+)+|\$\$\{~?|%%\{~?|[$%](?=[^{]))"
    r"|(\")"
    r"|(\$\{~?)"
    r"|(%\{~?)"
    r"|([\r\n]+)"
    r"|((?s:.))"
)
_STRING_KINDS = (
    "",
    QUOTED_TEXT,
    CLOSE_QUOTE,
    INTERPOLATION,
    DIRECTIVE,
    QUOTED_NEWLINE,
    INVALID,
)

# A "$" or "%" with one more byte before a line's end is one token: the original looks one byte
# too far there. It matters for the formatter only in that the token must not be split.
_HEREDOC = patterns.later(
    r"((?:\$\$\{~?|%%\{~?|[^$%\r\n]*)\r?\n)"
    r"|(\$\$\{~?|%%\{~?|[^$%\r\n]+|[$%](?:[\x00-z|}~\x7f](?=[\r\n])|(?=[^{])))"
    r"|(\$\{~?)"
    r"|(%\{~?)"
)
_HEREDOC_KINDS = ("", PLAIN_TEXT, PLAIN_TEXT, INTERPOLATION, DIRECTIVE)

_TEMPLATE = patterns.later(
    r"((?:\$\$\{~?|%%\{~?|[$%](?!\{)|[^$%\n]+)\n?|\n)"
    r"|(\$\{~?)"
    r"|(%\{~?)"
)
_TEMPLATE_KINDS = ("", PLAIN_TEXT, INTERPOLATION, DIRECTIVE)


class Token(tuple[str, int, str]):
    """A piece of the text. Only spaces and tabs lie between one token and the next.

    As a NamedTuple, which takes longer to make than all the rest of this module.
    """

    __slots__ = ()

    def __new__(cls, kind: str, start: int, text: str) -> Token:
        return tuple.__new__(cls, (kind, start, text))

    kind: str = property(operator.itemgetter(0))  # type: ignore[assignment]
    start: int = property(operator.itemgetter(1))  # type: ignore[assignment]
    text: str = property(operator.itemgetter(2))  # type: ignore[assignment]

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class _Heredoc:
    """A heredoc that is open: its marker, and whether the next text begins a line."""

    __slots__ = ("at_line_start", "marker")

    def __init__(self, marker: str) -> None:
        self.marker = marker
        self.at_line_start = True


def scan(text: str, most: int = limits.MAX_TOKENS) -> list[Token]:
    """The tokens of a configuration or an expression, ending with an END token."""
    return _Scanner(text).run(_Scanner.scan_main, most)


def scan_template(text: str) -> list[Token]:
    """The tokens of a bare template: text and sequences without quotes around them."""
    return _Scanner(text).run(_Scanner.scan_template, limits.MAX_TOKENS)


def strip_mark(text: str) -> str:
    """The text without the byte order mark that some editors put first."""
    return text.removeprefix("\ufeff")


class _Scanner:
    """The state machine: a stack of states, and the brace depths at which a sequence ends."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.braces = 0
        self.sequence_braces: list[int] = []
        self.heredocs: list[_Heredoc] = []
        self.stack: list[_State] = []

    def run(self, state: _State, most: int) -> list[Token]:
        self.stack = [state]
        offset, length = 0, len(self.text)
        while offset < length:
            offset = self.stack[-1](self, offset)
        limits.check_tokens(len(self.tokens), most)
        self.tokens.append(Token(END, length, ""))
        return self.tokens

    def scan_main(self, offset: int) -> int:
        text, append = self.text, self.tokens.append
        for match in _MAIN.finditer(text, offset):
            group = match.lastindex or 0
            piece = match[group]
            start = match.start(group)
            if group == _SYMBOL_GROUP:
                append(Token(piece, start, piece))
            elif group == _BRACE_GROUP:
                if self._brace(piece, start):
                    return match.end()
            elif group == _QUOTE_GROUP:
                append(Token(OPEN_QUOTE, start, piece))
                self.stack.append(_Scanner.scan_string)
                return match.end()
            elif group in _NAME_GROUPS and not piece.isascii():
                return self._unicode_name(piece, start)
            elif group == _HEREDOC_GROUP:
                return self._open_heredoc(piece, start)
            else:
                append(Token(_MAIN_KINDS[group], start, piece))
        return len(text)

    def _brace(self, piece: str, start: int) -> bool:
        """Take a brace; true when it ends a template sequence."""
        if piece == "{":
            self.tokens.append(Token("{", start, piece))
            self.braces += 1
            return False
        ends = bool(self.sequence_braces) and self.sequence_braces[-1] == self.braces
        # "~}" is a sequence's end even where none is open, so that the parser can complain.
        self.tokens.append(Token(SEQUENCE_END if ends or piece == "~}" else "}", start, piece))
        self.braces -= 1
        if ends:
            self.sequence_braces.pop()
            self.stack.pop()
        return ends

    def _unicode_name(self, piece: str, start: int) -> int:
        """Take as much of a piece as is a name; so far only its ASCII characters were looked at."""
        if piece[0] == "<":
            if _name_length(piece.lstrip("<").removeprefix("-").rstrip("\r\n")) is None:
                return self._open_heredoc(piece, start)
            self.tokens.append(Token("<", start, "<"))
            return start + 1
        length = _name_length(piece)
        if length is None:
            self.tokens.append(Token(IDENTIFIER, start, piece))
            return start + len(piece)
        kind = IDENTIFIER if length else INVALID
        self.tokens.append(Token(kind, start, piece[: length or 1]))
        return start + (length or 1)

    def _open_heredoc(self, piece: str, start: int) -> int:
        self.tokens.append(Token(OPEN_HEREDOC, start, piece))
        self.heredocs.append(_Heredoc(piece[2:].removeprefix("-").rstrip("\r\n")))
        self.stack.append(_Scanner.scan_heredoc)
        return start + len(piece)

    def _open_sequence(self, kind: str, start: int, piece: str) -> int:
        self.tokens.append(Token(kind, start, piece))
        self.braces += 1
        self.sequence_braces.append(self.braces)
        if self.heredocs:
            self.heredocs[-1].at_line_start = False
        self.stack.append(_Scanner.scan_main)
        return start + len(piece)

    def scan_string(self, offset: int) -> int:
        for match in _STRING.finditer(self.text, offset):
            kind = _STRING_KINDS[match.lastindex or 0]
            if kind is INTERPOLATION or kind is DIRECTIVE:
                return self._open_sequence(kind, match.start(), match[0])
            self.tokens.append(Token(kind, match.start(), match[0]))
            if kind is CLOSE_QUOTE:
                self.stack.pop()
                return match.end()
        return len(self.text)

    def scan_heredoc(self, offset: int) -> int:
        heredoc = self.heredocs[-1]
        while match := _HEREDOC.match(self.text, offset):
            kind = _HEREDOC_KINDS[match.lastindex or 0]
            if kind is not PLAIN_TEXT:
                return self._open_sequence(kind, offset, match[0])
            line_ends = match.lastindex == 1
            if (
                line_ends
                and heredoc.at_line_start
                and match[0].strip(letters.SPACES) == heredoc.marker
            ):
                return self._close_heredoc(match[0], offset)
            heredoc.at_line_start = line_ends
            self.tokens.append(Token(PLAIN_TEXT, offset, match[0]))
            offset = match.end()
        if offset < len(self.text):  # a carriage return alone, or a "$" that ends the file
            self.tokens.append(Token(INVALID, offset, self.text[offset:]))
        return len(self.text)

    def _close_heredoc(self, line: str, start: int) -> int:
        marker = line.removesuffix("\n").removesuffix("\r")
        self.tokens.append(Token(CLOSE_HEREDOC, start, marker))
        self.tokens.append(Token(NEWLINE, start + len(marker), line[len(marker) :]))
        self.heredocs.pop()
        self.stack.pop()
        return start + len(line)

    def scan_template(self, offset: int) -> int:
        for match in _TEMPLATE.finditer(self.text, offset):
            kind = _TEMPLATE_KINDS[match.lastindex or 0]
            if kind is not PLAIN_TEXT:
                return self._open_sequence(kind, match.start(), match[0])
            self.tokens.append(Token(kind, match.start(), match[0]))
        return len(self.text)


_State: typing.TypeAlias = "Callable[[_Scanner, int], int]"


def _name_length(text: str) -> int | None:
    """How much of the text is an identifier; None when all of it."""
    if not (text[0].isidentifier()):
        return 0
    for index, character in enumerate(text):
        if character != "-" and not ("a" + character).isidentifier():
            return index
    return None
