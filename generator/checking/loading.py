"""A pack's folder -> the pack, or all that keeps it from being loaded.

``pack.load`` stops at the first mistake, as nomad-pack does; here each file and each declaration is
read for itself, so that one run shows them all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from generator import declarations, hcl, metadata, pack, packfolder, reading
from generator.checking import findings
from generator.checking.findings import Finding, Severity
from generator.errors import GeneratorError, Position, VariableError
from generator.hcl import nodes

INVALID_METADATA = findings.Rule(
    name="invalid-metadata",
    severity=Severity.ERROR,
    summary="metadata.hcl is missing or cannot be used.",
    help="""It has to hold an app block with a url, and a pack block with a name and a version:

    app  { url = "https://example.org" }
    pack {
      name        = "hello"
      description = "Says hello"
      version     = "0.1.0"
    }""",
)
INVALID_VARIABLES = findings.Rule(
    name="invalid-variables",
    severity=Severity.ERROR,
    summary="variables.hcl is missing, or a declaration in it cannot be read.",
    help="""It holds nothing but variable blocks with type, description and default; it may be empty.
Values are constants: no functions, no references.""",
)
DEFAULT_TYPE = findings.Rule(
    name="default-type",
    severity=Severity.ERROR,
    summary="The default of a variable is not of its declared type.",
    help="""    variable "count" {
      type    = number
      default = "many"                             # flagged
    }""",
)
MISSING_DEPENDENCY = findings.Rule(
    name="missing-dependency",
    severity=Severity.ERROR,
    summary="metadata.hcl names a dependency that is not in deps/.",
    help="""dependency "redis" { … } is looked for in deps/redis, whatever its alias and its source
are. `nomad-pack deps vendor` brings it there; `enabled = false` leaves it out.""",
)
UNREADABLE_PACK = findings.Rule(
    name="unreadable-pack",
    severity=Severity.ERROR,
    summary="A file of the pack cannot be read, or does not belong to it.",
    help="""Files are UTF-8 text. Links lead to files of the same work tree, and not in circles.""",
)

RULES = (
    INVALID_METADATA,
    INVALID_VARIABLES,
    DEFAULT_TYPE,
    MISSING_DEPENDENCY,
    UNREADABLE_PACK,
)


def load(folder: Path) -> tuple[pack.Pack | None, list[Finding]]:
    """The pack, or what is wrong with it."""
    try:
        return pack.load(folder), []
    except GeneratorError as error:
        found = list(_mistakes(folder, packfolder.limit_of(folder), frozenset()))
        return None, found or [_from(error, UNREADABLE_PACK, folder / pack.METADATA)]


def _mistakes(folder: Path, limit: str, above: frozenset[Path]) -> Iterator[Finding]:
    """What is wrong with the files of a pack and of its dependencies, each for itself."""
    try:
        files = dict(pack.files(folder))
    except GeneratorError:
        return  # the folder itself is at fault
    if not _is_readable(files.get(pack.METADATA)) or not _is_readable(files.get(pack.VARIABLES)):
        return
    yield from _in_variables(folder)
    about_file = folder / pack.METADATA
    if pack.METADATA not in files:
        message = "a pack needs a metadata.hcl"
        yield INVALID_METADATA.at(Position(str(about_file), 1, 1), message)
        return
    text = reading.read_text(about_file)
    try:
        about = metadata.parse(text, str(about_file))
    except GeneratorError as error:
        yield _from(error, INVALID_METADATA, about_file)
        return
    blocks = {
        block.labels[0]: block
        for block in hcl.parse(text, str(about_file)).blocks
        if block.type == "dependency"
    }
    for dependency in about.dependencies:
        if not dependency.enabled:
            continue
        inner = Path(os.path.normpath(folder / "deps" / dependency.label))
        if not inner.is_dir():
            message = f'the dependency "{dependency.label}" is not there: no folder {inner}'
            hint = "bring it there with nomad-pack deps vendor, or set enabled = false"
            yield MISSING_DEPENDENCY.at(blocks[dependency.label].position, message, hint)
            continue
        try:
            packfolder.check_below(inner, limit)
        except GeneratorError as error:  # a stranger's pack: nothing of that folder is shown
            place = blocks[dependency.label].position
            yield UNREADABLE_PACK.at(place, findings.sentence(error), error.hint)
            continue
        if (real := inner.resolve()) not in above:
            yield from _mistakes(inner, limit, above | {real})


def _is_readable(path: Path | None) -> bool:
    """Whether a file is UTF-8 text, if it is there at all."""
    try:
        if path is not None:
            reading.read_text(path)
    except (OSError, GeneratorError):
        return False
    return True


def _in_variables(folder: Path) -> Iterator[Finding]:
    file = folder / pack.VARIABLES
    if not file.is_file():
        message = "a pack needs a variables.hcl, which may be empty"
        yield INVALID_VARIABLES.at(Position(str(file), 1, 1), message)
        return
    text = reading.read_text(file)
    try:
        body = hcl.parse(text, str(file))
    except GeneratorError as error:
        yield _from(error, INVALID_VARIABLES, file)
        return
    for item in body.items:
        try:
            declarations.parse(_alone(item), str(file))
        except VariableError as error:
            yield _from(error, DEFAULT_TYPE, file)
        except GeneratorError as error:
            yield _from(error, INVALID_VARIABLES, file)


def _alone(item: nodes.Node) -> str:
    """One item of a file, at its place in a text that holds nothing else."""
    place = item.position
    return "\n" * (place.line - 1) + " " * (place.column - 1) + item.text + "\n"


def _from(error: GeneratorError, rule: findings.Rule, file: Path) -> Finding:
    position = error.position or Position(str(file), 1, 1)
    return rule.at(position, findings.sentence(error), error.hint)
