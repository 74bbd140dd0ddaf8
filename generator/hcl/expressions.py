"""The tokens of an expression to its tree: operators by binding power, terms, traversals.

Mirrors the grammar of hclsyntax/parser.go; it stops at the first error instead of recovering.
"""

from __future__ import annotations

from typing import Final

from generator.errors import HclError
from generator.hcl import constructors, cursor, nodes, numbers, scanner, templates

BINDING_POWER: Final = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    ">": 4,
    ">=": 4,
    "<": 4,
    "<=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
_MAX_STEPS: Final = 1_000
_CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


def parse(tokens: cursor.Cursor) -> nodes.Expression:
    """An expression, from the next token on."""
    tokens.descend()
    condition = _parse_operation(tokens, 1)
    if tokens.peek() == "?":
        condition = _parse_conditional(tokens, condition)
    tokens.depth -= 1
    return condition


def _parse_conditional(tokens: cursor.Cursor, condition: nodes.Expression) -> nodes.Expression:
    tokens.read()
    positive = parse(tokens)
    colon = tokens.read()
    if colon.kind != ":":
        detail = (
            "The conditional operator (...?...:...) requires a false expression, delimited by a "
            "colon."
        )
        raise tokens.error(colon, "Missing false expression in conditional", detail)
    negative = parse(tokens)
    return nodes.Conditional(
        source=tokens.source,
        start=condition.start,
        end=negative.end,
        condition=condition,
        positive=positive,
        negative=negative,
    )


def _parse_operation(tokens: cursor.Cursor, weakest: int) -> nodes.Expression:
    """Operators that bind at least as tightly as ``weakest``; equal ones group to the left."""
    left = _parse_operand(tokens)
    while (power := BINDING_POWER.get(tokens.peek(), 0)) >= weakest:
        operator = tokens.read().kind
        right = _parse_operation(tokens, power + 1)
        left = nodes.Binary(
            source=tokens.source,
            start=left.start,
            end=right.end,
            operator=operator,
            left=left,
            right=right,
        )
    return left


def _parse_operand(tokens: cursor.Cursor) -> nodes.Expression:
    return _parse_steps(tokens, _parse_term(tokens))


def _parse_term(tokens: cursor.Cursor) -> nodes.Expression:
    kind = tokens.peek()
    if kind is scanner.OPEN_QUOTE or kind is scanner.OPEN_HEREDOC:
        return templates.parse_quoted(tokens, parse)
    if kind is scanner.NUMBER:
        token = tokens.read()
        return _literal(tokens, token, _read_number(tokens, token))
    if kind is scanner.IDENTIFIER:
        return _parse_name(tokens)
    match kind:
        case "[":
            return constructors.parse_tuple(tokens, parse)
        case "{":
            return constructors.parse_object(tokens, parse)
        case "(":
            return _parse_parentheses(tokens)
        case "-" | "!":
            return _parse_unary(tokens)
        case _:
            raise _no_term(tokens)


def _no_term(tokens: cursor.Cursor) -> HclError:
    token = tokens.peek_token()
    if token.kind is scanner.END:
        detail = "Expected the start of an expression, but found the end of the file."
        return tokens.error(token, "Missing expression", detail)
    detail = "Expected the start of an expression, but found an invalid expression token."
    return tokens.error(token, "Invalid expression", detail)


def _parse_parentheses(tokens: cursor.Cursor) -> nodes.Expression:
    opening = tokens.read()
    with tokens.nested(newlines=False):
        inner = parse(tokens)
        closing = tokens.read()
    if closing.kind != ")":
        detail = "Expected a closing parenthesis to terminate the expression."
        raise tokens.error(closing, "Unbalanced parentheses", detail)
    return nodes.Parentheses(
        source=tokens.source, start=opening.start, end=closing.end, expression=inner
    )


def _parse_unary(tokens: cursor.Cursor) -> nodes.Expression:
    operator = tokens.read()
    tokens.descend()
    operand = _parse_operand(tokens)
    tokens.depth -= 1
    return nodes.Unary(
        source=tokens.source,
        start=operator.start,
        end=operand.end,
        operator=operator.kind,
        operand=operand,
    )


def _parse_name(tokens: cursor.Cursor) -> nodes.Expression:
    token = tokens.read()
    following = tokens.peek()
    if following == "(" or following == "::":
        return constructors.parse_call(tokens, token, parse)
    if token.text in _CONSTANTS:
        return _literal(tokens, token, _CONSTANTS[token.text])
    return nodes.Traversal(
        source=tokens.source, start=token.start, end=token.end, root=token.text, steps=()
    )


def _literal(
    tokens: cursor.Cursor, token: scanner.Token, value: nodes.LiteralValue
) -> nodes.Literal:
    return nodes.Literal(source=tokens.source, start=token.start, end=token.end, value=value)


