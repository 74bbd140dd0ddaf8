"""A job file's text -> what is wrong with the job, each finding at its place in the text or above it.

The text may have come out of a pack's templates: with a source map each place is the template's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, Unpack

from generator import errors, limits
from generator.checking import findings
from generator.checking.job import (
    advice,
    canonical,
    drivers,
    embedded,
    groups,
    images,
    isolation,
    job_models,
    jobs,
    places,
    problems,
    rules,
    task_models,
)
from generator.hcl import cursor
from generator.jobspec import parsing, tree


class SourceMap(Protocol):
    """Where the characters of the text come from."""

    def position(self, offset: int) -> errors.Position | None: ...


def check(
    text: str,
    file: str,
    *,
    source_map: SourceMap | None = None,
    arguments: Mapping[str, str] | None = None,
    **given: Unpack[parsing.Given],
) -> list[findings.Finding]:
    """What is wrong with the job in a text, in the order of the text.

    ``file`` is what places without a source map are called; ``arguments`` and what else is ``given``
    are values for the job file's own variables, as jobspec.parse takes them.
    """
    locate = _Locator(text, file, source_map)
    try:
        with limits.metered():
            block, scope = parsing.read_job(text, file, arguments, **given)
            job = parsing.decode_job(block, scope)
            where = places.find_places(block, scope)
    except errors.GeneratorError as error:
        position = locate.of_error(error)
        return [rules.SYNTAX.at(position, error.message, error.hint)]
    problems_found = [*advice.check_repeated(where.repeated), *problems_of(job)]
    found = [(_place(each, where, text), each) for each in problems_found]
    found.sort(key=lambda pair: pair[0])
    # What a loop of a template repeats is one mistake.
    return list(
        dict.fromkeys(
            each.rule.at(locate.of_offset(offset), each.message, each.hint)
            for offset, each in found
        )
    )


def _place(found: problems.Problem, where: places.Places, text: str) -> int:
    """Where a problem is: at what it quotes, if that follows the part that it is in."""
    start = where.find(found.path)
    quoted = text.find(found.excerpt, start) if found.excerpt else start
    return start if quoted < 0 else quoted


def problems_of(job: tree.Object) -> Iterator[problems.Problem]:
    """What is wrong with a job of the API, as jobspec.parse gives it."""
    yield from _check_parts(job_models.Job.model_validate(canonical.complete_job(job)))


def _check_parts(job: job_models.Job) -> Iterator[problems.Problem]:
    yield from jobs.check_job(job)
    for index, group in enumerate(job.task_groups):
        path: problems.Path = ("TaskGroups", index)
        yield from groups.check_group(group, job, path)
        for task, at in _runs(group, path):
            yield from isolation.check_task(task, at)
            yield from images.check_task(task, at)
            yield from drivers.check_task(task, at, whole="SidecarTask" not in at)
            for index, template in enumerate(task.templates):
                yield from embedded.check_template(template, (*at, "Templates", index))


def _runs(
    group: job_models.Group, path: problems.Path
) -> Iterator[tuple[task_models.Task, problems.Path]]:
    """All that a group runs: its tasks, and the proxies of its services where they are described."""
    for index, task in enumerate(group.tasks):
        yield task, (*path, "Tasks", index)
    for proxy in group.mesh_proxies:
        yield proxy.task, (*path, "Services", proxy.service, "Connect", "SidecarTask")


class _Locator:
    """Places in the text as positions: in the file, or in the template that they come from."""

    def __init__(self, text: str, file: str, source_map: SourceMap | None) -> None:
        self._source = cursor.read_source(text, file)
        self._map = source_map

    def of_offset(self, offset: int) -> errors.Position:
        mapped = self._map.position(offset) if self._map else None
        return mapped or self._source.position(offset)

    def of_error(self, error: errors.GeneratorError) -> errors.Position:
        place = error.position
        if place is None or place.file != self._source.file:
            return place or self.of_offset(0)
        starts = self._source.line_starts
        line = min(place.line, len(starts))
        return self.of_offset(starts[line - 1] + place.column - 1)
