"""Values over several lines, with types, lengths and capacities: go-spew's dump.go."""

from __future__ import annotations

from collections.abc import Iterator

from generator import limits, records
from generator.golang import quoting
from generator.template import values
from generator.template.spew import options


def show(value: object, chosen: options.Options) -> str:
    """A value, and the end of its last line."""
    limits.spend_on(value)
    return f"{''.join(_Dump(chosen).show(value))}\n"


@records.record(frozen=False)
class _Dump:
    """One value shown over several lines."""

    options: options.Options
    depth: int = 0

    def show(self, value: object, *, indented: bool = True) -> Iterator[str]:
        if indented:
            yield self.options.indent * self.depth
        if value is None:
            yield "(interface {}) <nil>"
            return
        name = values.type_name(value)
        if values.kind_name(value) == "ptr":
            self.options.refuse_address(shown=not self.options.flags["DisablePointerAddresses"])
            yield f"({name})({''.join(self.content(value))})"
            return
        yield f"({name}) "
        yield from self.content(value)

    def content(self, value: object) -> Iterator[str]:
        """What stands behind the type."""
        yield self.measure(value)
        named = self.options.name(value)
        if named is not None:
            if not self.options.flags["ContinueOnMethod"]:
                yield named
                return
            yield f"({named}) "
        match value:
            case str():
                yield quoting.quote(value)
            case values.NilList() | values.NilStrings():
                yield "<nil>"
            case bytes():
                yield from self.enclosed(self.rows(value))
            case list():
                yield from self.enclosed(self.elements(value))
            case dict() if not isinstance(value, values.Struct):
                yield from self.enclosed(self.entries(value))
            case _:
                yield options.write(value)

    def measure(self, value: object) -> str:
        """Length and capacity, where there is something to measure."""
        length = capacity = 0
        if isinstance(value, str):
            length = len(quoting.encode(value))
        elif isinstance(value, list | dict | bytes):
            length = len(value)
        if isinstance(value, list) and not self.options.flags["DisableCapacities"]:
            capacity = self.options.capacity(value)
        elif isinstance(value, bytes) and not self.options.flags["DisableCapacities"]:
            capacity = length
        parts = [f"len={length}"] if length else []
        parts += [f"cap={capacity}"] if capacity else []
        return f"({' '.join(parts)}) " if parts else ""

    def enclosed(self, lines: Iterator[str]) -> Iterator[str]:
        yield "{\n"
        self.depth += 1
        limit = self.options.max_depth
        if limit and self.depth > limit:
            yield f"{self.options.indent * self.depth}<max depth reached>\n"
        else:
            yield from lines
        self.depth -= 1
        yield f"{self.options.indent * self.depth}}}"

    def elements(self, items: list[object]) -> Iterator[str]:
        for index, item in enumerate(items, 1):
            yield from self.show(item)
            yield ",\n" if index < len(items) else "\n"

    def rows(self, data: bytes) -> Iterator[str]:
        """Bytes as ``hexdump -C`` shows them."""
        for start in range(0, len(data), 16):
            row = data[start : start + 16]
            halves = "  ".join(half.hex(" ").ljust(23) for half in (row[:8], row[8:]))
            shown = "".join(chr(each) if 32 <= each <= 126 else "." for each in row)
            yield f"{self.options.indent * self.depth}{start:08x}  {halves}  |{shown}|\n"

    def entries(self, items: dict[str, object]) -> Iterator[str]:
        for index, key in enumerate(sorted(items, key=quoting.encode), 1):
            yield from self.show(key)
            yield ": "
            yield from self.show(items[key], indented=False)
            yield ",\n" if index < len(items) else "\n"
