"""A pack and what overrides its variables -> the value of every variable.

Weakest first: default, environment, variant, var-files, arguments, Python values. As nomad-pack's
parser (internal/pkg/variable/parser/parser_v2.go), with two of its habits that surprise: several
var-files count in the order of their paths, and their values are not held to the declared types.
"""

from __future__ import annotations

import math
import os
import typing
from collections.abc import Mapping, Sequence

from generator import declarations, diskcache, hcl, varfile
from generator.errors import HclError, Position, VariableError, suggest
from generator.hcl import escapes, evaluator, types, values
from generator.pack import Pack

# Where a pack stands below the one that is rendered: the keys of dependencies that lead to it.
PackPath: typing.TypeAlias = tuple[str, ...]
Resolved: typing.TypeAlias = dict[PackPath, dict[str, types.Value]]

ENVIRONMENT_PREFIX = "NOMAD_PACK_VAR_"

_TAKEN_AS_TEXT = (None, types.STRING, types.NUMBER)


def resolve(
    pack: Pack,
    *,
    environment: Mapping[str, str],
    variant: os.PathLike[str] | None,
    files: Sequence[str | os.PathLike[str]],
    arguments: Mapping[str, str],
    typed: Mapping[str, object],
    allow_unset: bool,
    cache: diskcache.DiskCache | None = None,
) -> Resolved:
    """The values of a pack's and its dependencies' variables, or an error.

    Of ``environment`` only the names with nomad-pack's prefix count. A ``cache`` keeps what files
    say for other processes.
    """
    declared = {path: found.declarations for path, found in pack.walk()}
    resolved = _Resolution(declared)
    for name in sorted(environment):
        if name.startswith(ENVIRONMENT_PREFIX):
            text = environment[name]
            resolved.set_text(name.removeprefix(ENVIRONMENT_PREFIX), text, "environment")
    ordered = sorted((os.fspath(file) for file in files), key=os.fsencode)
    for file in [str(variant), *ordered] if variant else ordered:
        for override in varfile.read(file, cache):
            resolved.set_from_file(override)
    for name, text in arguments.items():
        resolved.set_text(name, text, "arguments")
    for name, value in typed.items():
        resolved.set_value(name, value)
    if not allow_unset:
        resolved.check_required()
    return resolved.values


