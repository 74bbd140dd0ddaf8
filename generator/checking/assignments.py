"""The values that files give to variables, held to the declared types.

nomad-pack takes a value of a var-file as it stands, whatever was declared: a list for a number goes
through until a template fails, and the text "false" for a bool is true to every ``if``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import assert_never

from generator import errors, varfile
from generator.checking import findings, kinds
from generator.checking.findings import Finding, Severity
from generator.errors import GeneratorError, HclError, Position
from generator.hcl import types, values
from generator.pack import Pack

VALUE_TYPE = findings.Rule(
    name="value-type",
    severity=Severity.ERROR,
    summary="A file gives a variable a value that is not of the declared type.",
    help="""nomad-pack does not look at the types of what var-files give, so the template gets the
wrong value.

    variable "count" { type = number }
    count = "many"                                 # flagged in a var-file""",
)
VALUE_CONVERSION = findings.Rule(
    name="value-conversion",
    severity=Severity.WARNING,
    summary="A file gives a value that would have to be converted to the declared type.",
    help="""On the command line nomad-pack converts; what a var-file gives it leaves as it is.

    variable "enabled" { type = bool }
    enabled = "false"                              # flagged: any text is true to [[ if ]]""",
)
UNKNOWN_VARIABLE = findings.Rule(
    name="unknown-variable",
    severity=Severity.ERROR,
    summary="A file gives a value to a variable that is not declared.",
    help="""nomad-pack refuses the file. A value for a dependency that is not there it passes over
in silence; that is reported too.

    coutn = 3                                      # flagged: count is meant""",
)
VAR_FILE = findings.Rule(
    name="var-file",
    severity=Severity.ERROR,
    summary="A file with values cannot be read.",
    help="""Such a file is HCL with NAME = VALUE lines, or one JSON object. Values are constants.""",
)

RULES = (VALUE_TYPE, VALUE_CONVERSION, UNKNOWN_VARIABLE, VAR_FILE)


def check(root: Pack, files: Iterable[Path]) -> Iterator[Finding]:
    """The findings on files with values for a pack."""
    declared = {path: found.declarations for path, found in root.walk()}
    for file in files:
        try:
            given = varfile.read(str(file))
        except GeneratorError as error:
            position = error.position or Position(str(file), 1, 1)
            yield VAR_FILE.at(position, findings.sentence(error), error.hint)
            continue
        for override in given:
            yield from _check_override(override, declared)


def _check_override(override: varfile.Override, declared: kinds.Declared) -> Iterator[Finding]:
    known = declared.get(override.path)
    if known is None:
        path = ".".join(override.path)
        message = f'the pack has no dependency "{path}", so that the value counts for nothing'
        hint = errors.suggest(path, (".".join(each) for each in declared if each))
        yield UNKNOWN_VARIABLE.at(override.position, message, hint)
        return
    declaration = known.get(override.name)
    if declaration is None:
        message = f'the pack declares no variable "{override.name}"'
        hint = errors.suggest(override.name, known)
        yield UNKNOWN_VARIABLE.at(override.position, message, hint)
        return
    if declaration.type is None or override.value is None:
        return
    wanted = types.apply_defaults(override.value, declaration.type)
    try:
        types.convert(wanted, declaration.type)
    except HclError as error:
        message = f'the value of "{override.name}" is not of its declared type: {error.message}'
        yield VALUE_TYPE.at(override.position, message)
        return
    for place, found, type_ in _conversions(wanted, declaration.type, override.name):
        message = (
            f'"{place}" is a {values.friendly_name(found)} here and declared as'
            f" {values.friendly_name(type_)}, to which nomad-pack converts nothing of a file"
        )
        yield VALUE_CONVERSION.at(override.position, message)


def _conversions(
    value: types.Value, wanted: types.Type, place: str
) -> Iterator[tuple[str, types.Type, types.Type]]:
    """The parts of a value that only a conversion would make what is declared."""
    match wanted:
        case values.Primitive():
            found = types.type_of(value)
            if types.ANY not in (found, wanted) and found != wanted:
                yield place, found, wanted
        case types.List(inner) | types.Set(inner):
            for index, item in enumerate(value if isinstance(value, list) else ()):
                yield from _conversions(item, inner, f"{place}[{index}]")
        case types.Tuple(elements):
            for index, item in enumerate(value if isinstance(value, list) else ()):
                yield from _conversions(item, elements[index], f"{place}[{index}]")
        case types.Map(inner):
            for name, item in value.items() if isinstance(value, dict) else ():
                yield from _conversions(item, inner, f"{place}.{name}")
        case types.Object(attributes):
            for name, item in value.items() if isinstance(value, dict) else ():
                if name in attributes:
                    yield from _conversions(item, attributes[name], f"{place}.{name}")
        case _:
            assert_never(wanted)
