"""The tokens of a string, a heredoc or a bare template to one expression.

The second step of parser_template.go: the parts become the tree that ``%{ if }`` and ``%{ for }``
span.
"""

from __future__ import annotations

from typing import assert_never

from generator.errors import HclError
from generator.hcl import cursor, escapes, nodes, scanner, template_parts

_CLOSERS = {
    scanner.OPEN_QUOTE: scanner.CLOSE_QUOTE,
    scanner.OPEN_HEREDOC: scanner.CLOSE_HEREDOC,
}


def parse_quoted(
    tokens: cursor.Cursor, parse_expression: template_parts.ParseExpression
) -> nodes.Expression:
    """A string or heredoc; the next token opens it."""
    opening = tokens.read()
    index, all_tokens = tokens.index, tokens.tokens
    if tokens.kinds[index] is scanner.QUOTED_TEXT and (
        tokens.kinds[index + 1] is scanner.CLOSE_QUOTE
    ):  # nearly all strings: one piece of text
        value = escapes.normalize(escapes.resolve(all_tokens[index], tokens.source))
        tokens.index += 2
        end = tokens.last_end
        return nodes.Literal(source=tokens.source, start=opening.start, end=end, value=value)
    parts = template_parts.read(tokens, parse_expression, opening, _CLOSERS[opening.kind])
    return _build(tokens, parts, opening.start)


def parse_bare(
    tokens: cursor.Cursor, parse_expression: template_parts.ParseExpression
) -> nodes.Expression:
    """A template without quotes: all that is left."""
    parts = template_parts.read(tokens, parse_expression, tokens.peek_token(), scanner.END)
    return _build(tokens, parts, 0)


def parse_label(tokens: cursor.Cursor) -> nodes.Label:
    """A quoted string that may not have sequences: a block's label."""
    opening = tokens.read()
    value = ""
    while (token := tokens.read()).kind is not scanner.CLOSE_QUOTE:
        if token.kind is scanner.QUOTED_TEXT:
            value += escapes.resolve(token, tokens.source)
        elif token.kind in (scanner.INTERPOLATION, scanner.DIRECTIVE):
            sign = token.text[0]
            detail = (
                "Template sequences are not allowed in this string. To include a literal "
                f'"{sign}", double it (as "{sign}{sign}") to escape it.'
            )
            raise tokens.error(token, "Invalid string literal", detail)
        else:
            detail = "Unable to find the closing quote mark before the end of the file."
            raise tokens.error(token, "Unterminated string literal", detail)
    return nodes.Label(source=tokens.source, start=opening.start, end=tokens.last_end, value=value)


def _build(tokens: cursor.Cursor, parts: list[template_parts.Part], start: int) -> nodes.Expression:
    source, end = tokens.source, tokens.last_end
    expressions = _TreeBuilder(tokens, parts).build(None)
    match expressions:
        case []:
            return nodes.Literal(source=source, start=start, end=end, value="")
        case [nodes.Literal(value=str(value))] if isinstance(parts[0], template_parts.Text):
            return nodes.Literal(source=source, start=start, end=end, value=value)
        case [expression] if len(parts) == 1 and isinstance(parts[0], template_parts.Interpolation):
            return nodes.TemplateWrap(source=source, start=start, end=end, expression=expression)
        case _:
            return nodes.Template(source=source, start=start, end=end, parts=tuple(expressions))


class _TreeBuilder:
    """Parts to expressions, following the directives' nesting."""

    def __init__(self, tokens: cursor.Cursor, parts: list[template_parts.Part]) -> None:
        self.tokens = tokens
        self.source = tokens.source
        self.parts = parts
        self.index = 0
        self.end = tokens.tokens[tokens.index - 1].start if tokens.index else 0

    def build(
        self, opener: template_parts.If | template_parts.For | None
    ) -> list[nodes.Expression]:
        """The expressions up to the closer of ``opener``, which stays the next part."""
        expressions: list[nodes.Expression] = []
        while self.index < len(self.parts):
            part = self.parts[self.index]
            match part:
                case template_parts.Text(value, start, end):
                    value = escapes.normalize(value)
                    node = nodes.Literal(source=self.source, start=start, end=end, value=value)
                    expressions.append(node)
                case template_parts.Interpolation(expression):
                    expressions.append(expression)
                case template_parts.Closer():
                    if opener is None:
                        detail = "The control directives within this template are unbalanced."
                        raise self._unexpected(part, detail)
                    return expressions
                case template_parts.If() | template_parts.For():
                    expressions.append(self._nested(part))
                case _:
                    assert_never(part)
            self.index += 1
        if opener is not None:
            name = "if" if isinstance(opener, template_parts.If) else "for"
            place = self.source.range(opener.start, opener.end)
            detail = (
                f"The {name} directive at {place} is missing its corresponding end{name} directive."
            )
            raise self.source.error(self.end, "Unexpected end of template", detail)
        return expressions

    def _nested(self, opener: template_parts.If | template_parts.For) -> nodes.Expression:
        self.tokens.descend()
        self.index += 1
        node = self._if(opener) if isinstance(opener, template_parts.If) else self._for(opener)
        self.tokens.depth -= 1
        return node

    def _closer(self) -> template_parts.Closer:
        part = self.parts[self.index]
        assert isinstance(part, template_parts.Closer)
        return part

    def _unexpected(self, closer: template_parts.Closer, detail: str) -> HclError:
        return self.source.error(closer.start, f"Unexpected {closer.name} directive", detail)

    def _if(self, opener: template_parts.If) -> nodes.Expression:
        positive = self._template(opener)
        negative: nodes.Expression | None = None
        place = self.source.range(opener.start, opener.end)
        if (closer := self._closer()).name == "else":
            self.index += 1
            negative = self._template(opener)
            if (closer := self._closer()).name == "else":
                detail = f"Already in the else clause for the if started at {place}."
                raise self._unexpected(closer, detail)
        if closer.name != "endif":
            detail = f"Expecting an endif directive for the if started at {place}."
            raise self._unexpected(closer, detail)
        if negative is None:
            start = closer.start
            empty = nodes.Literal(source=self.source, start=start, end=start, value="")
            negative = nodes.Template(source=self.source, start=start, end=start, parts=(empty,))
        return nodes.Conditional(
            source=self.source,
            start=opener.start,
            end=closer.end,
            condition=opener.condition,
            positive=positive,
            negative=negative,
        )

    def _for(self, opener: template_parts.For) -> nodes.Expression:
        value = self._template(opener)
        closer = self._closer()
        if closer.name == "else":
            raise self._unexpected(closer, "An else clause is not expected for a for directive.")
        if closer.name != "endfor":
            place = self.source.range(opener.start, opener.end)
            detail = f"Expecting an endfor directive corresponding to the for directive at {place}."
            raise self._unexpected(closer, detail)
        loop = nodes.For(
            source=self.source,
            start=opener.start,
            end=closer.end,
            key_variable=opener.key_variable,
            value_variable=opener.value_variable,
            collection=opener.collection,
            key=None,
            value=value,
            condition=None,
            group=False,
        )
        return nodes.TemplateJoin(
            source=self.source, start=opener.start, end=closer.end, items=loop
        )

    def _template(self, opener: template_parts.If | template_parts.For) -> nodes.Template:
        """A directive's content: always a Template, so that its value is a string."""
        parts = self.build(opener)
        start = parts[0].start if parts else opener.end
        end = parts[-1].end if parts else opener.end
        empty = nodes.Literal(source=self.source, start=start, end=start, value="")
        return nodes.Template(
            source=self.source, start=start, end=end, parts=tuple(parts) or (empty,)
        )
