"""The jobs that a pack gives with its defaults, its variants and its cases, each looked at.

What is wrong with a job is told once, however many cases have it, and names them when not all do.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from generator import choices, errors, pack, pipeline, registry
from generator.checking import blocks, findings, job, trees
from generator.checking.findings import Finding, Severity
from generator.snapshots import cases
from generator.template import signatures

RENDER_FAILURE = findings.Rule(
    name="render-failure",
    severity=Severity.ERROR,
    summary="A case, a variant or the defaults cannot be rendered.",
    help="""The message is that of the template or of the value that is wrong. A pack whose variables
need values before it renders is no mistake: give it a case, cases/NAME.hcl.""",
)
OUTPUTS_FAILURE = findings.Rule(
    name="outputs-failure",
    severity=Severity.ERROR,
    summary="outputs.tpl fails, so that nothing is shown after a run.",
    help="""nomad-pack prints the error after the job runs already, and ends as if all were well.""",
)
UNRENDERED = findings.Rule(
    name="unrendered",
    severity=Severity.NOTE,
    summary="No case gives what the pack needs to render, so its jobs were not checked.",
    help="""Add a file with values for the required variables, cases/NAME.hcl: the jobs of each case
are checked, and `packgen snapshot` keeps what they render.""",
)

RULES = (RENDER_FAILURE, OUTPUTS_FAILURE, UNRENDERED)
FAILURES = frozenset({RENDER_FAILURE.name, OUTPUTS_FAILURE.name})

# Where registries of packs keep the values that their own tests give.
_CI = ".ci"
_MISSING = "missing required variable"
_DEFAULTS = "the defaults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One way to render: what messages call it, and whether it has to succeed."""

    label: str
    overrides: choices.Overrides
    binding: bool


@dataclass(slots=True, kw_only=True)
class _Outcome:
    """What all attempts gave: findings with the labels of those that have them."""

    labels: list[str] = field(default_factory=list)
    found: dict[Finding, list[str]] = field(default_factory=dict)
    lacking: list[errors.GeneratorError] = field(default_factory=list)
    failed: bool = False

    def add(self, finding: Finding, label: str) -> None:
        labels = self.found.setdefault(finding, [])
        if label not in labels:
            labels.append(label)


def attempts(folder: Path, given: choices.Overrides) -> list[Attempt]:
    """The ways to render a pack; ``given`` stands on the command line, and over each of them."""
    tried = [case for case in cases.find(folder) if not case.fails]
    named = [
        Attempt(
            label=f'the case "{case.name}"', overrides=_over(case.overrides, given), binding=True
        )
        for case in tried
    ]
    named += [
        Attempt(label=f'"{file.name}"', overrides=_over({"var_files": [file]}, given), binding=True)
        for file in ci_files(folder)
    ]
    plain = Attempt(label=_DEFAULTS, overrides=given, binding=bool(given) or not named)
    return [plain, *named]


def ci_files(folder: Path) -> list[Path]:
    """The files with values that a registry's own tests use."""
    return sorted(folder.glob(f"{_CI}/*.hcl"))


def check(root: pack.Pack, forest: trees.Forest, given: choices.Overrides) -> Iterator[Finding]:
    """The findings on all that the pack renders."""
    outcome = _Outcome()
    tried = attempts(Path(root.called), given)
    files = {found.source.file for found in forest.roots} | {root.place(pack.OUTPUTS)}
    files |= {str(file) for each in tried for file in each.overrides.get("var_files", ())}
    files |= {str(file) for file in registry.variants(root).values()}
    known: dict[tuple[str, str], list[Finding]] = {}
    for attempt in tried:
        _try(root, attempt, outcome, known, files)
    for finding, labels in outcome.found.items():
        place = _shown(finding.position, root)
        message = finding.message + _only(labels, outcome.labels)
        yield replace(finding, position=place, message=message)
    if not outcome.labels and not outcome.failed:
        yield from _unrendered(root, outcome.lacking)


