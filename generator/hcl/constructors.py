"""The tokens in brackets to their tree: tuples, objects, ``for`` and function calls.

Mirrors the second half of hclsyntax/parser.go. What is inside of the brackets is an expression
again: the function for that is given by the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from generator.errors import HclError
from generator.hcl import cursor, nodes, scanner

ParseExpression: TypeAlias = Callable[[cursor.Cursor], nodes.Expression]

_KEYWORDS: Final = ("true", "false", "null")


def parse_tuple(tokens: cursor.Cursor, parse_expression: ParseExpression) -> nodes.Expression:
    """``[…]`` or ``[for …]``; the next token is the bracket."""
    opening = tokens.read()
    items: list[nodes.Expression] = []
    with tokens.nested(newlines=False):
        if tokens.peek_keyword("for"):
            return _parse_for(tokens, opening, parse_expression)
        while tokens.peek() != "]":
            items.append(parse_expression(tokens))
            if tokens.peek() == "]":
                break
            if tokens.peek() != ",":
                raise _missing_comma(tokens, opening)
            tokens.read()
        closing = tokens.read()
    return nodes.Tuple(
        source=tokens.source, start=opening.start, end=closing.end, items=tuple(items)
    )


def _missing_comma(tokens: cursor.Cursor, opening: scanner.Token) -> HclError:
    if tokens.peek() is scanner.END:
        detail = (
            "There is no corresponding closing bracket before the end of the file. This may be "
            "caused by incorrect bracket nesting elsewhere in this file."
        )
        return tokens.error(opening, "Unterminated tuple constructor expression", detail)
    detail = "Expected a comma to mark the beginning of the next item."
    return tokens.error(tokens.read(), "Missing item separator", detail)


def parse_object(tokens: cursor.Cursor, parse_expression: ParseExpression) -> nodes.Expression:
    """``{…}`` or ``{for …}``; the next token is the brace."""
    opening = tokens.read()
    if _for_follows(tokens):
        with tokens.nested(newlines=False):
            return _parse_for(tokens, opening, parse_expression)
    items: list[nodes.ObjectItem] = []
    with tokens.nested(newlines=True):
        while (kind := tokens.peek()) != "}":
            if kind is scanner.NEWLINE:
                tokens.read()
                continue
            items.append(_parse_item(tokens, opening, parse_expression))
            if (kind := tokens.peek()) == "}":
                break
            if kind != "," and kind is not scanner.NEWLINE:
                if kind is scanner.END:
                    raise _unterminated_object(tokens, opening)
                detail = "Expected a newline or comma to mark the beginning of the next attribute."
                raise tokens.error(tokens.read(), "Missing attribute separator", detail)
            tokens.read()
        closing = tokens.read()
    return nodes.Object(
        source=tokens.source, start=opening.start, end=closing.end, items=tuple(items)
    )


def _for_follows(tokens: cursor.Cursor) -> bool:
    """Whether ``for`` comes next, on whatever line."""
    index = tokens.index
    while tokens.kinds[index] is scanner.NEWLINE:
        index += 1
    token = tokens.tokens[index]
    return token.kind is scanner.IDENTIFIER and token.text == "for"


def _parse_item(
    tokens: cursor.Cursor, opening: scanner.Token, parse_expression: ParseExpression
) -> nodes.ObjectItem:
    key = _name_as_literal(parse_expression(tokens))
    if tokens.peek() not in ("=", ":"):
        raise _missing_value(tokens, opening)
    tokens.read()
    value = parse_expression(tokens)
    return nodes.ObjectItem(
        source=tokens.source, start=key.start, end=value.end, key=key, value=value
    )


def _name_as_literal(key: nodes.Expression) -> nodes.Expression:
    """A bare name means itself, also ``true``, ``false`` and ``null`` (ObjectConsKeyExpr)."""
    match key:
        case nodes.Traversal(root=root, steps=()):
            return nodes.Literal(source=key.source, start=key.start, end=key.end, value=root)
        case nodes.Literal() if key.text in _KEYWORDS:
            return nodes.Literal(source=key.source, start=key.start, end=key.end, value=key.text)
        case _:
            return key


def _missing_value(tokens: cursor.Cursor, opening: scanner.Token) -> HclError:
    token = tokens.read()
    if token.kind is scanner.END:
        return _unterminated_object(tokens, opening)
    if token.kind is scanner.NEWLINE or token.kind == ",":
        detail = 'Expected an attribute value, introduced by an equals sign ("=").'
        return tokens.error(token, "Missing attribute value", detail)
    detail = 'Expected an equals sign ("=") to mark the beginning of the attribute value.'
    if token.kind is scanner.IDENTIFIER:
        detail += (
            " If you intended to given an attribute name containing periods or spaces, write the "
            "name in quotes to create a string literal."
        )
    return tokens.error(token, "Missing key/value separator", detail)


def _unterminated_object(tokens: cursor.Cursor, opening: scanner.Token) -> HclError:
    detail = (
        "There is no corresponding closing brace before the end of the file. This may be caused "
        "by incorrect brace nesting elsewhere in this file."
    )
    return tokens.error(opening, "Unterminated object constructor expression", detail)


def parse_call(
    tokens: cursor.Cursor, name: scanner.Token, parse_expression: ParseExpression
) -> nodes.Call:
    """``name(…)``; the name is read already."""
    full_name = name.text
    opening = tokens.read()
    while opening.kind == "::":
        part = tokens.read()
        if part.kind is not scanner.IDENTIFIER:
            detail = (
                "Function scope resolution symbol :: must be followed by a function name in this "
                "scope."
            )
            raise tokens.error(part, "Missing function name", detail)
        full_name += f"::{part.text}"
        opening = tokens.read()
    if opening.kind != "(":
        detail = (
            "Function selector must be followed by an open parenthesis to begin the function call."
        )
        raise tokens.error(opening, "Missing open parenthesis", detail)
    with tokens.nested(newlines=False):
        arguments, expand_final = _parse_arguments(tokens, name, parse_expression)
        closing = tokens.read()
    return nodes.Call(
        source=tokens.source,
        start=name.start,
        end=closing.end,
        name=full_name,
        arguments=tuple(arguments),
        expand_final=expand_final,
    )


def _parse_arguments(
    tokens: cursor.Cursor, name: scanner.Token, parse_expression: ParseExpression
) -> tuple[list[nodes.Expression], bool]:
    arguments: list[nodes.Expression] = []
    while tokens.peek() != ")":
        arguments.append(parse_expression(tokens))
        if tokens.peek() == ")":
            break
        separator = tokens.read()
        if separator.kind == "...":
            if tokens.peek() != ")":
                detail = (
                    "An expanded function argument (with ...) must be immediately followed by "
                    "closing parentheses."
                )
                raise tokens.error(separator, "Missing closing parenthesis", detail)
            return arguments, True
        if separator.kind is scanner.END:
            detail = (
                "There is no closing parenthesis for this function call before the end of the "
                "file. This may be caused by incorrect parenthesis nesting elsewhere in this file."
            )
            raise tokens.error(name, "Unterminated function call", detail)
        if separator.kind != ",":
            detail = "A comma is required to separate each function argument from the next."
            raise tokens.error(separator, "Missing argument separator", detail)
    return arguments, False


def _parse_for(
    tokens: cursor.Cursor, opening: scanner.Token, parse_expression: ParseExpression
) -> nodes.For:
    """The rest of a ``for`` expression; line ends do not count in it."""
    tokens.read()
    key_variable, value_variable = _read_variables(tokens)
    collection = parse_expression(tokens)
    if tokens.peek() != ":":
        wanted = "For expression requires a colon after the collection expression."
        raise _invalid_for(tokens, tokens.peek_token().start, wanted)
    tokens.read()
    key: nodes.Expression | None = None
    value = parse_expression(tokens)
    if tokens.peek() == "=>":
        tokens.read()
        key, value = value, parse_expression(tokens)
    ellipsis = tokens.read() if tokens.peek() == "..." else None
    condition: nodes.Expression | None = None
    if tokens.peek_keyword("if"):
        tokens.read()
        condition = parse_expression(tokens)
    closing = tokens.read()
    found = nodes.For(
        source=tokens.source,
        start=opening.start,
        end=closing.end,
        key_variable=key_variable,
        value_variable=value_variable,
        collection=collection,
        key=key,
        value=value,
        condition=condition,
        group=ellipsis is not None,
    )
    _check_for(tokens, found, closing, ellipsis, makes_object=opening.kind == "{")
    return found


def _read_variables(tokens: cursor.Cursor) -> tuple[str | None, str]:
    """The names for key and value, and the word ``in`` behind them."""
    key: str | None = None
    value = _read_variable(tokens, "variable name after 'for'")
    if tokens.peek() == ",":
        tokens.read()
        key, value = value, _read_variable(tokens, "value variable name after comma")
    if not tokens.peek_keyword("in"):
        wanted = "For expression requires the 'in' keyword after its name declarations."
        raise _invalid_for(tokens, tokens.peek_token().start, wanted)
    tokens.read()
    return key, value


def _check_for(
    tokens: cursor.Cursor,
    found: nodes.For,
    closing: scanner.Token,
    ellipsis: scanner.Token | None,
    *,
    makes_object: bool,
) -> None:
    """Refuse what does not go with the brackets around it."""
    if closing.kind != ("}" if makes_object else "]"):
        extra = "Extra characters after the end of the 'for' expression."
        raise _invalid_for(tokens, closing.start, extra)
    if makes_object and found.key is None:
        wanted = "Key expression is required when building an object."
        raise _invalid_for(tokens, found.value.start, wanted)
    if not makes_object and found.key is not None:
        unwanted = "Key expression is not valid when building a tuple."
        raise _invalid_for(tokens, found.key.start, unwanted)
    if not makes_object and ellipsis is not None:
        unwanted = "Grouping ellipsis (...) cannot be used when building a tuple."
        raise _invalid_for(tokens, ellipsis.start, unwanted)


def _read_variable(tokens: cursor.Cursor, what: str) -> str:
    token = tokens.read()
    if token.kind is not scanner.IDENTIFIER:
        raise _invalid_for(tokens, token.start, f"For expression requires {what}.")
    return token.text


def _invalid_for(tokens: cursor.Cursor, offset: int, detail: str) -> HclError:
    return tokens.source.error(offset, "Invalid 'for' expression", detail)
