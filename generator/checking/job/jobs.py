"""The job as a whole: its own settings, and what has to hold between its groups.

Mirrors Job.Validate in Nomad's structs.go and the checks of job_endpoint_hooks.go.
"""

from __future__ import annotations

import zoneinfo

from generator.checking.job import advice, crons, job_models, placement, rules
from generator.checking.job.problems import Path, Problems, one_of, problem

TYPES = ("service", "batch", "system", "sysbatch")
_PRIORITIES = range(1, 101)
_PAYLOADS = ("", "optional", "required", "forbidden")
_MAX_DESCRIPTION = 1000


def check_job(job: job_models.Job) -> Problems:
    """What is wrong with the job itself."""
    yield from _check_names(job)
    yield from _check_settings(job)
    yield from placement.check_constraints(job.constraints, ())
    if job.type == "system":
        yield from check_system(job, ())
    else:
        yield from placement.check_affinities(job.affinities, ())
        yield from placement.check_spreads(job.spreads, ())
    yield from _check_groups(job)
    if job.periodic is not None and job.periodic.enabled:
        yield from _check_periodic(job.periodic, job.type, ("Periodic",))
    if job.parameterized_job is not None:
        yield from _check_parameterized(job.parameterized_job, job.type, ("ParameterizedJob",))
    if job.multiregion is not None:
        msg = "a job for several regions needs Nomad Enterprise"
        yield problem(rules.ENTERPRISE, ("Multiregion",), msg)
    yield from advice.check_job(job)


def _check_names(job: job_models.Job) -> Problems:
    if not job.id:
        yield problem(rules.JOB, ("ID",), "the job has no name")
    elif " " in job.id:
        yield problem(rules.JOB, ("ID",), f'the job\'s ID "{job.id}" has a space in it')
    if not job.name:
        yield problem(rules.JOB, ("Name",), "the job's name is empty")
    for field, text in (("ID", job.id), ("Name", job.name)):
        if "\0" in text:
            yield problem(rules.JOB, (field,), "a null character stands in the job's name")


def _check_settings(job: job_models.Job) -> Problems:
    rule = rules.JOB
    if not job.region and job.multiregion is None:
        yield problem(rule, ("Region",), "the region is empty")
    if job.type not in TYPES:
        msg = f'there is no job type "{job.type}"'
        yield problem(rule, ("Type",), msg, one_of(job.type, TYPES))
    # A server takes zero for its own default.
    if job.priority and job.priority not in _PRIORITIES:
        msg = f"the priority {job.priority} is not from 1 to 100"
        yield problem(rule, ("Priority",), msg)
    if "" in job.datacenters:
        msg = "the name of a data center is empty"
        yield problem(rule, ("Datacenters", job.datacenters.index("")), msg)
    if job.ui and len(job.ui.description.encode()) > _MAX_DESCRIPTION:
        msg = f"the description is longer than {_MAX_DESCRIPTION} bytes"
        yield problem(rule, ("UI", "Description"), msg)


def check_system(part: job_models.Job | job_models.Group, path: Path) -> Problems:
    """A system job runs everywhere: there is nothing to prefer."""
    if part.affinities:
        msg = "a system job cannot have affinities"
        yield problem(rules.JOB, (*path, "Affinities"), msg)
    if part.spreads:
        yield problem(rules.JOB, (*path, "Spreads"), "a system job cannot have spreads")


def _check_groups(job: job_models.Job) -> Problems:
    if not job.task_groups:
        yield problem(rules.EMPTY, (), "the job has no group")
    seen = set()
    for index, group in enumerate(job.task_groups):
        path: Path = ("TaskGroups", index)
        if not group.name:
            yield problem(rules.JOB, path, "a group's name is empty")
        elif group.name in seen:
            msg = f'the group "{group.name}" stands in the job twice'
            yield problem(rules.DUPLICATE, (*path, "Name"), msg)
        seen.add(group.name)
        if job.type == "system" and group.count > 1:
            msg = f"a system job runs once on a node, not {group.count} times"
            yield problem(rules.JOB, (*path, "Count"), msg)


def _check_periodic(periodic: job_models.Periodic, job_type: str, path: Path) -> Problems:
    rule = rules.PERIODIC
    if job_type not in ("batch", "sysbatch"):
        yield problem(rule, path, f"a {job_type} job cannot be periodic", 'set type = "batch"')
    if periodic.spec and periodic.specs:
        yield problem(rule, path, "cron and crons exclude each other")
    if not periodic.spec and not periodic.specs:
        yield problem(rule, path, "a periodic job needs crons")
    if not _is_zone(periodic.time_zone):
        msg = f'there is no time zone "{periodic.time_zone}"'
        yield problem(rule, (*path, "TimeZone"), msg)
    given: list[tuple[Path, str]] = [
        ((*path, "Specs", index), text) for index, text in enumerate(periodic.specs)
    ]
    if periodic.spec:
        given.append(((*path, "Spec"), periodic.spec))
    for at, text in given:
        if wrong := crons.check_cron(text):
            yield problem(rule, at, f'the cron expression "{text}" cannot be read: {wrong}')


def _is_zone(name: str) -> bool:
    """Whether Go's time.LoadLocation finds a zone; without a database of zones any name may be one."""
    if name in ("", "UTC", "Local"):
        return True
    return _has_zone(name) or not _has_zone("Etc/UTC")


def _has_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _check_parameterized(
    parameterized: job_models.Parameterized, job_type: str, path: Path
) -> Problems:
    rule = rules.PERIODIC
    if job_type not in ("batch", "sysbatch"):
        msg = f"a {job_type} job cannot be parameterized"
        yield problem(rule, path, msg, 'set type = "batch"')
    if parameterized.payload not in _PAYLOADS:
        msg = f'a payload is not "{parameterized.payload}"'
        yield problem(rule, (*path, "Payload"), msg, one_of(parameterized.payload, _PAYLOADS))
    both = sorted({*parameterized.meta_required} & {*parameterized.meta_optional})
    if both:
        msg = f"{', '.join(both)} is asked for as required and as optional meta"
        yield problem(rule, (*path, "MetaOptional"), msg)
