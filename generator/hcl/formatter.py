"""The canonical format of an HCL text: indentation, spaces between tokens, aligned ``=`` and comments.

Mirrors hclwrite/format.go. It works on tokens alone, so that text which is no valid HCL is formatted
too; only the spaces before tokens change. Lines are cut into up to three cells, as there: the lead,
the assignment from its ``=`` on, and a trailing comment; the last two are aligned in columns.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from generator import limits, records
from generator.hcl import graphemes, scanner, spacing


@records.record(frozen=False)
class _Token:
    """A token, and the spaces to write before it."""

    kind: str
    text: str
    spaces: int


@records.record(frozen=False)
class _Line:
    lead: list[_Token]
    assign: list[_Token] = records.field(default_factory=list)
    comment: list[_Token] = records.field(default_factory=list)


def format_source(text: str) -> str:
    """The text in canonical format; only one that is too large makes this fail."""
    tokens = _tokens(text)
    end = tokens.pop()
    lines = [_split_cells(line) for line in _lines(tokens)]
    _indent(lines)
    limits.check_text(sum(line.lead[0].spaces for line in lines if line.lead))
    for line in lines:
        _space(line.lead)
        _space(line.assign)
    _align(lines)
    placed = [
        token for line in lines for token in itertools.chain(line.lead, line.assign, line.comment)
    ]
    limits.check_text(sum(token.spaces + len(token.text) for token in placed))
    return "".join(" " * token.spaces + token.text for token in placed) + " " * end.spaces


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    stripped = scanner.strip_mark(text)
    # hclwrite takes the bytes of a byte order mark for spaces before the first token.
    end = 0 if stripped == text else -len("\ufeff".encode())
    for kind, start, piece in scanner.scan(stripped, limits.MAX_FORMATTED):
        tokens.append(_Token(kind, piece, start - end))
        end = start + len(piece)
    return tokens


def _lines(tokens: list[_Token]) -> Iterator[list[_Token]]:
    """The tokens of each line, its end included; a heredoc is part of one line."""
    line: list[_Token] = []
    for token in tokens:
        line.append(token)
        if token.kind is scanner.NEWLINE or (
            token.kind is scanner.COMMENT and token.text.endswith("\n")
        ):
            yield line
            line = []
    yield line


def _split_cells(tokens: list[_Token]) -> _Line:
    line = _Line(tokens)
    if len(tokens) > 1 and tokens[-1].kind is scanner.COMMENT:
        line.comment = [line.lead.pop()]
    for index, token in enumerate(line.lead):
        if index > 0 and token.kind == "=":
            # Only a whole expression is moved; open brackets mean that it goes on below.
            if sum(spacing.bracket_change(each.kind) for each in line.lead[index:]) == 0:
                line.assign = line.lead[index:]
                line.lead = line.lead[:index]
            break
    return line


def _indent(lines: list[_Line]) -> None:
    """Two spaces for each line that left brackets open, however many it opened."""
    opened: list[int] = []
    for line in lines:
        if not line.lead:
            continue
        first = line.lead[0]
        if first.kind is scanner.NEWLINE:
            first.spaces = 0
            continue
        change = _bracket_change(line)
        if change > 0:
            first.spaces = 2 * len(opened)
            opened.append(change)
            continue
        _close(opened, -change)
        first.spaces = 2 * len(opened)


def _bracket_change(line: _Line) -> int:
    change = 0
    for token in line.lead:
        change += spacing.bracket_change(token.kind)
        if token.kind is scanner.OPEN_HEREDOC:
            break
    return change + sum(spacing.bracket_change(token.kind) for token in line.assign)


def _close(opened: list[int], closed: int) -> None:
    """Take closing brackets off the levels that opened them."""
    while closed > 0 and opened:
        if closed < opened[-1]:
            opened[-1] -= closed
            return
        closed -= opened.pop()


def _space(tokens: list[_Token]) -> None:
    """Set the spaces between the tokens of a cell."""
    before = ""
    for token, after in itertools.pairwise(tokens):
        keyword_in = token.kind is scanner.IDENTIFIER and token.text == "in"
        follows = spacing.has_space(token.kind, before, after.kind, keyword_in=keyword_in)
        after.spaces = 1 if follows else 0
        before = token.kind


def _align(lines: list[_Line]) -> None:
    """Put the assignments, then the comments, of lines that follow each other below one another."""
    for assigns, chain in itertools.groupby(lines, key=lambda line: bool(line.assign)):
        if assigns:
            _align_cells([(_width(line.lead), line.assign) for line in chain])
    for has_comment, chain in itertools.groupby(lines, key=lambda line: bool(line.comment)):
        if has_comment:
            _align_cells(
                [(_width(line.lead) + _width(line.assign), line.comment) for line in chain]
            )


def _align_cells(rows: list[tuple[int, list[_Token]]]) -> None:
    widest = max(width for width, _ in rows)
    for width, cell in rows:
        cell[0].spaces = widest - width + 1


def _width(tokens: list[_Token]) -> int:
    return sum(token.spaces + _size(token.text) for token in tokens)


def _size(text: str) -> int:
    return len(text) if text.isascii() and "\r" not in text else graphemes.count(text)
