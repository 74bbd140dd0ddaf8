"""HCL text to its syntax tree: bodies with their attributes and blocks, and the front functions.

Mirrors ParseBody and what it calls in hclsyntax/parser.go. The first error is raised: a reader is
helped by the first, and most further ones only follow from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from generator import limits
from generator.errors import HclError
from generator.hcl import cursor, expressions, nodes, scanner, templates

_Result = TypeVar("_Result")

_ITEM_REQUIRED = "Argument or block definition required"
_ITEM_DETAIL = "An argument or block definition is required here."
_EQUALS_DETAIL = (
    f'{_ITEM_DETAIL} To set an argument, use the equals sign "=" to introduce the argument value.'
)


def parse(text: str, file: str) -> nodes.Body:
    """The content of a configuration file."""
    source = cursor.read_source(text, file)

    def read() -> nodes.Body:
        tokens = cursor.Cursor(source, scanner.scan(source.text))
        return _parse_body(tokens, scanner.END, 0)

    return _guard(source, read)


def parse_expression(text: str, file: str) -> nodes.Expression:
    """A single expression; line ends do not count in it."""
    source = cursor.read_source(text, file)

    def read() -> nodes.Expression:
        tokens = cursor.Cursor(source, scanner.scan(source.text))
        tokens.newlines = False
        expression = expressions.parse(tokens)
        if tokens.peek() is not scanner.END:
            detail = (
                "An expression was successfully parsed, but extra characters were found after it."
            )
            raise tokens.error(tokens.read(), "Extra characters after expression", detail)
        return expression

    return _guard(source, read)


def parse_template(text: str, file: str) -> nodes.Expression:
    """A template without quotes around it, as strings are in HCL's JSON form."""
    source = cursor.read_source(text, file)

    def read() -> nodes.Expression:
        tokens = cursor.Cursor(source, scanner.scan_template(source.text))
        return templates.parse_bare(tokens, expressions.parse)

    return _guard(source, read)


def _guard(source: nodes.Source, read: Callable[[], _Result]) -> _Result:
    """The depth limit holds for callers with an empty stack; for others Python's own limit does."""
    try:
        return read()
    except RecursionError:
        msg = "Nested too deeply; The text is nested more deeply than can be read here."
        raise HclError(msg, source.position(0)) from None
    except limits.LimitError as limit:
        msg = f"Too large; {limit.message}."
        raise HclError(msg, source.position(0)) from None


def _parse_body(tokens: cursor.Cursor, closer: str, opening: int) -> nodes.Body:
    """The items up to and including the closer; ``opening`` is where the body begins."""
    tokens.descend()
    items: list[nodes.Attribute | nodes.Block] = []
    names: dict[str, nodes.Attribute] = {}
    while (kind := tokens.peek()) != closer:
        if kind is scanner.NEWLINE:
            tokens.read()
        elif kind is scanner.IDENTIFIER:
            item = _parse_item(tokens)
            if isinstance(item, nodes.Attribute):
                first = names.setdefault(item.name, item)
                if first is not item:
                    raise _redefined(first, item)
            items.append(item)
        else:
            raise _no_item(tokens, opening)
    end = tokens.read().end
    tokens.depth -= 1
    return nodes.Body(source=tokens.source, start=opening, end=end, items=tuple(items))


def _no_item(tokens: cursor.Cursor, opening: int) -> HclError:
    token = tokens.read()
    if token.kind is scanner.OPEN_QUOTE:
        detail = "Argument names must not be quoted."
        return tokens.error(token, "Invalid argument name", detail)
    if token.kind is scanner.END:
        return _unclosed_block(tokens, opening)
    return tokens.error(token, _ITEM_REQUIRED, _ITEM_DETAIL)


def _unclosed_block(tokens: cursor.Cursor, opening: int) -> HclError:
    detail = (
        "There is no closing brace for this block before the end of the file. This may be caused "
        "by incorrect brace nesting elsewhere in this file."
    )
    return tokens.source.error(opening, "Unclosed configuration block", detail)


def _redefined(first: nodes.Attribute, second: nodes.Attribute) -> HclError:
    place = first.source.range(first.start, first.start + len(first.name))
    detail = (
        f'The argument "{second.name}" was already set at {place}. Each argument may be set only '
        "once."
    )
    return second.error("Attribute redefined", detail)


def _parse_item(tokens: cursor.Cursor) -> nodes.Attribute | nodes.Block:
    name = tokens.read()
    kind = tokens.peek()
    if kind == "=":
        attribute = _parse_attribute(tokens, name)
        _expect_line_end(tokens, "argument", "An argument definition must end with a newline.")
        return attribute
    if kind == "{" or kind is scanner.OPEN_QUOTE or kind is scanner.IDENTIFIER:
        block = _parse_block(tokens, name)
        _expect_line_end(tokens, "block definition", "A block definition must end with a newline.")
        return block
    raise tokens.error(name, _ITEM_REQUIRED, _EQUALS_DETAIL)


