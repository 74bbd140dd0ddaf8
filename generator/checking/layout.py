"""The files of a pack: those whose names make them something else than was meant, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from generator import errors, pack
from generator.checking import blocks, findings
from generator.checking.findings import Finding, Severity
from generator.errors import Position

NO_JOB_TEMPLATE = findings.Rule(
    name="no-job-template",
    severity=Severity.WARNING,
    summary="A pack has no template of a job.",
    help="""`nomad-pack run` finds nothing to run in it. Templates of jobs are called
templates/NAME.nomad.tpl; a template of a dependency counts too.""",
)
MISPLACED_FILE = findings.Rule(
    name="misplaced-file",
    severity=Severity.WARNING,
    summary="A file is called so that nomad-pack passes it over.",
    help="""    templates/web.nomad              # flagged: no template, .tpl is missing
    templates/web.nomad.hcl.tpl      # flagged: an auxiliary file, and not a job
    template/web.nomad.tpl           # flagged: the folder is called templates
    variable.hcl, output.tpl         # flagged: variables.hcl, outputs.tpl""",
)
STRAY_DEPENDENCY = findings.Rule(
    name="stray-dependency",
    severity=Severity.WARNING,
    summary="A pack lies in deps/ that metadata.hcl does not name.",
    help="""It is not rendered, but its helpers are read: a define in it can take the place of one of
the pack's own. Name it in a dependency block, or remove it.""",
)
MISSING_DESCRIPTION = findings.Rule(
    name="missing-description",
    severity=Severity.NOTE,
    summary="The pack or one of its variables has no description.",
    help="""`nomad-pack info` and the registry show descriptions; who sets a variable has nothing
else to go by.""",
)

RULES = (NO_JOB_TEMPLATE, MISPLACED_FILE, STRAY_DEPENDENCY, MISSING_DESCRIPTION)

_JOB = ".nomad.tpl"
_MISNAMED = {
    "variable.hcl": pack.VARIABLES,
    "variables.tf": pack.VARIABLES,
    "vars.hcl": pack.VARIABLES,
    "output.tpl": pack.OUTPUTS,
    "outputs.hcl": pack.OUTPUTS,
    "metadata.yml": pack.METADATA,
    "metadata.yaml": pack.METADATA,
}
_ALMOST_JOBS = (".nomad", ".nomad.hcl", ".nomad.hcl.tpl", ".hcl.nomad.tmpl", ".nomad.tmpl")


def check(root: pack.Pack, declared: Iterable[blocks.Declared]) -> Iterator[Finding]:
    """The findings on a pack's files."""
    names = [name for name, _ in pack.files(root.folder)]
    yield from _misplaced(names, root)
    jobs = (
        file.name
        for _, found in root.walk()
        for file in found.templates
        if file.name.endswith(_JOB) and "templates/_" not in file.name
    )
    if not any(jobs):
        message = f'the pack "{root.metadata.name}" has no template of a job'
        hint = f"a job's template is called templates/{root.metadata.name}{_JOB}"
        yield NO_JOB_TEMPLATE.at(Position(root.place(pack.METADATA), 1, 1), message, hint)
    yield from _stray(root, names)
    yield from _undescribed(root, declared)


def _misplaced(names: Iterable[str], root: pack.Pack) -> Iterator[Finding]:
    for name in names:
        meant = _meant(PurePosixPath(name))
        if meant:
            message = f"nomad-pack takes no notice of a file of this name; {meant} is meant"
            hint = f"rename it to {meant}"
            yield MISPLACED_FILE.at(Position(root.place(name), 1, 1), message, hint)


def _meant(path: PurePosixPath) -> str | None:
    """What a file should be called, if another name is likely to be meant."""
    if len(path.parts) == 1:
        return _MISNAMED.get(path.name)
    folder, *_ = path.parts
    if folder == "template" and path.name.endswith(".tpl"):
        return str(PurePosixPath("templates", *path.parts[1:]))
    if folder == "templates" and not path.name.startswith("_"):
        for suffix in _ALMOST_JOBS:
            if path.name.endswith(suffix):
                return str(path.with_name(path.name.removesuffix(suffix) + _JOB))
    return None


def _stray(root: pack.Pack, names: Iterable[str]) -> Iterator[Finding]:
    known = {dependency.label.strip("/") for dependency in root.metadata.dependencies}
    for name in names:
        folder, _, rest = name.partition("/")
        label = rest.removesuffix(f"/{pack.METADATA}")
        if folder == "deps" and rest != label and "/" not in label and label not in known:
            message = (
                f'metadata.hcl names no dependency "{label}", but there is a pack {folder}/{label}'
            )
            hint = (
                errors.suggest(label, known)
                or f'add dependency "{label}" {{}}, or remove the folder'
            )
            yield STRAY_DEPENDENCY.at(Position(root.place(name), 1, 1), message, hint)


def _undescribed(root: pack.Pack, declared: Iterable[blocks.Declared]) -> Iterator[Finding]:
    if not root.metadata.description:
        place = next(
            (block.position for block in blocks.read(root, pack.METADATA) if block.type == "pack"),
            Position(root.place(pack.METADATA), 1, 1),
        )
        message = f'the pack "{root.metadata.name}" has no description'
        yield MISSING_DESCRIPTION.at(place, message, 'add description = "…" to the pack block')
    for each in declared:
        if not each.path and not each.described:
            message = f'the variable "{each.name}" has no description'
            yield MISSING_DESCRIPTION.at(each.position, message, 'add description = "…" to it')
