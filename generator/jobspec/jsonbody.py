"""A JSON job file as the bodies of HCL's native syntax, by what the schema wants of each property.

Mirrors hcl/v2/json/structure.go: a property is an argument or one or many blocks, as the schema
says; labels are nested objects; strings are templates, but where nothing may be referred to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from generator import hcl
from generator.errors import GeneratorError
from generator.hcl import escapes, jsonsyntax, nodes, numbers
from generator.jobspec import embedded, problems
from generator.jobspec.schema import fields
from generator.jobspec.schema.fields import Form, Kind

_COMMENT = "//"


def read_body(source: nodes.Source, schema: fields.Schema) -> nodes.Body:
    """The file's body, as its native form would be."""
    return _Translator(source).body(jsonsyntax.read_json(source), schema)


class _Translator:
    """Translates the values of one text."""

    __slots__ = ("source",)

    def __init__(self, source: nodes.Source) -> None:
        self.source = source

    def body(self, value: jsonsyntax.Value, schema: fields.Schema) -> nodes.Body:
        items: list[nodes.Attribute | nodes.Block] = []
        for member in self._members(value):
            if member.name.value != _COMMENT:
                items += self._items(member, schema)
        self._check_arguments(items)
        return nodes.Body(
            source=self.source, start=value.end - 1, end=value.end, items=tuple(items)
        )

    def _check_arguments(self, items: Iterable[nodes.Attribute | nodes.Block]) -> None:
        """Raise when an argument is set twice; blocks may be there again."""
        found: dict[str, nodes.Attribute] = {}
        for item in items:
            if isinstance(item, nodes.Attribute) and found.setdefault(item.name, item) is not item:
                place = self.source.range(found[item.name].start, found[item.name].end)
                detail = f'The argument "{item.name}" was already set at {place}.'
                summary = "Duplicate argument"
                raise item.error(summary, detail)

    def _items(
        self, member: jsonsyntax.Member, schema: fields.Schema
    ) -> Iterator[nodes.Attribute | nodes.Block]:
        name = member.name.value
        nested = schema.blocks.get(name)
        if schema.form in (Form.FREE, Form.TEXT_MAP, Form.TEXTS_MAP):
            yield self._attribute(member, self.expression(member.value))
        elif schema.form is Form.CONSTANTS:
            yield self._attribute(member, self.expression(member.value, verbatim=True))
        elif name in schema.attributes:
            yield self._attribute(member, self._argument(member.value, schema.attributes[name]))
        elif nested is not None and nested.assignable:
            yield self._attribute(member, self.expression(member.value))
        elif nested is not None:
            labels = 1 if nested.label else 0
            yield from self._blocks(member, member.value, nested.schema, labels, ())
        elif name == "dynamic":
            for kind in self._labels(member, member.value, "type"):
                yield from self._dynamic(kind, schema)
        else:
            raise problems.unsupported_property(self.source, member.name, schema)

    def _attribute(
        self, member: jsonsyntax.Member, expression: nodes.Expression
    ) -> nodes.Attribute:
        return nodes.Attribute(
            source=self.source,
            start=member.name.start,
            end=member.value.end,
            name=member.name.value,
            expression=expression,
        )

    def _blocks(
        self,
        member: jsonsyntax.Member,
        value: jsonsyntax.Value,
        schema: fields.Schema,
        labels_left: int,
        labels: tuple[nodes.Label, ...],
    ) -> Iterator[nodes.Block]:
        """The blocks of one property: labels first, then one object, or a list of them."""
        if labels_left:
            for inner in self._labels(member, value, fields.LABEL):
                label = self._label(inner.name)
                yield from self._blocks(
                    member, inner.value, schema, labels_left - 1, (*labels, label)
                )
            return
        match value:
            case jsonsyntax.Scalar(value=None, number=None):
                return
            case jsonsyntax.Object():
                yield self._block(member, value, labels, self.body(value, schema))
            case jsonsyntax.Array():
                for item in value.items:
                    yield self._block(member, item, labels, self.body(item, schema))
            case _:
                detail = (
                    "Either a JSON object or a JSON array is required, representing the contents "
                    f'of one or more "{member.name.value}" blocks.'
                )
                raise self._wrong_type(value, detail)

    def _dynamic(self, kind: jsonsyntax.Member, schema: fields.Schema) -> Iterator[nodes.Block]:
        """A ``dynamic`` block's parts; what they have to be is dynblock.py's matter."""
        nested = schema.blocks.get(kind.name.value)
        if nested is None:
            raise problems.unsupported_property(self.source, kind.name, schema)
        items: list[nodes.Attribute | nodes.Block] = []
        for part in self._members(kind.value):
            match part.name.value:
                case "content":
                    items += self._blocks(part, part.value, nested.schema, 0, ())
                case "iterator":
                    items.append(self._attribute(part, self._native(part.value)))
                case _:
                    items.append(self._attribute(part, self.expression(part.value)))
        self._check_arguments(items)
        body = nodes.Body(
            source=self.source,
            start=kind.value.end - 1,
            end=kind.value.end,
            items=tuple(items),
        )
        label = self._label(kind.name)
        yield nodes.Block(
            source=self.source,
            start=kind.name.start,
            end=kind.value.end,
            type="dynamic",
            label_nodes=(label,),
            body=body,
            open_brace=kind.value.start,
        )

    def _block(
        self,
        member: jsonsyntax.Member,
        value: jsonsyntax.Value,
        labels: tuple[nodes.Label, ...],
        body: nodes.Body,
    ) -> nodes.Block:
        return nodes.Block(
            source=self.source,
            start=member.name.start,
            end=value.end,
            type=member.name.value,
            label_nodes=labels,
            body=body,
            open_brace=value.start,
        )

    def _label(self, name: jsonsyntax.Text) -> nodes.Label:
        return nodes.Label(source=self.source, start=name.start, end=name.end, value=name.value)

    def _labels(
        self, member: jsonsyntax.Member, value: jsonsyntax.Value, label: str
    ) -> list[jsonsyntax.Member]:
        """The properties whose names are labels: one at least."""
        found = list(self._members(value))
        if not found:
            detail = (
                "At least one object property is required, whose name represents the "
                f"{member.name.value} block's {label}."
            )
            raise self.source.error(value.start, "Missing block label", detail)
        return found

    def _members(self, value: jsonsyntax.Value) -> Iterator[jsonsyntax.Member]:
        """The properties of an object, or of all objects of a list."""
        match value:
            case jsonsyntax.Scalar(value=None, number=None):
                return
            case jsonsyntax.Object():
                yield from value.members
            case jsonsyntax.Array():
                for item in value.items:
                    if not isinstance(item, jsonsyntax.Object):
                        raise self._wrong_type(item, "A JSON object is required here.")
                    yield from item.members
            case _:
                detail = "Either a JSON object or JSON array of objects is required here."
                raise self._wrong_type(value, detail)

    def _argument(self, value: jsonsyntax.Value, attribute: fields.Attribute) -> nodes.Expression:
        match attribute.kind:
            case Kind.TYPE:
                return self._native(value)
            case Kind.CONSTANT:
                return self.expression(value, verbatim=True)
            case _:
                return self.expression(value)

    def _native(self, value: jsonsyntax.Value) -> nodes.Expression:
        """A string that holds an expression of the native syntax."""
        if not isinstance(value, jsonsyntax.Text):
            raise self._wrong_type(
                value, "A JSON string is required here, with an expression in it."
            )
        return embedded.parse(hcl.parse_expression, self.source, value)

    def expression(self, value: jsonsyntax.Value, *, verbatim: bool = False) -> nodes.Expression:
        """A value as an expression; strings are templates, unless they count ``verbatim``."""
        start, end = value.start, value.end
        match value:
            case jsonsyntax.Scalar():
                constant = self._constant(value)
                return nodes.Literal(source=self.source, start=start, end=end, value=constant)
            case jsonsyntax.Text():
                return self._text(value, verbatim=verbatim)
            case jsonsyntax.Array():
                items = tuple(self.expression(item, verbatim=verbatim) for item in value.items)
                return nodes.Tuple(source=self.source, start=start, end=end, items=items)
            case jsonsyntax.Object():
                return self._object(value, verbatim=verbatim)
            case _:
                assert_never(value)

    def _object(self, value: jsonsyntax.Object, *, verbatim: bool) -> nodes.Expression:
        """An object, in parentheses so that blockattrs.py makes no list of it, as for HCL's."""
        start, end = value.start, value.end
        self._check_keys(value.members)
        items = tuple(
            nodes.ObjectItem(
                source=self.source,
                start=member.name.start,
                end=member.value.end,
                key=self._text(member.name, verbatim=verbatim),
                value=self.expression(member.value, verbatim=verbatim),
            )
            for member in value.members
        )
        made = nodes.Object(source=self.source, start=start, end=end, items=items)
        return nodes.Parentheses(source=self.source, start=start, end=end, expression=made)

    def _check_keys(self, members: Iterable[jsonsyntax.Member]) -> None:
        found: dict[str, jsonsyntax.Text] = {}
        for member in members:
            first = found.setdefault(member.name.value, member.name)
            if first is not member.name:
                place = self.source.range(first.start, first.end)
                detail = f'An attribute named "{first.value}" was already defined at {place}.'
                raise self.source.error(member.name.start, "Duplicate object attribute", detail)

    def _text(self, value: jsonsyntax.Text, *, verbatim: bool) -> nodes.Expression:
        if verbatim or ("${" not in value.value and "%{" not in value.value):
            text = escapes.normalize(value.value)
            return nodes.Literal(source=self.source, start=value.start, end=value.end, value=text)
        return embedded.parse(hcl.parse_template, self.source, value)

    def _constant(self, value: jsonsyntax.Scalar) -> nodes.LiteralValue:
        if value.number is None:
            return value.value
        number = numbers.parse(value.number)
        if number is None:
            raise self.source.error(value.start, "Invalid JSON number", "It is too large.")
        return number

    def _wrong_type(self, value: jsonsyntax.Value, detail: str) -> GeneratorError:
        return self.source.error(value.start, "Incorrect JSON value type", detail)