def _read_number(tokens: cursor.Cursor, token: scanner.Token) -> int | float:
    value = numbers.parse(token.text)
    if value is None:
        detail = "Failed to recognize the value of this number literal."
        raise tokens.error(token, "Invalid number literal", detail)
    return value


def _parse_steps(tokens: cursor.Cursor, origin: nodes.Expression) -> nodes.Expression:
    """The attributes, indexes and splats that follow a term."""
    for _ in range(_MAX_STEPS):
        kind = tokens.peek()
        if kind == ".":
            origin = _parse_dot(tokens, origin)
        elif kind == "[":
            origin = _parse_brackets(tokens, origin)
        else:
            return origin
    detail = f"No more than {_MAX_STEPS} attributes and indexes may follow one another."
    raise tokens.error(tokens.peek_token(), "Nested too deeply", detail)


def _parse_dot(tokens: cursor.Cursor, origin: nodes.Expression) -> nodes.Expression:
    dot = tokens.read()
    if tokens.peek() == "*":
        return _parse_attribute_splat(tokens, origin, dot)
    return _with_step(origin, _parse_dot_step(tokens, dot))


def _parse_dot_step(tokens: cursor.Cursor, dot: scanner.Token) -> nodes.Step:
    token = tokens.read()
    if token.kind is scanner.IDENTIFIER:
        return nodes.GetAttribute(
            source=tokens.source, start=dot.start, end=token.end, name=token.text
        )
    if token.kind is not scanner.NUMBER:
        detail = "An attribute name is required after a dot."
        raise tokens.error(token, "Invalid attribute name", detail)
    if "." in token.text:
        first, second = token.text.split(".", 1)
        detail = (
            "When using the legacy index syntax, chaining two indexes together is not permitted. "
            f"Use the proper index syntax instead, like [{first}][{second}]."
        )
        raise tokens.error(token, "Invalid legacy index syntax", detail)
    key = _read_number(tokens, token)
    return nodes.GetIndex(source=tokens.source, start=dot.start, end=token.end, key=key)


def _parse_attribute_splat(
    tokens: cursor.Cursor, origin: nodes.Expression, dot: scanner.Token
) -> nodes.Expression:
    """``.*`` and the attributes after it: only those are taken for each element."""
    star = tokens.read()
    each: nodes.Expression = nodes.SplatItem(source=tokens.source, start=dot.start, end=star.end)
    while tokens.peek() == ".":
        step_dot = tokens.read()
        if tokens.peek() == "*":
            detail = (
                "A splat expression (*) cannot be used inside another attribute-only splat "
                "expression."
            )
            raise tokens.error(tokens.read(), "Nested splat expression not allowed", detail)
        each = _with_step(each, _parse_dot_step(tokens, step_dot))
    return nodes.Splat(
        source=tokens.source, start=origin.start, end=each.end, origin=origin, each=each
    )


def _parse_brackets(tokens: cursor.Cursor, origin: nodes.Expression) -> nodes.Expression:
    opening = tokens.read()
    if tokens.peek() == "*":
        return _parse_full_splat(tokens, origin, opening)
    with tokens.nested(newlines=False):
        key = parse(tokens)
        closing = tokens.read()
    if closing.kind != "]":
        detail = 'The index operator must end with a closing bracket ("]").'
        raise tokens.error(closing, "Missing close bracket on index", detail)
    source = tokens.source
    if isinstance(key, nodes.Literal):
        step = nodes.GetIndex(source=source, start=opening.start, end=closing.end, key=key.value)
        return _with_step(origin, step)
    return nodes.Index(
        source=source, start=origin.start, end=closing.end, collection=origin, key=key
    )


def _parse_full_splat(
    tokens: cursor.Cursor, origin: nodes.Expression, opening: scanner.Token
) -> nodes.Expression:
    """``[*]`` and all steps after it, which are taken for each element."""
    tokens.read()
    closing = tokens.read()
    if closing.kind != "]":
        detail = (
            "The star for a full splat operator must be immediately followed by a closing bracket "
            '("]").'
        )
        raise tokens.error(closing, "Missing close bracket on splat index", detail)
    tokens.descend()
    item = nodes.SplatItem(source=tokens.source, start=opening.start, end=closing.end)
    each = _parse_steps(tokens, item)
    tokens.depth -= 1
    return nodes.Splat(
        source=tokens.source, start=origin.start, end=each.end, origin=origin, each=each
    )


def _with_step(origin: nodes.Expression, step: nodes.Step) -> nodes.Expression:
    source, start, end = origin.source, origin.start, step.end
    match origin:
        case nodes.Traversal(root=root, steps=steps):
            return nodes.Traversal(
                source=source, start=start, end=end, root=root, steps=(*steps, step)
            )
        case nodes.RelativeTraversal(origin=inner, steps=steps):
            return nodes.RelativeTraversal(
                source=source, start=start, end=end, origin=inner, steps=(*steps, step)
            )
        case _:
            return nodes.RelativeTraversal(
                source=source, start=start, end=end, origin=origin, steps=(step,)
            )