def _over(case: choices.Overrides, given: choices.Overrides) -> choices.Overrides:
    files = [*case.get("var_files", ()), *given.get("var_files", ())]
    both: choices.Overrides = {**case, **given, "var_files": files}
    return both


def _try(
    root: pack.Pack,
    attempt: Attempt,
    outcome: _Outcome,
    known: dict[tuple[str, str], list[Finding]],
    files: Set[str],
) -> None:
    """Render once, and look at the jobs; the same job is looked at once."""
    try:
        traced = pipeline.render_traced(root, **attempt.overrides)
    except errors.GeneratorError as error:
        if _is_impure(error) or (_wants_values(error) and attempt.label == _DEFAULTS):
            outcome.lacking.append(error)
        elif attempt.binding:
            outcome.failed = True
            outcome.add(_failure(RENDER_FAILURE, error, root, files), attempt.label)
        return
    outcome.labels.append(attempt.label)
    for name, text in traced.jobs.items():
        if (name, text) not in known:
            known[name, text] = job.check(text, name, source_map=traced.sources[name])
        for finding in known[name, text]:
            outcome.add(finding, attempt.label)
    if root.outputs is not None:
        try:
            pipeline.render(root, outputs=True, formatted=False, **attempt.overrides)
        except errors.GeneratorError as error:
            if traced.files and not _is_impure(error):
                outcome.add(_failure(OUTPUTS_FAILURE, error, root, files), attempt.label)


def _wants_values(error: errors.GeneratorError) -> bool:
    return isinstance(error, errors.VariableError) and error.message.startswith(_MISSING)


def _is_impure(error: BaseException) -> bool:
    """Whether the render failed only because it wanted the time, the environment or the like."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, signatures.NotSupportedError | errors.ImpureError):
            return True
        cause = cause.__cause__
    return False


def _failure(
    rule: findings.Rule,
    error: errors.GeneratorError,
    root: pack.Pack,
    files: Set[str],
) -> Finding:
    position, hint = error.position, error.hint
    if _wants_values(error) and (declared := _missing(error, root)) is not None:
        position = declared.position
        if declared.defaulted:
            hint = "a default of null is none: give one, or a value in each case"
    elif position is None or position.file not in files:
        # Not a place in a file: the command line, or a text that a template made.
        position = errors.Position(root.place(pack.METADATA), 1, 1)
    return rule.at(position, findings.sentence(error), hint)


def _missing(error: errors.GeneratorError, root: pack.Pack) -> blocks.Declared | None:
    """The declaration of the first variable that has no value."""
    for each in blocks.variables(root):
        if error.message.startswith(f'{_MISSING}: "{each.name}"'):
            return each
    return None


def _shown(position: errors.Position, root: pack.Pack) -> errors.Position:
    """The place in a variant, whose path is whole, as that of the pack's other files is written."""
    name = position.file.removeprefix(f"{root.path}/")
    file = position.file if name == position.file else root.place(name)
    return errors.Position(file, position.line, position.column)


def _only(labels: list[str], all_labels: list[str]) -> str:
    """What a message says of the cases, if not all that rendered have the finding."""
    if labels == all_labels or (all_labels == [] and labels == [_DEFAULTS]):
        return ""
    first, *others = labels
    return f" (with {first}{f' and {len(others)} more' if others else ''})"


def _unrendered(root: pack.Pack, lacking: list[errors.GeneratorError]) -> Iterator[Finding]:
    if not lacking:
        return
    position = errors.Position(root.place(pack.VARIABLES), 1, 1)
    for each in blocks.variables(root):
        declaration = root.declarations.get(each.name)
        if not each.path and declaration is not None and declaration.default is None:
            position = each.position
            break
    if all(map(_wants_values, lacking)):
        message = (
            "no case gives the required variables their values: the rendered jobs were not checked"
        )
        hint = f"add a file with values, {root.place(f'{cases.FOLDER}/minimal.hcl')}"
    else:
        message = "the pack renders with --allow-impure only: the rendered jobs were not checked"
        hint = "give --allow-impure, or take out what differs from render to render"
    yield UNRENDERED.at(position, message, hint)
