"""What is shown of a value, and what is the same for every way of showing it."""

from __future__ import annotations

from collections.abc import Callable

from generator import records
from generator.template import printing, signatures, values

Capacity = Callable[[list[object]], int]
FLAGS = (
    "DisableMethods", "DisablePointerMethods", "DisablePointerAddresses", "DisableCapacities",
    "ContinueOnMethod", "SortKeys", "SpewKeys",
)  # fmt: skip


@records.record(kw_only=True, frozen=False)
class Options:
    """The fields of go-spew's ``ConfigState``, and what tells the capacity of a list."""

    capacity: Capacity
    flags: dict[str, bool] = records.field(default_factory=lambda: dict.fromkeys(FLAGS, False))
    indent: str = " "
    max_depth: int = 0

    def refuse_address(self, *, shown: bool) -> None:
        """Fail for what is behind a pointer where its address is shown."""
        if shown:
            msg = "it shows an address of memory, which is another one each time"
            hint = "withDisablePointerAddresses leaves addresses out"
            raise signatures.NotSupportedError(msg, hint=hint)

    def name(self, value: object) -> str | None:
        """What a value's own method says of it, if it has one and that is asked."""
        if self.flags["DisableMethods"]:
            return None
        return str(value) if isinstance(value, values.Textual | values.Named) else None


def write(value: object) -> str:
    """A value that has no others in it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case float() | complex():
            return printing.sprint(value)
        case _:
            msg = f"values of type {values.type_name(value)} are not shown here"
            raise signatures.NotSupportedError(msg)
