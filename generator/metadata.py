"""metadata.hcl of a pack -> a frozen Metadata, and the map that templates see of it.

Decoded as strictly as nomad-pack does with gohcl (sdk/pack/metadata.go, dependency.go): constants
only, no unknown argument or block. Fields that nomad-pack reads and never uses are checked alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator import hcl, records
from generator.errors import HclError, PackError, Position
from generator.hcl import content, evaluator, nodes, types


@records.record(kw_only=True)
class Integration:
    """The pack's entry in HashiCorp's integrations library."""

    identifier: str
    flags: tuple[str, ...] | None
    name: str


@records.record(kw_only=True)
class Dependency:
    """A pack below ``deps/``, in the folder that is called as the block's label."""

    label: str
    alias: str
    source: str
    enabled: bool
    position: Position = records.field(compare=False)

    @property
    def key(self) -> str:
        """What templates and overrides call it."""
        return self.alias or self.label


@records.record(kw_only=True)
class Metadata:
    """What a pack says about itself."""

    app_url: str
    name: str
    alias: str
    version: str
    description: str
    integration: Integration | None
    dependencies: tuple[Dependency, ...]

    @property
    def key(self) -> str:
        """The pack's name in paths of rendered files, unless it is the dependency of another."""
        return self.alias or self.name

    def as_map(self, folder: str) -> dict[str, types.Value]:
        """What the template functions ``meta`` and ``metas`` read (ConvertToMapInterface)."""
        dependencies: list[types.Value] = [
            {
                dependency.key: {
                    "id": dependency.key,
                    "name": dependency.label,
                    "alias": dependency.alias,
                    "source": dependency.source,
                    "enabled": dependency.enabled,
                }
            }
            for dependency in self.dependencies
        ]
        result: dict[str, types.Value] = {
            "app": {"url": self.app_url},
            "pack": {
                "name": self.name,
                "description": self.description,
                "version": self.version,
                "path": folder,
            },
            "dependencies": dependencies,
        }
        if self.integration:
            result["integration"] = {
                "identifier": self.integration.identifier,
                "flags": None if self.integration.flags is None else [*self.integration.flags],
                "name": self.integration.name,
            }
        return result


_FILE = content.Schema(blocks={"app": (), "pack": (), "integration": (), "dependency": ("name",)})

# The arguments of each block: their types, and whether they are required.
_ARGUMENTS: Mapping[str, Mapping[str, tuple[types.Type, bool]]] = {
    "app": {"url": (types.STRING, True), "author": (types.STRING, False)},
    "pack": {
        "name": (types.STRING, True),
        "alias": (types.STRING, False),
        "description": (types.STRING, False),
        "url": (types.STRING, False),
        "version": (types.STRING, True),
    },
    "integration": {
        "identifier": (types.STRING, True),
        "flags": (types.List(types.STRING), False),
        "name": (types.STRING, False),
    },
    "dependency": {
        "alias": (types.STRING, False),
        "ref": (types.STRING, False),
        "source": (types.STRING, False),
        "enabled": (types.BOOL, False),
    },
}

# What may be null; without value it is as if it were not given.
_NULLABLE = ("enabled", "flags")


def parse(text: str, file: str) -> Metadata:
    """Read the text of a metadata.hcl."""
    body = hcl.parse(text, file)
    content.check(body, _FILE)
    apps, packs, integrations = (_blocks(body, kind) for kind in ("app", "pack", "integration"))
    for blocks in (apps, packs, integrations):
        if len(blocks) > 1:
            raise _duplicate(*blocks[:2])
    values = {id(block): _values(block) for block in body.blocks}
    if not apps:
        raise _lacking(body, "app is uninitialized", 'app { url = "…" }')
    if not packs:
        raise _lacking(body, "Pack metadata is uninitialized", 'pack { name = "…" … }')
    about = values[id(packs[0])]
    return Metadata(
        app_url=_text(values[id(apps[0])], "url"),
        name=_text(about, "name"),
        alias=_text(about, "alias"),
        version=_text(about, "version"),
        description=_text(about, "description"),
        integration=_integration(values[id(integrations[0])]) if integrations else None,
        dependencies=tuple(
            _dependency(block, values[id(block)]) for block in _blocks(body, "dependency")
        ),
    )


def _blocks(body: nodes.Body, kind: str) -> list[nodes.Block]:
    return [block for block in body.blocks if block.type == kind]


def _duplicate(first: nodes.Block, second: nodes.Block) -> HclError:
    place = first.source.range(first.start, first.open_brace - 1)
    detail = f"Only one {first.type} block is allowed. Another was defined at {place}."
    return second.error(f"Duplicate {first.type} block", detail)


def _lacking(body: nodes.Body, message: str, block: str) -> PackError:
    hint = f"a metadata.hcl needs a block {block}"
    return PackError(message, body.position, source=body.source.text, hint=hint)


def _values(block: nodes.Block) -> dict[str, types.Value]:
    """The block's arguments, each of its type."""
    known = _ARGUMENTS[block.type]
    content.check(
        block.body, content.Schema({name: required for name, (_, required) in known.items()})
    )
    return {
        attribute.name: _value(attribute, known[attribute.name][0])
        for attribute in block.body.attributes
    }


def _value(attribute: nodes.Attribute, wanted: types.Type) -> types.Value:
    expression = attribute.expression
    value = evaluator.evaluate(expression, evaluator.CONSTANTS)
    try:
        converted = types.convert(value, wanted)
    except HclError as error:
        detail = f"Unsuitable value: {error.message}"
        summary = "Unsuitable value type"
        raise expression.error(summary, detail) from None
    lacking = attribute.name not in _NULLABLE if converted is None else _has_null(converted)
    if lacking:
        detail = "Unsuitable value: null value is not allowed"
        summary = "Unsuitable value type"
        raise expression.error(summary, detail)
    return converted


def _has_null(value: types.Value) -> bool:
    return isinstance(value, list) and None in value


def _text(values: Mapping[str, types.Value], name: str) -> str:
    value = values.get(name, "")
    assert isinstance(value, str)
    return value


def _integration(values: Mapping[str, types.Value]) -> Integration:
    flags = values.get("flags")
    return Integration(
        identifier=_text(values, "identifier"),
        flags=tuple(str(flag) for flag in flags) if isinstance(flags, list) else None,
        name=_text(values, "name"),
    )


def _dependency(block: nodes.Block, values: Mapping[str, types.Value]) -> Dependency:
    return Dependency(
        label=block.labels[0],
        alias=_text(values, "alias"),
        source=_text(values, "source"),
        enabled=values.get("enabled") is not False,
        position=block.position,
    )