class _Resolution:
    """The values found so far; each override that is set replaces the one before it."""

    def __init__(self, declared: Mapping[PackPath, Mapping[str, declarations.Declaration]]) -> None:
        self._declared = declared
        self.values: Resolved = {
            path: {name: each.default for name, each in variables.items()}
            for path, variables in declared.items()
        }

    def set_text(self, name: str, text: str, origin: str) -> None:
        """A text of the command line or environment: a string as it is, or an HCL expression."""
        position = Position(f"<value for var {name} from {origin}>", 1, 1)
        path, declaration = self._find(name, position)
        try:
            value = _read(text, declaration.type, position)
            if declaration.type is not None:
                # Here optional attributes are not optional: what is given has to be complete.
                value = _convert(value, values.without_optional(declaration.type), position, text)
        except (HclError, VariableError) as error:
            error.hint = error.hint or _reading(declaration)
            raise
        filled = isinstance(declaration.type, types.Object)
        self._set(path, declaration, value, filled=filled)

    def set_from_file(self, override: varfile.Override) -> None:
        """A value of a var-file, of whatever type; those for unknown packs are passed over."""
        if override.path not in self._declared:
            return
        declaration = self._declared[override.path].get(override.name)
        if declaration is None:
            raise self._undeclared(override.name, override.path, override.position, override.source)
        filled = isinstance(override.value, dict)
        self._set(override.path, declaration, override.value, filled=filled)

    def set_value(self, name: str, value: object) -> None:
        """A value of a Python caller: made one of the declared type, optional attributes filled in."""
        path, declaration = self._find(name, None)
        try:
            plain = _plain(value)
            if declaration.type is not None:
                plain = types.apply_defaults(plain, declaration.type)
                plain = _convert(plain, declaration.type, None, "")
        except VariableError as error:
            msg = f'variable "{name}": {error.message}'
            raise VariableError(msg) from None
        self._set(path, declaration, plain, filled=False)

    def check_required(self) -> None:
        """Raise for the variables that are still without value."""
        missing = {
            ".".join((*path, name)): f'missing required variable: "{name}"'
            + (f" ({each.description})" if each.description else "")
            for path, variables in self._declared.items()
            for name, each in variables.items()
            if self.values[path][name] is None
        }
        if missing:
            hint = (
                f"give --var {next(iter(missing))}=VALUE, or a line {next(iter(missing))} = VALUE"
                " in a file for -f; --allow-unset-vars leaves variables without value"
            )
            raise VariableError("\n".join(missing.values()), hint=hint)

    def _find(
        self, name: str, position: Position | None
    ) -> tuple[PackPath, declarations.Declaration]:
        *keys, variable = name.split(".")
        path = tuple(keys)
        declaration = self._declared.get(path, {}).get(variable)
        if declaration is None:
            raise self._undeclared(variable, path, position, None)
        return path, declaration

    def _undeclared(
        self, name: str, path: PackPath, position: Position | None, source: str | None
    ) -> VariableError:
        """That there is no such variable; the hint is a near name, or one that is elsewhere."""
        given = ".".join((*path, name))
        msg = (
            f'There is no variable named "{given}". An override file can only override a variable'
            " that was already declared in a primary configuration file."
        )
        known = [
            ".".join((*prefix, each))
            for prefix, declared in self._declared.items()
            for each in declared
        ]
        elsewhere = next((each for each in known if each.rpartition(".")[2] == name), None)
        hint = (
            f'did you mean "{elsewhere}"?'
            if elsewhere
            else suggest(given, known, f"the variables are: {', '.join(known) or 'none'}")
        )
        return VariableError(msg, position, source=source, hint=hint)

    def _set(
        self,
        path: PackPath,
        declaration: declarations.Declaration,
        value: types.Value,
        *,
        filled: bool,
    ) -> None:
        if filled and declaration.type is not None:
            value = types.apply_defaults(value, declaration.type)
        self.values[path][declaration.name] = value


def _reading(declaration: declarations.Declaration) -> str | None:
    """How the text of a variable is read, for those who gave one that cannot be."""
    wanted = declaration.type
    if wanted is None or wanted in _TAKEN_AS_TEXT:
        return None
    if isinstance(wanted, types.Object) and wanted.optional:
        return "only in a file for -f may optional() attributes be left out"
    kind = values.friendly_name(wanted, constraint=True)
    return (
        f'"{declaration.name}" takes {kind}: the text is read as HCL, where strings stand in quotes'
    )


def _read(text: str, wanted: types.Type | None, position: Position) -> types.Value:
    """A text of the command line as a value (hclhelp.ExpressionFromVariableDefinition)."""
    if wanted in _TAKEN_AS_TEXT:
        return escapes.normalize(text)
    expression = hcl.parse_expression(text, position.file)
    return evaluator.evaluate(expression, evaluator.CONSTANTS)


def _convert(
    value: types.Value, wanted: types.Type, position: Position | None, source: str
) -> types.Value:
    try:
        return types.convert(value, wanted)
    except HclError as error:
        raise declarations.mismatch(error.message, position, source) from None


def _plain(value: object) -> types.Value:
    """A Python value as HCL has it: no other types than these. Text stays as it is: only HCL's own is normalized."""
    match value:
        case None | bool() | int():
            return value
        case float() if math.isfinite(value):
            return int(value) if value.is_integer() else value
        case str():
            return value
        case list() | tuple():
            return [_plain(item) for item in value]
        case Mapping() if all(isinstance(key, str) for key in value):
            return {key: _plain(item) for key, item in value.items()}
        case _:
            msg = f"{value!r} is no value of a variable; it takes what JSON can hold"
            raise VariableError(msg)
