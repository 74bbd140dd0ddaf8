"""Values within a line: go-spew's format.go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from generator import limits
from generator.golang import quoting
from generator.template import printing, values, verbs
from generator.template.spew import options


class Formatter(verbs.Formatter):
    """An operand of spew's ``Sprintf``: ``%v`` shows it spew's way, other verbs as always."""

    go_type: ClassVar[str] = "*spew.formatState"
    go_kind: ClassVar[str] = "ptr"

    def __init__(self, chosen: options.Options, value: object) -> None:
        self.options = chosen
        self.value = value
        self.depth = 0

    def format(self, verb: str, flags: verbs.Flags) -> str:
        limits.spend_on(self.value)
        if verb != "v":
            return printing.format_value(self.value, verb, flags)
        if self.value is None:
            return "(interface {})<nil>" if flags.go_syntax else "<nil>"
        return "".join(self.show(self.value, typed=flags.go_syntax, flags=flags))

    def show(self, value: object, *, typed: bool, flags: verbs.Flags) -> Iterator[str]:
        """A value, behind its type where that is shown; in one line."""
        name = values.type_name(value) if value is not None else "interface {}"
        if values.kind_name(value) == "ptr":
            self.options.refuse_address(shown=flags.plus_value)
            yield f"({name})" if typed else f"<{'*' * (name.count('*') or 1)}>"
        elif typed:
            yield f"({name})"
        named = self.options.name(value)
        if named is not None:
            if not self.options.flags["ContinueOnMethod"]:
                yield named
                return
            yield f"({named}) "
        yield from self.content(value, flags)

    def content(self, value: object, flags: verbs.Flags) -> Iterator[str]:
        match value:
            case None | values.NilList() | values.NilStrings():
                yield "<nil>"
            case str():
                yield value
            case list() | bytes():
                boxed = not isinstance(value, bytes | values.Strings | values.Ints | values.MapList)
                yield from self.enclosed("[", self.elements(list(value), flags, boxed=boxed))
                yield "]"
            case dict() if not isinstance(value, values.Struct):
                yield from self.enclosed("map[", self.entries(value, flags))
                yield "]"
            case _:
                yield options.write(value)

    def enclosed(self, opening: str, inside: Iterator[str]) -> Iterator[str]:
        yield opening
        self.depth += 1
        limit = self.options.max_depth
        if limit and self.depth > limit:
            yield "<max>"
        else:
            yield from inside
        self.depth -= 1

    def elements(self, items: list[object], flags: verbs.Flags, *, boxed: bool) -> Iterator[str]:
        """Only what comes out of an interface shows its type again."""
        for index, item in enumerate(items):
            yield " " if index else ""
            yield from self.show(item, typed=flags.go_syntax and boxed, flags=flags)

    def entries(self, items: dict[str, object], flags: verbs.Flags) -> Iterator[str]:
        boxed = not isinstance(items, values.StringMap)
        for index, key in enumerate(sorted(items, key=quoting.encode)):
            yield f" {key}:" if index else f"{key}:"
            yield from self.show(items[key], typed=flags.go_syntax and boxed, flags=flags)
