"""What templates read against what the pack has: variables, attributes, metadata, dependencies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from generator import errors
from generator.checking import blocks, findings, observations, trees
from generator.checking.findings import Finding, Severity
from generator.variables import PackPath

UNDECLARED_VARIABLE = findings.Rule(
    name="undeclared-variable",
    severity=Severity.ERROR,
    summary="A template reads a variable that variables.hcl does not declare.",
    help="""nomad-pack renders such a variable as nothing, and says nothing: the job may even be
valid.

    image = "redis:[[ var "verion" . ]]"           # renders "redis:" without a word

Declare the variable, or correct its name.""",
)
UNDECLARED_ATTRIBUTE = findings.Rule(
    name="undeclared-attribute",
    severity=Severity.ERROR,
    summary="A template reads an attribute that the variable's object type does not have.",
    help="""It renders as nothing, as an undeclared variable does: a default loses what its type
does not name.

    variable "task" { type = object({ cpu = number }) … }
    memory = [[ var "task.memory" . ]]             # flagged: there is no memory in it""",
)
UNUSED_VARIABLE = findings.Rule(
    name="unused-variable",
    severity=Severity.WARNING,
    summary="A variable is declared, and no template, helper or outputs.tpl reads it.",
    help="""Who sets it wonders why nothing changes. Remove the declaration, or use it. Where names
of variables are put together by a template, or `vars` is called, nothing is reported.""",
)
DUPLICATE_VARIABLE = findings.Rule(
    name="duplicate-variable",
    severity=Severity.WARNING,
    summary="variables.hcl declares a variable twice.",
    help="""nomad-pack takes the last declaration without a word, whatever type and default the ones
before it have. Remove all but one.""",
)
NOT_A_CONTEXT = findings.Rule(
    name="not-a-context",
    severity=Severity.ERROR,
    summary="`var`, `meta` or their like is called with something that is no pack's context.",
    help="""Inside of range, with and define `.` is another value. When the call is reached, the
render fails.

    [[ range var "ports" . ]]
      host_network = [[ var "network" . ]]         # flagged: . is one of the ports
      host_network = [[ var "network" $ ]]         # right: $ is what the template began with
    [[ end ]]""",
)
UNKNOWN_METADATA = findings.Rule(
    name="unknown-metadata",
    severity=Severity.ERROR,
    summary="`meta` is asked for a key that metadata.hcl does not give.",
    help="""It renders as nothing. The keys are app.url, pack.name, pack.description, pack.version,
pack.path and, where there is an integration block, integration.identifier and integration.name.""",
)
UNDECLARED_DEPENDENCY = findings.Rule(
    name="undeclared-dependency",
    severity=Severity.ERROR,
    summary="A template uses a dependency that metadata.hcl does not name or does not enable.",
    help="""    [[ var "port" .redis ]]       # needs  dependency "redis" { … }  in metadata.hcl

A dependency is called by its alias, or else by the label of its block.""",
)
OLD_SYNTAX = findings.Rule(
    name="old-syntax",
    severity=Severity.ERROR,
    summary="A variable is read as `.pack.name`, the syntax of nomad-pack before 0.1.",
    help="""Today's nomad-pack has it behind --parser-v1 only; without that the render fails, or
prints `<nil>`. To migrate:

    [[ .my_pack.count ]]                [[ var "count" . ]]
    [[ .nomad_pack.pack.name ]]         [[ meta "pack.name" . ]]
    [[ .child.port ]]                   [[ var "port" .child ]]""",
)

RULES = (
    UNDECLARED_VARIABLE,
    UNDECLARED_ATTRIBUTE,
    UNUSED_VARIABLE,
    DUPLICATE_VARIABLE,
    NOT_A_CONTEXT,
    UNKNOWN_METADATA,
    UNDECLARED_DEPENDENCY,
    OLD_SYNTAX,
)

_METADATA = ("app.url", "pack.name", "pack.description", "pack.version", "pack.path")
_INTEGRATION = ("integration.identifier", "integration.name")
_OLD_ROOTS = ("my", "nomad_pack")


def check(
    seen: observations.Observations,
    forest: trees.Forest,
    declared: Sequence[blocks.Declared],
) -> Iterator[Finding]:
    """The findings on what the templates of a pack read."""
    last = {(each.path, each.name): each for each in declared}
    yield from _repeated(declared, last)
    yield from _undeclared(seen, forest)
    yield from _contexts(seen, forest)
    yield from _absences(seen)
    yield from _metadata(seen, forest)
    yield from _missing(seen, forest)
    yield from _unused(seen, last.values())


def _undeclared(seen: observations.Observations, forest: trees.Forest) -> Iterator[Finding]:
    for reading in seen.readings:
        name = reading.key.partition(".")[0]
        known = forest.packs[reading.path].declarations
        if name not in known:
            yield _undeclared_variable(reading.place, name, known, reading.path, must=reading.must)


