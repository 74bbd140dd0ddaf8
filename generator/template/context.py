"""What a pack's templates see as dot.

As nomad-pack's internal/pkg/variable/parser/template_context.go: dot is a map of contexts, one for
each dependency, and ``_self`` for the pack's own variables and metadata.
"""

from __future__ import annotations

import math
import os
import typing
from collections.abc import Mapping

from generator.template import printing, signatures, suggestions, values

SELF = "_self"


class Contextual:
    """What ``var`` and ``meta`` can be asked of: Go's interface ``parser.PackContextable``."""

    go_type: typing.ClassVar[str] = "parser.PackContextable"
    go_interface: typing.ClassVar[bool] = True
    advice: typing.ClassVar[str] = suggestions.CONTEXT


class PackData(values.Struct, Contextual):
    """The variables and metadata of one pack."""

    __slots__ = ("metadata", "path", "variables")
    go_type: typing.ClassVar[str] = "parser.PackData"

    def __init__(
        self, path: str, variables: dict[str, object], metadata: dict[str, object]
    ) -> None:
        self.path = path
        self.variables = variables
        self.metadata = metadata

    def __str__(self) -> str:
        """As Go prints it, with an address that is always the same."""
        shown = (printing.sprint(each) for each in (self.metadata, self.variables))
        return f"{{0xc000000000 {' '.join(shown)}}}"

    def find_variable(self, key: str) -> object:
        found: object = self.variables
        names = key.split(".")
        for index, name in enumerate(names):
            if not isinstance(found, dict):
                text = isinstance(found, str)
                msg = (
                    "encountered non-traversable key while traversing"
                    if text
                    else "var key not found"
                )
                raise signatures.CallError(msg)
            if name not in found:
                msg = f"var key {names[index]} not found"
                raise signatures.CallError(msg)
            found = found[name]
        return found

    def find_metadata(self, key: str) -> object:
        found: object = self.metadata
        names = key.split(".")
        for index, name in enumerate(names):
            if not isinstance(found, dict) or name not in found:
                msg = f"meta key {name} not found"
                raise signatures.CallError(msg)
            found = found[name]
            more = index + 1 < len(names)
            if isinstance(found, str) and more:
                msg = "encountered non-map key while traversing"
                raise signatures.CallError(msg)
            if isinstance(found, dict) and not more:
                msg = "traversal ended on non-metadata item key"
                raise signatures.CallError(msg)
            if not isinstance(found, str | dict):
                kind = values.type_name(found)
                msg = f"meta key not found and hit non-traversible type ({kind})"
                raise signatures.CallError(msg)
        return found

    def fields(self) -> Mapping[str, object]:
        parts = {"App": ("app", ("URL",)), "Pack": ("pack", ("Name", "Description", "Version"))}
        described = {
            title: values.Record(f"*pack.Metadata{title}", self._described(key, names))
            for title, (key, names) in parts.items()
        }
        metadata = values.Record("*pack.Metadata", described)
        return {"Pack": values.Record("*pack.Pack", {"Path": self.path, "Metadata": metadata})}

    def _described(self, key: str, names: tuple[str, ...]) -> Mapping[str, object]:
        described = self.metadata.get(key)
        found = described if isinstance(described, dict) else {}
        return {name: found.get(name.lower(), "") for name in names}


class PackContext(dict[str, object], values.Struct, Contextual):
    """The context of a pack: its dependencies by alias or name, and ``_self``.

    Values are plain Python, as variables.hcl gives them; here they take on the Go types that
    nomad-pack gives them. ``path`` is the pack's absolute folder, which ``fileRelative`` reads in.
    """

    go_type: typing.ClassVar[str] = "parser.PackTemplateContext"
    absent: typing.ClassVar[object] = values.NilInterface(Contextual.go_type)

    def __init__(
        self,
        name: str,
        path: str | os.PathLike[str],
        variables: Mapping[str, object],
        metadata: Mapping[str, object],
        dependencies: Mapping[str, PackContext],
    ) -> None:
        self.name = name
        self.path = str(path)
        self.dependencies = dict(dependencies)
        self.data = PackData(
            self.path,
            {key: go_value(value) for key, value in variables.items()},
            {key: go_value(value) for key, value in metadata.items()},
        )
        super().__init__({**dependencies, SELF: self.data})

    def fields(self) -> Mapping[str, object]:
        def name() -> object:
            return self.data.find_metadata("pack.name")

        return {"Name": name}


class Dependencies(dict[str, object]):
    """What ``deps`` gives: the contexts without ``_self``."""

    go_type: typing.ClassVar[str] = PackContext.go_type
    absent: typing.ClassVar[object] = PackContext.absent


def go_value(value: object) -> object:
    """A variable's value with the types that sdk/pack/variables/convert.go gives it."""
    match value:
        case values.Strings():
            return value
        case values.MapList():
            return values.MapList(go_value(each) for each in value)
        case list():
            converted = [go_value(each) for each in value]
            objects = bool(converted) and all(isinstance(each, dict) for each in converted)
            return values.MapList(converted) if objects else converted
        case dict():
            return {str(key): go_value(each) for key, each in value.items()}
        case bool():
            return value
        case int() if not -(2**63) <= value < 2**63:
            return _nearest_float(value)
        case _:
            return value


def _nearest_float(value: int) -> float:
    """As big.Float's Float64: beyond the largest float there is infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def data_of(context: Contextual) -> PackData:
    match context:
        case PackContext():
            return context.data
        case PackData():
            return context
        case _:
            pass
    msg = "runtime error: invalid memory address or nil pointer dereference"
    raise signatures.CallError(msg)
