"""A pack's folder, or a job file -> all findings on it, without those that are silenced."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator import pack, pipeline
from generator.checking import (
    assignments,
    blocks,
    calling,
    escaping,
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
    overrides: pipeline.Overrides | None = None,
    names: Collection[str] = frozenset(rules.RULES),
) -> Outcome:
    """What is wrong with a pack, by the rules of these names.

    ``overrides`` are one more way to render it, over each of its own.
    """
    given = overrides or pipeline.Overrides()
    root, found = loading.load(folder)
    files = [folder / pack.METADATA, folder / pack.VARIABLES]
    if root is not None:
        var_files = [*_var_files(folder), *map(Path, given.get("var_files", ()))]
        forest = trees.read(root, folder)
        found += _check_loaded(root, folder, forest, var_files, given)
        files += var_files
        files += [Path(source.file) for source in forest.sources]
        files += [
            Path(trees.show(inner.folder / name, root, folder))
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
    shown: Path,
    forest: trees.Forest,
    var_files: Iterable[Path],
    given: pipeline.Overrides,
) -> Iterator[Finding]:
    declared = blocks.variables(root, shown)
    seen = flow.walk(forest)
    types = {path: found.declarations for path, found in forest.packs.items()}
    found = [
        *layout.check(root, shown, declared),
        *calling.check(seen, forest),
        *references.check(seen, forest, declared),
        *escaping.check(seen, types),
        *assignments.check(root, var_files),
    ]
    yield from found
    if not forest.mistakes:
        # A render that fails where a mistake was found already says nothing new.
        explained = {each.position for each in found if each.severity is Severity.ERROR}
        for each in renders.check(root, shown, forest, given):
            if each.rule not in renders.FAILURES or each.position not in explained:
                yield each


def _var_files(folder: Path) -> list[Path]:
    """The files with values in a pack's folder, but for those that it has to refuse."""
    found = dict.fromkeys(sorted(folder.glob("variants/*.hcl")))
    for case in cases.find(folder):
        if not case.fails:
            found |= dict.fromkeys(case.files)
    found |= dict.fromkeys(renders.ci_files(folder))
    return list(found)


def _texts(files: Iterable[Path], found: Iterable[Finding]) -> dict[str, str]:
    """The files' texts, as far as there are any."""
    names = dict.fromkeys([*map(str, files), *(finding.position.file for finding in found)])
    texts: dict[str, str] = {}
    for name in names:
        try:
            texts[name] = Path(name).read_bytes().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
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


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    place = finding.position
    return place.file, place.line, place.column, finding.rule, finding.message
