"""nomad-pack's functions: ``customSpew`` and what it gives, ``spewDump`` and ``spewPrintf``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from generator.template import printing, values
from generator.template.spew import capacities, dump, inline, options


class Settings(values.Struct):
    """``spew.ConfigState``: what is shown, and how. Functions change it in place, as in Go."""

    go_type: ClassVar[str] = "*spew.ConfigState"
    go_kind: ClassVar[str] = "ptr"

    def __init__(self, capacity: options.Capacity) -> None:
        self.options = options.Options(capacity=capacity)

    def __str__(self) -> str:
        flags = " ".join("true" if each else "false" for each in self.options.flags.values())
        return f"{{{self.options.indent} {self.options.max_depth} {flags}}}"

    def fields(self) -> Mapping[str, object]:
        return {
            **self.options.flags,
            "Indent": self.options.indent,
            "MaxDepth": self.options.max_depth,
            "Sdump": self.dump,
            "Sprint": self.sprint,
            "Sprintf": self.sprintf,
            "Sprintln": self.sprintln,
        }

    def dump(self, *operands: object) -> str:
        """Each operand over several lines, with types, lengths and capacities."""
        return "".join(dump.show(each, self.options) for each in operands)

    def sprintf(self, template: str, *operands: object) -> str:
        return printing.sprintf(template, *self._wrap(operands))

    def sprint(self, *operands: object) -> str:
        return printing.sprint(*self._wrap(operands))

    def sprintln(self, *operands: object) -> str:
        return printing.sprintln(*self._wrap(operands))

    def _wrap(self, operands: tuple[object, ...]) -> list[object]:
        return [inline.Formatter(self.options, each) for each in operands]


def make(variables: Callable[[], object]) -> Mapping[str, Callable[..., object]]:
    """nomad-pack's functions; ``variables`` gives all that a pack's templates may read."""
    capacity = capacities.Capacities(variables)
    plain = Settings(capacity)

    def custom_spew() -> Settings:
        return Settings(capacity)

    def with_indent(indent: str, settings: Settings) -> Settings:
        settings.options.indent = indent
        return settings

    def with_max_depth(depth: int, settings: Settings) -> Settings:
        settings.options.max_depth = depth
        return settings

    return {
        **{f"with{flag}": _setter(flag) for flag in options.FLAGS},
        "customSpew": custom_spew,
        "spewDump": plain.dump,
        "spewPrintf": plain.sprintf,
        "withIndent": with_indent,
        "withMaxDepth": with_max_depth,
    }


def _setter(flag: str) -> Callable[[Settings], Settings]:
    def set_flag(settings: Settings) -> Settings:
        settings.options.flags[flag] = True
        return settings

    return set_flag
