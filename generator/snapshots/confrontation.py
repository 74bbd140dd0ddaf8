"""Two sides -> the cases in which they differ, each with the files that do.

Packs are rendered with their cases, each side with its own of the same name; a side without files in
cases/ takes those of the other. Values that are given take the place of all cases. What cannot be
rendered on one side only is a difference, too, whatever the other renders; on both sides there is
nothing to compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from generator import jobspec, pack
from generator.comparison import files, registered
from generator.errors import GeneratorError
from generator.snapshots import cases, rendering, sides
from generator.snapshots.cases import Case
from generator.snapshots.sides import ONLY, Files, JobFile, Packs, Side, Texts


@dataclass(frozen=True, slots=True)
class Failure:
    """What one side says in place of a rendering."""

    error: GeneratorError
    text: str


Rendered: TypeAlias = "dict[str, Texts | Failure]"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDifference:
    """A case, empty where there are none, and its files that differ; none if all are equal.

    ``only`` is the side, old or new, that alone has the case; ``fails`` the one that alone cannot be
    rendered, and ``reason`` why; ``trouble`` says why neither of them can.
    """

    case: str
    only: str = ""
    fails: str = ""
    reason: str = ""
    trouble: str = ""
    files: Sequence[files.FileDifference] = ()

    @property
    def same(self) -> bool:
        return not (self.only or self.fails or self.files or self.trouble)


def compare(old: Side, new: Side, given: Case | None = None) -> list[CaseDifference]:
    """How the two sides differ, case by case; with ``given`` in place of the packs' cases."""
    before, after = _rendered(old, new, given), _rendered(new, old, given)
    if isinstance(old, JobFile) or isinstance(new, JobFile):
        jobs = [_only_job(each) for each in (before, after)]
        if any(isinstance(side, JobFile) and side.registered for side in (old, new)):
            jobs = [_reduced(each) for each in jobs]
        before, after = {ONLY: jobs[0]}, {ONLY: jobs[1]}
    return list(_compare(before, after))


def _compare(before: Rendered, after: Rendered) -> Iterator[CaseDifference]:
    for case in sorted(before.keys() | after.keys()):
        old, new = before.get(case), after.get(case)
        if old is None or new is None:
            yield CaseDifference(case=case, only="new" if old is None else "old")
        elif isinstance(old, Failure) and isinstance(new, Failure):
            yield CaseDifference(case=case, trouble=str(new.error))
        elif isinstance(old, Failure):
            yield CaseDifference(case=case, fails="old", reason=old.text)
        elif isinstance(new, Failure):
            yield CaseDifference(case=case, fails="new", reason=new.text)
        else:
            yield CaseDifference(case=case, files=tuple(files.differences(old, new)))


def _rendered(side: Side, other: Side, given: Case | None) -> Rendered:
    match side:
        case Files(cases=found):
            return dict(found)
        case JobFile(text=text):
            return {ONLY: {sides.JOB: text}}
        case Packs(folders=folders):
            others = other.folders if isinstance(other, Packs) else {}
            return {
                _label(place, case): rendered
                for place, folder in folders.items()
                for case, rendered in _render(folder, _cases(folder, others.get(place), given))
            }


def _cases(folder: Path, other: Path | None, given: Case | None) -> list[Case]:
    if given is not None:
        return [given]
    found = cases.find(folder)
    if other is not None and not any(case.files for case in found):
        others = cases.find(other)
        found = others if any(case.files for case in others) else found
    return found or [cases.DEFAULTS]


def _label(place: str, case: Case) -> str:
    name = "" if case is cases.DEFAULTS or not case.name else case.name
    return "::".join(part for part in (place, name) if part)


def _render(folder: Path, chosen: list[Case]) -> Iterator[tuple[Case, Texts | Failure]]:
    place = folder.absolute()
    loaded = None
    for case in chosen:
        try:
            loaded = loaded or pack.load(place)
            yield case, rendering.render(loaded, case)
        except GeneratorError as error:
            yield case, Failure(error, rendering.describe(error, place))


def _only_job(rendered: Rendered) -> Texts:
    """The one job of a side, to be compared with a job file."""
    found: list[str] = []
    for texts in rendered.values():
        if isinstance(texts, Failure):
            raise texts.error
        found += [text for name, text in texts.items() if files.read_job(name, text) is not None]
    if len(found) != 1:
        msg = f"a job file can be compared with one job, the other side has {len(found)}"
        hint = "choose one by --variant, --var-file or --var"
        raise GeneratorError(msg, hint=hint)
    return {sides.JOB: found[0]}


def _reduced(texts: Texts) -> Texts:
    """The job without what a cluster adds to it."""
    reduced = {}
    for name, text in texts.items():
        job = files.read_job(name, text)
        reduced[name] = text if job is None else jobspec.encode(registered.reduce(job))
    return reduced