def _undeclared_variable(
    place: trees.Place, name: str, known: Iterable[str], path: tuple[str, ...], *, must: bool
) -> Finding:
    owner = f' of the dependency "{".".join(path)}"' if path else ""
    message = f'the variable "{name}" is not declared in variables.hcl{owner}, {_effect(must)}'
    hint = errors.suggest(name, known) or f'declare it: variable "{name}" {{ … }}'
    return UNDECLARED_VARIABLE.at(place.position, message, hint)


def _effect(must: bool) -> str:
    return "so that the render fails here" if must else "and renders as nothing"


def _contexts(seen: observations.Observations, forest: trees.Forest) -> Iterator[Finding]:
    for wrong in seen.contexts:
        message = f"{wrong.function} wants the context of a pack here, and gets {wrong.given}"
        hint = "inside of range, with and define . is another value: try $ in its place"
        yield NOT_A_CONTEXT.at(wrong.place.position, message, hint)
        name = wrong.key.partition(".")[0]
        if name and wrong.key_place and wrong.function in ("var", "must_var"):
            owner = wrong.place.source.owner
            known = forest.packs[owner].declarations
            if not any(name in found.declarations for found in forest.packs.values()):
                yield _undeclared_variable(wrong.key_place, name, known, owner, must=True)


def _absences(seen: observations.Observations) -> Iterator[Finding]:
    for absence in seen.absences:
        message = f'the type of {absence.value} has no attribute "{absence.name}", which renders as nothing'
        known = f"its attributes are: {', '.join(absence.known)}" if absence.known else None
        hint = errors.suggest(absence.name, absence.known) or known
        yield UNDECLARED_ATTRIBUTE.at(absence.place.position, message, hint)


def _metadata(seen: observations.Observations, forest: trees.Forest) -> Iterator[Finding]:
    for reading in seen.metadata:
        has_integration = forest.packs[reading.path].metadata.integration is not None
        known = (*_METADATA, *(_INTEGRATION if has_integration else ()))
        if reading.key not in known:
            message = f'metadata.hcl gives no "{reading.key}", {_effect(reading.must)}'
            hint = errors.suggest(reading.key, known) or f"the keys are: {', '.join(known)}"
            yield UNKNOWN_METADATA.at(reading.place.position, message, hint)


def _missing(seen: observations.Observations, forest: trees.Forest) -> Iterator[Finding]:
    for missing in seen.missing:
        found = forest.packs[missing.path]
        first, *others = missing.names
        written = f".{'.'.join(missing.names)}"
        position = missing.place.position
        name = others[-1] if others else first
        if first == "nomad_pack" and others:
            message = f"{written} is the syntax of older packs"
            yield OLD_SYNTAX.at(position, message, f'[[ meta "{".".join(others)}" . ]]')
        elif others or first in _OLD_ROOTS or first in found.declarations:
            message = (
                f"{written} is the syntax of older packs, by which no variable is read any more"
            )
            yield OLD_SYNTAX.at(position, message, f'[[ var "{name}" . ]]')
        else:
            known = [dependency.key for dependency in found.dependencies]
            message = f'the pack has no dependency "{first}" that is enabled in metadata.hcl'
            hint = (
                errors.suggest(first, known) or f'add dependency "{first}" {{ … }} to metadata.hcl'
            )
            yield UNDECLARED_DEPENDENCY.at(position, message, hint)


def _repeated(
    declared: Iterable[blocks.Declared], last: Mapping[tuple[PackPath, str], blocks.Declared]
) -> Iterator[Finding]:
    for each in declared:
        counting = last[each.path, each.name]
        if each is not counting:
            line = counting.position.line
            message = f'the variable "{each.name}" is declared again in line {line}, which counts'
            yield DUPLICATE_VARIABLE.at(each.position, message)


def _unused(
    seen: observations.Observations, declared: Iterable[blocks.Declared]
) -> Iterator[Finding]:
    everything = [seen, *([seen.uncalled] if seen.uncalled else [])]
    if any(each.anywhere for each in everything):
        return
    wholes = {path for each in everything for path in each.wholes}
    loose = {name for each in everything for name in each.loose}
    # What is read by the old syntax is not unused: there is a finding on how it is read.
    loose |= {missing.names[1] for missing in seen.missing if len(missing.names) > 1}
    read = {
        (reading.path, reading.key.partition(".")[0])
        for each in everything
        for reading in each.readings
    }
    for each in declared:
        used = (each.path, each.name) in read or each.name in loose
        if not used and each.path not in wholes:
            message = f'the variable "{each.name}" is declared, and nothing reads it'
            yield UNUSED_VARIABLE.at(each.position, message)
