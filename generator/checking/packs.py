"""A pack's folder, or a job file -> all findings on it, without those that are silenced."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator import choices, pack, reading
from generator.checking import (
    assignments,
    blocks,
    calling,
    escaping,
    findings,
    flow,
    job,
    layout,
    loading,
    references,
    renders,
    rules,
    silencing,
    trees,
)
from generator.checking.findings import Finding, Severity
from generator.errors import GeneratorError, Position
from generator.snapshots import cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The findings on a pack or a job file by their places, those silenced, and the files' texts."""

    findings: tuple[Finding, ...]
    silenced: tuple[silencing.Silenced, ...]
    texts: Mapping[str, str] = field(repr=False)


def check_pack(
    folder: Path,
    *,
    overrides: choices.Overrides | None = None,
    names: Collection[str] = frozenset(rules.RULES),
) -> Outcome:
    """What is wrong with a pack, by the rules of these names.

    ``overrides`` are one more way to render it, over each of its own.
    """
    given = overrides or choices.Overrides()
    root, found = loading.load(folder)
    files = [folder / pack.METADATA, folder / pack.VARIABLES]
    if root is not None:
        own, unreadable = _var_files(folder)
        found += unreadable
        var_files = [*own, *map(Path, given.get("var_files", ()))]
        forest = trees.read(root)
        found += _check_loaded(root, forest, var_files)
        if not forest.mistakes and not unreadable:
            found += _check_renders(root, forest, given, found)
        files += var_files
        files += [Path(source.file) for source in forest.sources]
        files += [
            Path(inner.place(name))
            for path, inner in root.walk()
            if path
            for name in (pack.METADATA, pack.VARIABLES)
        ]
    return _outcome(found, _texts(files, found), names)


def check_job(
    text: str,
    file: str,
    *,
    arguments: Mapping[str, str],
    names: Collection[str] = frozenset(rules.RULES),
) -> Outcome:
    """What is wrong with a job file of that name."""
    found = job.check(text, file, arguments=arguments)
    return _outcome(found, {file: text}, names)


def _check_loaded(
    root: pack.Pack,
    forest: trees.Forest,
    var_files: Iterable[Path],
) -> Iterator[Finding]:
    declared = blocks.variables(root)
    seen = flow.walk(forest)
    types = {path: found.declarations for path, found in forest.packs.items()}
    yield from layout.check(root, declared)
    yield from calling.check(seen, forest)
    yield from references.check(seen, forest, declared)
    yield from escaping.check(seen, types)
    yield from assignments.check(root, var_files)


def _check_renders(
    root: pack.Pack,
    forest: trees.Forest,
    given: choices.Overrides,
    known: Iterable[Finding],
) -> list[Finding]:
    """The findings on what the pack renders; a failure where a mistake is known says nothing new."""
    explained = {_line(each) for each in known if each.severity is Severity.ERROR}
    return [
        each
        for each in renders.check(root, forest, given)
        if each.rule not in renders.FAILURES or _line(each) not in explained
    ]


def _var_files(folder: Path) -> tuple[list[Path], list[Finding]]:
    """The files with values in a pack's folder, but for those that it has to refuse."""
    found = dict.fromkeys(sorted(folder.glob("variants/*.hcl")))
    mistakes: list[Finding] = []
    try:
        kept = [case for case in cases.find(folder) if not case.fails]
    except GeneratorError as error:
        kept = []
        place = Position(str(folder / pack.METADATA), 1, 1)
        mistakes = [assignments.VAR_FILE.at(place, findings.sentence(error), error.hint)]
    for case in kept:
        found |= dict.fromkeys(case.files)
    found |= dict.fromkeys(renders.ci_files(folder))
    return list(found), mistakes


def _texts(files: Iterable[Path], found: Iterable[Finding]) -> dict[str, str]:
    """The files' texts, as far as there are any."""
    names = dict.fromkeys([*map(str, files), *(finding.position.file for finding in found)])
    texts: dict[str, str] = {}
    for name in names:
        try:
            texts[name] = reading.read_text(name)
        except (OSError, GeneratorError):
            continue
    return texts


def _outcome(found: Iterable[Finding], texts: Mapping[str, str], names: Collection[str]) -> Outcome:
    wanted = [finding for finding in dict.fromkeys(found) if finding.rule in names]
    silences = [each for file, text in texts.items() for each in silencing.read(text, file)]
    left, silenced, used = silencing.apply(wanted, silences)
    left += [
        finding
        for finding in silencing.check(silences, used, rules.RULES, names)
        if finding.rule in names
    ]
    return Outcome(findings=tuple(sorted(left, key=_place)), silenced=tuple(silenced), texts=texts)


def _line(finding: Finding) -> tuple[str, int]:
    return finding.position.file, finding.position.line


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    place = finding.position
    return place.file, place.line, place.column, finding.rule, finding.message
