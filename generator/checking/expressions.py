"""An expression of a template -> what kind of value it has; what is seen on the way is noted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from generator.checking import calls, kinds, observations, trees
from generator.checking.kinds import Kind
from generator.hcl import types
from generator.template import nodes

_SELF = "_self"
# What gives the same for a list in whatever order.
_ORDERLESS = frozenset({"has", "len", "mustHas", "sortAlpha"})


@dataclass(slots=True)
class Scope:
    """What dot and the variables stand for at a place."""

    dot: Kind
    variables: list[dict[str, Kind]] = field(default_factory=lambda: [{}])

    @contextlib.contextmanager
    def inner(self) -> Iterator[None]:
        """A block whose variables end with it, and in which dot may be another."""
        dot = self.dot
        self.variables.append({})
        yield
        self.variables.pop()
        self.dot = dot

    def declare(self, name: str, kind: Kind) -> None:
        self.variables[-1][name] = kind

    def assign(self, name: str, kind: Kind) -> None:
        """Give a variable a value that it may have from here on, besides the one before."""
        for block in reversed(self.variables):
            if name in block:
                block[name] = kinds.choose((block[name], kind))
                return

    def find(self, name: str) -> Kind:
        return next(
            (block[name] for block in reversed(self.variables) if name in block), kinds.UNKNOWN
        )


@dataclass(slots=True, kw_only=True)
class Expressions:
    """The part of a walk that looks at expressions, in one file after the other."""

    forest: trees.Forest
    declared: kinds.Declared
    seen: observations.Observations = field(default_factory=observations.Observations)
    orderless: int = 0

    def pipe(self, pipe: nodes.Pipe, scope: Scope, source: trees.Source) -> Kind:
        """The value of a pipeline, which its variables get too."""
        value = self.commands(pipe, scope, source)
        for variable in pipe.variables:
            if pipe.assigns:
                scope.assign(variable.name, value)
            else:
                scope.declare(variable.name, value)
        return value

    def commands(self, pipe: nodes.Pipe, scope: Scope, source: trees.Source) -> Kind:
        value: Kind | None = None
        sorting = any(_is_orderless(command) for command in pipe.commands)
        self.orderless += sorting
        for command in pipe.commands:
            value = self._command(command, value, scope, source)
        self.orderless -= sorting
        return kinds.UNKNOWN if value is None else value

    def _command(
        self, command: nodes.Command, piped: Kind | None, scope: Scope, source: trees.Source
    ) -> Kind:
        first, *others = command.operands
        extra = [] if piped is None else [piped]
        if isinstance(first, nodes.Identifier):
            if self._is_miscounted(first, len(others), source, piped=piped is not None):
                return self._meant(others, scope, source)
            given = [self.operand(each, scope, source) for each in others]
            return self._call(first, others, [*given, *extra], source)
        for each in others:
            self.operand(each, scope, source)
        value = self.operand(first, scope, source)
        return kinds.UNKNOWN if others or extra else value

    def operand(self, operand: nodes.Operand, scope: Scope, source: trees.Source) -> Kind:
        match operand:
            case nodes.Dot():
                return scope.dot
            case nodes.Nil() | nodes.Bool() | nodes.Number():
                return kinds.PLAIN
            case nodes.String():
                return kinds.Constant(operand.text)
            case nodes.Identifier():
                if self._is_miscounted(operand, 0, source, piped=False):
                    return kinds.UNKNOWN
                return self._call(operand, [], [], source)
            case nodes.Pipe():
                return self.pipe(operand, scope, source)
            case nodes.Field():
                first, *others = operand.path
                # Of several names the parser keeps the second one's place.
                start = operand.offset - (len(first) + 1 if others else 0)
                return self._walk(scope.dot, operand.path, trees.Place(source, start))
            case nodes.Variable():
                place = trees.Place(source, operand.offset)
                return self._walk(scope.find(operand.name), operand.path, place)
            case nodes.Chain():
                value = self.operand(operand.operand, scope, source)
                return self._walk(value, operand.path, trees.Place(source, operand.offset))
            case _:
                assert_never(operand)

    def _is_miscounted(
        self, function: nodes.Identifier, given: int, source: trees.Source, *, piped: bool
    ) -> bool:
        name, place = function.name, trees.Place(source, function.offset)
        wrong = self.forest.signatures[name].miscounted(name, given, piped=piped)
        if wrong:
            self.seen.miscounts.add(observations.Call(place=place, name=name, message=wrong))
        return bool(wrong)

    def _meant(self, operands: Sequence[nodes.Operand], scope: Scope, source: trees.Source) -> Kind:
        """Look at the arguments of a call that has too many: one of them may begin another call."""
        for index, each in enumerate(operands):
            if isinstance(each, nodes.Identifier):
                inner = nodes.Command(each.offset, tuple(operands[index:]))
                self._command(inner, None, scope, source)
                break
            self.operand(each, scope, source)
        return kinds.UNKNOWN

    def _call(
        self,
        function: nodes.Identifier,
        operands: Sequence[nodes.Operand],
        arguments: Sequence[Kind],
        source: trees.Source,
    ) -> Kind:
        name, place = function.name, trees.Place(source, function.offset)
        call = observations.Call(place=place, name=name, ordered=bool(self.orderless))
        self.seen.calls.add(call)
        match name:
            case "var" | "must_var" | "meta" | "must_meta":
                key = operands[0] if operands else None
                where = trees.Place(source, key.offset) if key is not None else place
                return self._read(call, arguments, where)
            case "vars" | "metas" | "deps" | "deps_tree" | "fileRelative":
                return self._read_whole(call, arguments[-1])
            case "tpl":
                self.seen.anywhere = True
                return kinds.UNKNOWN
            case "index" | "get":
                return self._index(arguments, place)
            case _:
                return calls.effect(name, arguments)

    def _read(
        self, function: observations.Call, arguments: Sequence[Kind], place: trees.Place
    ) -> Kind:
        key, context = arguments
        if not isinstance(context, kinds.Context):
            text = key.text if isinstance(key, kinds.Constant) else ""
            self._note_context(function, context, text, place)
            if text:
                self.seen.loose.add(text.partition(".")[0])
            else:
                self.seen.anywhere = True
            return kinds.UNKNOWN
        if not isinstance(key, kinds.Constant):
            self.seen.wholes.add(context.path)
            return kinds.UNKNOWN
        must = function.name.startswith("must_")
        reading = observations.Reading(place=place, path=context.path, key=key.text, must=must)
        if function.name in ("meta", "must_meta"):
            self.seen.metadata.add(reading)
            return kinds.UNKNOWN
        self.seen.readings.add(reading)
        first, *steps = key.text.split(".")
        if first not in self.declared.get(context.path, {}):
            return kinds.UNKNOWN
        return self._walk(kinds.Reference(context.path, first), tuple(steps), place)

    def _read_whole(self, function: observations.Call, context: Kind) -> Kind:
        if not isinstance(context, kinds.Context):
            self._note_context(function, context, "", None)
            self.seen.anywhere = True
        elif function.name == "vars":
            self.seen.wholes.add(context.path)
        return kinds.UNKNOWN

    def _note_context(
        self,
        function: observations.Call,
        given: Kind,
        key: str,
        key_place: trees.Place | None,
    ) -> None:
        described = _describe(given)
        if described:
            wrong = observations.WrongContext(
                place=function.place,
                function=function.name,
                given=described,
                key=key,
                key_place=key_place,
            )
            self.seen.contexts.add(wrong)

    def _index(self, arguments: Sequence[Kind], place: trees.Place) -> Kind:
        value, *indexes = arguments
        for index in indexes:
            if isinstance(index, kinds.Constant) and not isinstance(value, kinds.Context):
                value = self._walk(value, (index.text,), place)
            elif isinstance(value, kinds.Context):
                self.seen.anywhere = True
                return kinds.UNKNOWN
            else:
                value = kinds.element(value)
        return value

    def _walk(self, value: Kind, path: Sequence[str], place: trees.Place) -> Kind:
        """What the names lead to in a value."""
        for index, name in enumerate(path):
            match value:
                case kinds.Context(pack):
                    value = self._below(pack, tuple(path[index:]), place)
                case kinds.Reference():
                    value = self._attribute(value, name, place)
                case kinds.Fields(entries):
                    value = dict(entries).get(name, kinds.UNKNOWN)
                case _:
                    return kinds.UNKNOWN
        return value

    def _below(self, pack: tuple[str, ...], names: tuple[str, ...], place: trees.Place) -> Kind:
        """A context's field: the context of a dependency."""
        name = names[0]
        if name == _SELF:
            return kinds.Context(pack)
        if (below := (*pack, name)) in self.forest.packs:
            return kinds.Context(below)
        if not name[:1].isupper():  # else it is one of nomad-pack's own methods
            self.seen.missing.add(observations.Missing(place=place, path=pack, names=names))
        return kinds.UNKNOWN

    def _attribute(self, value: kinds.Reference, name: str, place: trees.Place) -> Kind:
        type_ = kinds.type_of(value, self.declared)
        if isinstance(type_, types.Object) and name not in type_.attributes:
            declaration = self.declared[value.path][value.name]
            if declaration.type is None:
                return kinds.UNKNOWN  # what the default happens to hold binds nobody
            known = tuple(type_.attributes)
            absence = observations.Absence(place=place, value=value, name=name, known=known)
            self.seen.absences.add(absence)
            return kinds.UNKNOWN
        return kinds.bounded(value.step(name))


def _is_orderless(command: nodes.Command) -> bool:
    first = command.operands[0]
    return isinstance(first, nodes.Identifier) and first.name in _ORDERLESS


def _describe(kind: Kind) -> str:
    """What a value is that is no context; empty where it may be one."""
    match kind:
        case kinds.Reference():
            return f"a value of the variable {kind}"
        case kinds.Constant() | kinds.Mixed() | kinds.Escaped():
            return "a text"
        case kinds.Items():
            return "a list"
        case kinds.Fields():
            return "a map"
        case kinds.Plain():
            return "a plain value"
        case kinds.Context() | kinds.Unknown():
            return ""
        case _:
            assert_never(kind)