def _parse_attribute(tokens: cursor.Cursor, name: scanner.Token) -> nodes.Attribute:
    tokens.read()
    expression = expressions.parse(tokens)
    return nodes.Attribute(
        source=tokens.source,
        start=name.start,
        end=expression.end,
        name=name.text,
        expression=expression,
    )


def _expect_line_end(tokens: cursor.Cursor, what: str, detail: str) -> None:
    token = tokens.read()
    if token.kind is scanner.NEWLINE or token.kind is scanner.END:
        return
    summary = f"Missing newline after {what}"
    if token.kind == "," and what == "argument":
        summary = "Unexpected comma after argument"
        detail = f"Argument definitions must be separated by newlines, not commas. {detail}"
    raise tokens.error(token, summary, detail)


def _parse_block(tokens: cursor.Cursor, name: scanner.Token) -> nodes.Block:
    labels = _parse_labels(tokens)
    brace = tokens.read()
    following = tokens.peek()
    if following is scanner.NEWLINE or following is scanner.END or following == "}":
        body = _parse_body(tokens, "}", brace.start)
    else:
        body = _parse_single_line(tokens, brace)
    return nodes.Block(
        source=tokens.source,
        start=name.start,
        end=tokens.last_end,
        type=name.text,
        label_nodes=labels,
        body=body,
        open_brace=brace.start,
    )


def _parse_labels(tokens: cursor.Cursor) -> tuple[nodes.Label, ...]:
    """The labels up to the opening brace, which is next then."""
    labels: list[nodes.Label] = []
    while (kind := tokens.peek()) != "{":
        if kind is scanner.OPEN_QUOTE:
            labels.append(templates.parse_label(tokens))
        elif kind is scanner.IDENTIFIER:
            token = tokens.read()
            label = nodes.Label(
                source=tokens.source, start=token.start, end=token.end, value=token.text
            )
            labels.append(label)
        else:
            raise _no_label(tokens, kind)
    return tuple(labels)


def _no_label(tokens: cursor.Cursor, kind: str) -> HclError:
    match kind:
        case "=":
            detail = (
                'The equals sign "=" indicates an argument definition, and must not be used when '
                "defining a block."
            )
        case scanner.NEWLINE:
            detail = (
                'A block definition must have block content delimited by "{" and "}", starting on '
                "the same line as the block header."
            )
        case _:
            detail = (
                'Either a quoted string block label or an opening brace ("{") is expected here.'
            )
    return tokens.error(tokens.read(), "Invalid block definition", detail)


def _parse_single_line(tokens: cursor.Cursor, brace: scanner.Token) -> nodes.Body:
    """``{ name = value }`` on one line."""
    name = tokens.read()
    if name.kind is not scanner.IDENTIFIER:
        raise tokens.error(name, _ITEM_REQUIRED, _ITEM_DETAIL)
    kind = tokens.peek()
    if kind == "{" or kind is scanner.OPEN_QUOTE or kind is scanner.IDENTIFIER:
        detail = (
            "A single-line block definition can contain only a single argument. If you meant to "
            f'define argument "{name.text}", use an equals sign to assign it a value. To define a '
            "nested block, place it on a line of its own within its parent block."
        )
        raise tokens.error(name, "Argument definition required", detail)
    if kind != "=":
        raise tokens.error(name, _ITEM_REQUIRED, _EQUALS_DETAIL)
    attribute = _parse_attribute(tokens, name)
    closing = tokens.read()
    if closing.kind != "}":
        raise _unclosed_single_line(tokens, brace, closing)
    return nodes.Body(source=tokens.source, start=brace.start, end=closing.end, items=(attribute,))


def _unclosed_single_line(
    tokens: cursor.Cursor, brace: scanner.Token, token: scanner.Token
) -> HclError:
    match token.kind:
        case scanner.END:
            return _unclosed_block(tokens, brace.start)
        case ",":
            detail = (
                "Single-line block syntax can include only one argument definition. To define "
                "multiple arguments, use the multi-line block syntax with one argument definition "
                "per line."
            )
        case scanner.NEWLINE:
            detail = (
                "An argument definition on the same line as its containing block creates a "
                "single-line block definition, which must also be closed on the same line. Place "
                "the block's closing brace immediately after the argument definition."
            )
        case _:
            detail = (
                "A single-line block definition must end with a closing brace immediately after "
                "its single argument definition."
            )
    return tokens.error(token, "Invalid single-argument block definition", detail)
